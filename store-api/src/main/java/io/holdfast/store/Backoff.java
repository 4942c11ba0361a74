package io.holdfast.store;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Pauses between attempts: each a random time below a bound (full jitter), which doubles from
 * attempt to attempt up to a longest one. For one thread.
 */
public final class Backoff {
  private final long firstNanos;
  private final long longestNanos;
  private long boundNanos;

  private Backoff(long firstNanos, long longestNanos) {
    this.firstNanos = firstNanos;
    this.longestNanos = longestNanos;
    reset();
  }

  /**
   * Pauses below {@code first} to begin with, and never above {@code longest}.
   *
   * @throws IllegalArgumentException unless both are positive, and the first is not the longer one
   */
  public static Backoff between(Duration first, Duration longest) {
    if (first.isNegative() || first.isZero() || first.compareTo(longest) > 0) {
      throw new IllegalArgumentException("no pauses between " + first + " and " + longest);
    }
    return new Backoff(first.toNanos(), longest.toNanos());
  }

  /** How long to pause now; never zero. */
  public Duration next() {
    long nanos = 1 + ThreadLocalRandom.current().nextLong(boundNanos);
    boundNanos = Math.min(2 * boundNanos, longestNanos);
    return Duration.ofNanos(nanos);
  }

  /** Begins anew with short pauses, as after a success. */
  public void reset() {
    boundNanos = firstNanos;
  }

  /**
   * Pauses, at most up to the deadline.
   *
   * @param what what is to be tried again, for the message
   * @throws StoreException.Interrupted when the thread is interrupted
   */
  public void pause(String what, Deadline deadline) {
    try {
      TimeUnit.NANOSECONDS.sleep(Math.min(next().toNanos(), deadline.remainingNanos()));
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted before trying again: " + what);
    }
  }
}
