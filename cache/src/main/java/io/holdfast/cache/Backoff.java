package io.holdfast.cache;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/** Pauses between attempts: each up to twice as long as the one before, with full jitter. */
final class Backoff {
  private static final long FIRST_MILLIS = 50;
  private static final int DOUBLINGS_MAX = 8;

  private int attempts;

  /** At least a moment, so that a cause that passes at once does not make a busy loop. */
  Duration next() {
    long most = FIRST_MILLIS << Math.min(attempts++, DOUBLINGS_MAX);
    return Duration.ofMillis(1 + ThreadLocalRandom.current().nextLong(most));
  }

  void reset() {
    attempts = 0;
  }
}
