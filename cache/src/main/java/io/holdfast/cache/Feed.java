package io.holdfast.cache;

import io.holdfast.store.Deadline;
import io.holdfast.store.Event;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One watch of a store for all who follow it in this process: each commit comes over once.
 *
 * <p>Batches are kept in a chain, in which each {@link FeedWatch} has a place of its own; what all
 * have passed is garbage. There is no thread for it: whoever needs a batch that is not there pulls
 * it from the store's watch, and the others wait for that one. When somebody comes whose ranges the
 * watch does not cover, it is opened anew at the end of the chain.
 */
final class Feed {
  /** A place in the chain: a batch, and how much had come before it altogether. */
  private static final class Node {
    final WatchBatch batch; // null at the begin
    final Position position;
    final long weight;
    Node next; // guarded by the lock

    Node(WatchBatch batch, Position position, long weight) {
      this.batch = batch;
      this.position = position;
      this.weight = weight;
    }
  }

  /** Where a follower stands. */
  static final class Place {
    private Node at;

    private Place(Node at) {
      this.at = at;
    }

    /** Up to where its follower has taken what came; only the follower may ask. */
    Position position() {
      return at.position;
    }
  }

  /** Who is farther behind, in bytes, follows by itself until it has caught up. */
  static final long BEHIND_MAX = 64 << 20;

  private static final int BATCH_BYTES = 200; // what a batch takes besides its events

  private static final Duration REOPEN_PAUSE = Duration.ofMillis(100);
  private static final Map<Store, Feed> FEEDS = new HashMap<>();

  private final Store store;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<FeedWatch, Place> places = new HashMap<>();
  private Node tail;
  private List<KeyRange> covered;
  private volatile Watch watch;
  private volatile boolean reopening;
  private volatile boolean retrying;
  private boolean pulling; // whether somebody does
  private StoreException end;

  private Feed(Store store, FeedWatch founder, Watch watch, Position position) {
    this.store = store;
    this.watch = watch;
    this.covered = founder.ranges();
    this.tail = new Node(null, position, 0);
    places.put(founder, new Place(tail));
  }

  /** The feed of a store that somebody follows already. */
  static Optional<Feed> of(Store store) {
    synchronized (FEEDS) {
      return Optional.ofNullable(FEEDS.get(store));
    }
  }

  /** Makes a follower's own watch the one for all, unless there is one already. */
  static Feed begin(Store store, FeedWatch founder, Watch own, Position position) {
    synchronized (FEEDS) {
      return FEEDS.computeIfAbsent(store, key -> new Feed(key, founder, own, position));
    }
  }

  boolean isMadeOf(Watch own) {
    return watch == own;
  }

  /**
   * A place from which to go on, if the feed is not ahead of the follower and covers its ranges;
   * else has the watch opened for these ranges too, so that it can be tried again soon.
   */
  Optional<Place> join(FeedWatch follower, Position reached) {
    lock.lock();
    try {
      if (end == null && !places.containsKey(follower)) {
        List<KeyRange> wanted = union(covered, follower.ranges());
        if (!wanted.equals(covered)) {
          covered = wanted;
          reopen();
        } else if (!reopening && !tail.position.isAfter(reached)) {
          places.put(follower, new Place(tail));
        }
      }
      return Optional.ofNullable(places.get(follower));
    } finally {
      lock.unlock();
    }
  }

  private static List<KeyRange> union(List<KeyRange> some, List<KeyRange> others) {
    return Layout.union(joined(some, others));
  }

  /** Has the store asked anew whether the chain's end is of its history. */
  void reopen() {
    lock.lock();
    try {
      reopening = true;
      watch.close();
    } finally {
      lock.unlock();
    }
  }

