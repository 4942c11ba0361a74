package io.holdfast.store.etcd;

import io.holdfast.store.Deadline;
import io.holdfast.store.StoreException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Counts the commits that are under way, since a handle closes when they are decided, or a moment
 * later where no server answers.
 */
final class UnderWay {
  private int count;
  private boolean closed;

  <T> T during(Supplier<T> commit) {
    synchronized (this) {
      if (closed) {
        throw new StoreException.Closed("the store was closed: commit");
      }
      count++;
    }
    try {
      return commit.get();
    } finally {
      synchronized (this) {
        count--;
        notifyAll();
      }
    }
  }

  /** Refuses new ones and waits for the others; an interrupt is kept for later. */
  synchronized void close(Deadline deadline) {
    closed = true;
    boolean interrupted = false;
    while (count > 0 && !deadline.hasPassed()) {
      try {
        TimeUnit.NANOSECONDS.timedWait(this, Math.max(deadline.remainingNanos(), 1));
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
