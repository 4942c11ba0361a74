package io.holdfast.cache;

import io.holdfast.store.Deadline;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Those who wait for something that changes under a lock. Each is woken when what it waits for is
 * so, and the others need not know that something changed. All calls are made under the lock.
 */
final class Waits {
  private record Waiter(BooleanSupplier reached, Condition turn) {}

  private final ReentrantLock lock;
  private final Set<Waiter> waiting = new LinkedHashSet<>();

  Waits(ReentrantLock lock) {
    this.lock = lock;
  }

  /** Something changed. */
  void wake() {
    for (Waiter waiter : waiting) {
      if (waiter.reached.getAsBoolean()) {
        waiter.turn.signal();
      }
    }
  }

  /**
   * Waits until something is so, giving the lock away meanwhile.
   *
   * @param reached is asked under the lock, also by those who change something
   * @param look when it may have become so by time alone
   * @return whether it is so; if not, the deadline has passed
   */
  boolean await(BooleanSupplier reached, Deadline look, Deadline deadline)
      throws InterruptedException {
    Waiter waiter = new Waiter(reached, lock.newCondition());
    waiting.add(waiter);
    try {
      while (!reached.getAsBoolean()) {
        if (deadline.hasPassed()) {
          return false;
        }
        long nanos = Math.min(deadline.remainingNanos(), look.remainingNanos());
        waiter.turn.await(nanos, TimeUnit.NANOSECONDS);
      }
      return true;
    } finally {
      waiting.remove(waiter);
    }
  }
}