  /** Ends what a follower has or wanted here; the watch goes with the last one. */
  void leave(FeedWatch follower) {
    lock.lock();
    try {
      places.remove(follower);
      if (end != null) {
        return;
      }
      if (places.isEmpty()) {
        finish(new StoreException.Closed("nobody follows any more"));
        watch.close();
      } else if (coverNoMoreThanNeeded()) {
        reopen();
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean coverNoMoreThanNeeded() {
    List<KeyRange> needed =
        places.keySet().stream().map(FeedWatch::ranges).reduce(List.of(), Feed::joined);
    List<KeyRange> before = covered;
    covered = Layout.union(needed);
    return !before.equals(covered);
  }

  private static List<KeyRange> joined(List<KeyRange> some, List<KeyRange> others) {
    List<KeyRange> both = new ArrayList<>(some);
    both.addAll(others);
    return both;
  }

  private void finish(StoreException cause) {
    end = end == null ? cause : end;
    synchronized (FEEDS) {
      FEEDS.remove(store, this);
    }
  }

  /** How many have a place; others may still follow by themselves. */
  int followers() {
    lock.lock();
    try {
      return places.size();
    } finally {
      lock.unlock();
    }
  }

  /** How many wait for what somebody else pulls. */
  int waiting() {
    lock.lock();
    try {
      return lock.getWaitQueueLength(changed);
    } finally {
      lock.unlock();
    }
  }

  /** Whether a follower was left behind, and has to go on by itself. */
  boolean hasLost(FeedWatch follower) {
    lock.lock();
    try {
      return !places.containsKey(follower);
    } finally {
      lock.unlock();
    }
  }

  Watch.State state() {
    return retrying ? Watch.State.RETRYING : reopening ? Watch.State.FOLLOWING : watch.state();
  }

  /** The next batch of the chain, waiting for it; empty if time passed or it was left behind. */
  Optional<WatchBatch> next(FeedWatch follower, Place place, Deadline deadline) {
    lock.lock();
    try {
      while (places.containsKey(follower)) {
        if (place.at.next != null) {
          place.at = place.at.next;
          return Optional.of(place.at.batch);
        }
        if (end != null) {
          throw end;
        }
        if (!pulling) {
          pull(deadline);
        } else if (!deadline.hasPassed()) {
          await(deadline);
        }
        if (place.at.next == null && end == null && deadline.hasPassed()) {
          return Optional.empty();
        }
      }
      return Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  @SuppressWarnings("WaitNotInLoop") // the caller looks again
  private void await(Deadline deadline) {
    try {
      changed.await(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted while following a store");
    }
  }

  /** Fetches what comes next, without the lock meanwhile. */
  private void pull(Deadline deadline) {
    pulling = true;
    Position from = tail.position;
    List<KeyRange> ranges = covered;
    boolean anew = reopening;
    lock.unlock();
    Optional<WatchBatch> batch = Optional.empty();
    StoreException failure = null;
    try {
      if (anew) {
        batch = openAnew(ranges, from, deadline);
      } else {
        batch = watch.next(deadline.remaining());
      }
    } catch (StoreException.TooOld | StoreException.Diverged | StoreException.Closed e) {
      failure = e;
    } finally {
      lock.lock();
      pulling = false;
      batch.ifPresent(this::append);
      boolean meant = !anew && reopening && failure instanceof StoreException.Closed;
      if (failure != null && !meant) {
        finish(failure);
        watch.close();
      }
      changed.signalAll();
    }
  }

  private Optional<WatchBatch> openAnew(List<KeyRange> ranges, Position from, Deadline deadline) {
    try {
      watch.close();
      Watch opened = store.watch(ranges, from);
      lock.lock();
      try {
        watch = opened;
        reopening = !ranges.equals(covered);
        retrying = false;
        if (end != null) {
          opened.close();
        }
      } finally {
        lock.unlock();
      }
      return Optional.empty();
    } catch (StoreException.Unavailable | StoreException.Timeout | StoreException.Unusable e) {
      retrying = true;
      rest(deadline);
      return Optional.empty();
    }
  }

  /** After what was tried in vain. */
  static void rest(Deadline deadline) {
    long nanos = Math.min(REOPEN_PAUSE.toNanos(), deadline.remainingNanos());
    try {
      TimeUnit.NANOSECONDS.sleep(nanos);
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted while opening a watch anew");
    }
  }

  private void append(WatchBatch batch) {
    long bytes = BATCH_BYTES + batch.events().stream().mapToLong(Feed::bytes).sum();
    Node node = new Node(batch, batch.position(), tail.weight + bytes);
    tail.next = node;
    tail = node;
    places
        .values()
        .removeIf(place -> place.at.next != node && node.weight - place.at.weight > BEHIND_MAX);
    if (places.isEmpty()) {
      finish(new StoreException.Closed("nobody follows any more"));
      watch.close();
    }
  }

  private static long bytes(Event event) {
    return (long) event.key().length() + event.now().map(KeyValue::valueLength).orElse(0);
  }
}
