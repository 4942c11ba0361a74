package io.holdfast.cache;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Puts the rests of all who verify against one store behind each other, so that together they read
 * no faster than one of them may. Safe for use by many threads.
 */
final class VerifyTurns {
  private final LongSupplier nanoTime;
  private long taken; // up to when rests have been given out

  VerifyTurns(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    this.taken = nanoTime.getAsLong();
  }

  /** How long to rest in order to rest so long after all others have. */
  synchronized Duration behindOthers(Duration rest) {
    long now = nanoTime.getAsLong();
    taken = now + Math.max(0, taken - now) + rest.toNanos();
    return Duration.ofNanos(taken - now);
  }
}
