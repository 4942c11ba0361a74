package io.holdfast.datastore.spire;

import java.time.Instant;

/** Times as SPIRE's records hold them: seconds since 1970, any number of 64 bits. */
final class EpochSeconds {
  private static final long LEAST = Instant.MIN.getEpochSecond();
  private static final long MOST = Instant.MAX.getEpochSecond();

  private EpochSeconds() {}

  /** The instant, or the first or last one there is: one absurd record must not stop a list. */
  static Instant instant(long seconds) {
    return Instant.ofEpochSecond(Math.max(LEAST, Math.min(MOST, seconds)));
  }
}
