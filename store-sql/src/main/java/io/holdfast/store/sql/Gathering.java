package io.holdfast.store.sql;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * For how many others a leader waits before it writes, and how long.
 *
 * <p>Threads that write again and again come back together after a write. A leader who writes at
 * once takes one of them along and leaves the others to the next write, so that every other write
 * is small and costs a flush all the same. A moment's patience takes them together. As many are
 * waited for as were there at the end of the last write, written or queued, give or take an eighth,
 * for at most half of the time that it took. After a wait in vain some writes go without one, and
 * twice as many each time that repeats. A single thread never waits.
 *
 * <p>Guarded by its owner's lock.
 */
final class Gathering {
  /** Longer than threads take to come back, however long a write takes. */
  private static final Duration MOST = Duration.ofMillis(2);

  private static final int PASSED_LEAST = 1;
  private static final int PASSED_MOST = 64;

  private final LongSupplier nanoTime;
  private final long nanosMost;
  private int together = 1;
  private long nanos;
  private long begun;
  private int passing;
  private int passNext = PASSED_LEAST;

  Gathering() {
    this(System::nanoTime, MOST);
  }

  Gathering(LongSupplier nanoTime, Duration most) {
    this.nanoTime = nanoTime;
    this.nanosMost = most.toNanos();
  }

  /** How many are waited for, the leader included; 1 if nobody is. */
  int wanted() {
    return passing > 0 ? 1 : together - together / 8;
  }

  /** How long they are waited for at most. */
  long nanos() {
    return nanos;
  }

  /** A leader has waited; says whether all who were wanted came. */
  void waited(boolean allCame) {
    passing = allCame ? 0 : 1 + passNext; // its own write is one of them
    passNext = allCame ? PASSED_LEAST : Math.min(PASSED_MOST, 2 * passNext);
  }

  /** A write begins. */
  void writes() {
    begun = nanoTime.getAsLong();
    passing = Math.max(0, passing - 1);
  }

  /** The write has ended, with so many in it and others in the queue. */
  void wrote(int written, int queued) {
    together = written + queued;
    nanos = Math.min(nanosMost, (nanoTime.getAsLong() - begun) / 2);
  }
}
