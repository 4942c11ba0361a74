package io.holdfast.cache;

import io.holdfast.store.Deadline;
import io.holdfast.store.KeyRange;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The mirrors of a store that may be loaded from each other: what one holds already another need
 * not read again. Those who are to hold some of the same load one after the other, so that the
 * later find what the earlier have read.
 *
 * <p>Only mirrors that verify and mend themselves belong here. What is copied is as good as the
 * mirror that it comes from, and a difference that was in it is found in both. Safe for use by many
 * threads.
 */
final class Neighbours {
  private final Duration patience;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Set<Published<?>> members = new HashSet<>(); // guarded by the lock
  private final Map<Published<?>, List<KeyRange>> loading = new HashMap<>(); // by the lock

  /**
   * Knows nobody yet.
   *
   * @param patience how long a load waits for others
   */
  Neighbours(Duration patience) {
    this.patience = patience;
  }

  void join(Published<?> member) {
    lock.lock();
    try {
      members.add(member);
    } finally {
      lock.unlock();
    }
  }

  void leave(Published<?> member) {
    lock.lock();
    try {
      members.remove(member);
    } finally {
      lock.unlock();
    }
  }

  /** Waits until nobody loads any of the same, though not for ever; {@link #end} has to follow. */
  void begin(Published<?> member, List<KeyRange> ranges) {
    Deadline deadline = Deadline.after(patience);
    lock.lock();
    try {
      while (members.contains(member) && isLoaded(ranges) && !deadline.hasPassed()) {
        changed.await(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
      }
      if (members.contains(member)) {
        loading.put(member, ranges);
      }
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted while another mirror was loaded");
    } finally {
      lock.unlock();
    }
  }

  private boolean isLoaded(List<KeyRange> ranges) {
    return loading.values().stream().anyMatch(others -> !Layout.common(ranges, others).isEmpty());
  }

  void end(Published<?> member) {
    lock.lock();
    try {
      loading.remove(member);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** What another mirror shows, of those that follow the store the one that holds most of this. */
  Optional<Snapshot<?>> nearest(Published<?> member, List<KeyRange> ranges) {
    lock.lock();
    try {
      if (!members.contains(member)) {
        return Optional.empty();
      }
      return members.stream()
          .filter(other -> other != member)
          .flatMap(other -> other.followed().stream())
          .filter(shown -> held(shown, ranges) > 0)
          .max(Comparator.comparingLong(shown -> held(shown, ranges)));
    } finally {
      lock.unlock();
    }
  }

  private static long held(Snapshot<?> shown, List<KeyRange> ranges) {
    return Layout.common(ranges, shown.layout().ranges()).stream().mapToLong(shown::count).sum();
  }
}
