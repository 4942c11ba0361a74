package org.example.mvstore;

import io.holdfast.store.Deadline;
import io.holdfast.store.StoreException;
import java.util.concurrent.TimeUnit;

/** Wakes who waits for something to change. */
final class Signal {
  private long changes;

  /** How often something has changed; to be taken before one looks. */
  synchronized long changes() {
    return changes;
  }

  synchronized void raise() {
    changes++;
    notifyAll();
  }

  /** Waits until something has changed since {@code seen}, or the deadline. */
  synchronized void await(long seen, Deadline deadline) {
    try {
      while (changes == seen && !deadline.hasPassed()) {
        TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, deadline.remainingNanos()));
      }
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted while watching");
    }
  }
}
