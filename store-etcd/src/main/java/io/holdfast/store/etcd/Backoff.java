package io.holdfast.store.etcd;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/** Pauses between attempts: each longer than the one before up to a bound, and jittered. */
final class Backoff {
  private static final long FIRST = TimeUnit.MILLISECONDS.toNanos(5);
  private static final long LONGEST = TimeUnit.MILLISECONDS.toNanos(500);

  private long next = FIRST;

  /** How long to wait now, in nanoseconds. */
  long nextNanos() {
    long pause = ThreadLocalRandom.current().nextLong(next / 2, next + 1);
    next = Math.min(2 * next, LONGEST);
    return pause;
  }

  /** What was tried went well. */
  void reset() {
    next = FIRST;
  }
}
