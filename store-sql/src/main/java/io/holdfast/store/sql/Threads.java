package io.holdfast.store.sql;

import io.holdfast.store.Deadline;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** Waiting for the end of our own threads. */
final class Threads {
  /** As long as it takes; longer would be too long for arithmetic in nanoseconds. */
  static final Duration UNBOUNDED = Duration.ofDays(1);

  private Threads() {}

  /** Waits for the end of a thread that is about to end; an interrupt is kept for later. */
  static void join(Thread thread) {
    join(thread, UNBOUNDED);
  }

  /** The same, but no longer than this. */
  static void join(Thread thread, Duration most) {
    Deadline deadline = Deadline.after(most);
    boolean interrupted = false;
    while (thread != null && thread.isAlive() && !deadline.hasPassed()) {
      try {
        TimeUnit.NANOSECONDS.timedJoin(thread, deadline.remainingNanos());
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
