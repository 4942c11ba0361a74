package io.holdfast.store.etcd;

import io.holdfast.store.Backoff;
import java.time.Duration;

/** How long this store waits between attempts. */
final class Pauses {
  private static final Duration FIRST = Duration.ofMillis(5);
  private static final Duration LONGEST = Duration.ofMillis(500);

  private Pauses() {}

  /** For servers that do not answer. */
  static Backoff forTrouble() {
    return Backoff.between(FIRST, LONGEST);
  }
}
