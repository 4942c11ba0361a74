package io.holdfast.store.sql;

import io.holdfast.store.Deadline;
import io.holdfast.store.StoreException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Pauses between attempts: each longer than the one before up to a bound, and jittered. */
final class Backoff {
  private final long longest;
  private long next;

  private Backoff(long first, long longest) {
    this.next = first;
    this.longest = longest;
  }

  /** For a lock that others hold for the time of a disk flush. */
  static Backoff forLock() {
    return new Backoff(TimeUnit.MICROSECONDS.toNanos(100), TimeUnit.MILLISECONDS.toNanos(2));
  }

  /** For a database that does not answer. */
  static Backoff forTrouble() {
    return new Backoff(TimeUnit.MILLISECONDS.toNanos(5), TimeUnit.MILLISECONDS.toNanos(500));
  }

  /** How long to wait now, in nanoseconds. */
  long nextNanos() {
    long pause = ThreadLocalRandom.current().nextLong(next / 2, next + 1);
    next = Math.min(2 * next, longest);
    return pause;
  }

  /** Waits, interrupted or not. */
  void pauseWhatever() {
    LockSupport.parkNanos(nextNanos());
  }

  /** Waits, at most up to the deadline. */
  void pause(String what, Deadline deadline) {
    try {
      TimeUnit.NANOSECONDS.sleep(Math.min(nextNanos(), deadline.remainingNanos()));
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted during " + what);
    }
  }
}
