package io.holdfast.store.sql;

import java.time.Duration;

/**
 * How long something rests that is done again and again, so that it takes about a sixteenth of its
 * time. What takes longer, since the machine or the server has much to do, is then done less often.
 * For any number of threads.
 */
final class Pace {
  private static final int RESTS = 16;

  /** How much one time counts against those before: a quarter. */
  private static final int MEMORY = 4;

  private final Duration least;
  private final Duration most;
  private long nanos;

  /** Rests within bounds. */
  Pace(Duration least, Duration most) {
    this.least = least;
    this.most = most;
  }

  /** It was done, and took so long. */
  synchronized void took(long tookNanos) {
    nanos += (tookNanos - nanos) / MEMORY;
  }

  /** How long it rests now. */
  synchronized Duration rest() {
    long rest = Math.max(least.toNanos(), Math.min(most.toNanos(), RESTS * nanos));
    return Duration.ofNanos(rest);
  }
}
