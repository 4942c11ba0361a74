package io.holdfast.store.etcd;

import com.google.common.util.concurrent.Uninterruptibles;
import io.holdfast.store.Deadline;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;

/**
 * Who of a handle may commit: many at once, or one that needs the head to stand still, which under
 * steady commits it never would. Each waits for its turn, but only a moment: nothing but progress
 * depends on it, and one that is not answered keeps nobody else for long.
 */
final class Floor {
  private static final long NANOS_MAX = TimeUnit.SECONDS.toNanos(1);

  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock(true);

  /** Does something beside others. */
  <T> T shared(Supplier<T> step, Deadline deadline) {
    return with(lock.readLock(), step, deadline);
  }

  /** Does something while others wait. */
  <T> T alone(Supplier<T> step, Deadline deadline) {
    return with(lock.writeLock(), step, deadline);
  }

  private static <T> T with(Lock lock, Supplier<T> step, Deadline deadline) {
    long most = Math.min(NANOS_MAX, deadline.remainingNanos());
    boolean held = Uninterruptibles.tryLockUninterruptibly(lock, most, TimeUnit.NANOSECONDS);
    try {
      return step.get();
    } finally {
      if (held) {
        lock.unlock();
      }
    }
  }
}
