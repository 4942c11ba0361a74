package io.holdfast.cache;

import io.holdfast.store.Deadline;
import io.holdfast.store.KeyRange;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The changes of a range of a mirror, in commit order, each commit whole: pulled, so that the
 * subscriber sets the pace and none of the mirror's threads runs in its code.
 *
 * <p>They follow {@link #start}. At most {@link #QUEUE_MAX} steps wait for the subscriber; when
 * there are more, they are dropped, and the next step it gets is a {@link Changes.Kind#RESYNC} with
 * the snapshot from which later steps go on. Nothing is skipped silently, and a slow subscriber
 * slows nobody. Safe for use by many threads.
 *
 * @param <V> the decoded values' type
 */
public final class Subscription<V> implements AutoCloseable {
  /** How many steps wait for a subscriber at most. */
  public static final int QUEUE_MAX = 1024;

  private final KeyRange range;
  private final Consumer<Subscription<V>> onClose;
  private final Deque<Changes<V>> queue = new ArrayDeque<>();

  /** What the next step follows: an older one would be kept in memory for as long as this lives. */
  private Snapshot<V> start;

  /** What to go on from when steps were dropped; null when none were. */
  private Snapshot<V> resync;

  private boolean closed;

  Subscription(KeyRange range, Snapshot<V> start, Consumer<Subscription<V>> onClose) {
    this.range = range;
    this.start = start;
    this.onClose = onClose;
  }

  /**
   * A snapshot that the next changes follow: the one from which this was subscribed, and another
   * one as it goes on, since what has been passed is let go of.
   */
  public synchronized Snapshot<V> start() {
    return start;
  }

  /**
   * The next step that touches the range, waiting for it at most {@code timeout}.
   *
   * @return empty when the time passed
   * @throws StoreException.Closed when the subscription or its mirror was closed
   * @throws StoreException.Interrupted when the thread was interrupted
   */
  public Optional<Changes<V>> next(Duration timeout) {
    Deadline deadline = Deadline.after(timeout);
    synchronized (this) {
      while (!closed && resync == null && queue.isEmpty() && !deadline.hasPassed()) {
        await(deadline);
      }
      if (closed) {
        throw new StoreException.Closed("the subscription to " + range + " was closed");
      }
      Changes<V> step =
          resync == null ? queue.poll() : new Changes<>(Changes.Kind.RESYNC, List.of(), resync);
      resync = null;
      start = step == null ? start : step.snapshot();
      return Optional.ofNullable(step);
    }
  }

  private void await(Deadline deadline) {
    try {
      TimeUnit.NANOSECONDS.timedWait(this, Math.max(1, deadline.remainingNanos()));
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted while waiting for changes of " + range);
    }
  }

  /** Takes a step of the mirror, of which {@link #wake} tells; never waits. */
  synchronized void offer(Changes<V> step) {
    if (resync != null) {
      resync = step.snapshot();
      start = resync;
      return;
    }
    Changes<V> mine = step.within(range);
    if (mine.changes().isEmpty()) {
      start = queue.isEmpty() ? step.snapshot() : start;
      return;
    }
    if (queue.size() == QUEUE_MAX) {
      resync(step.snapshot());
    } else {
      queue.add(mine);
    }
  }

  /** Wakes who waits for a step, if there is one. */
  synchronized void wake() {
    if (resync != null || !queue.isEmpty()) {
      notifyAll();
    }
  }

  /** Drops what waits, and has the subscriber begin again with this snapshot. */
  synchronized void resync(Snapshot<V> from) {
    queue.clear();
    resync = from;
    start = from;
    notifyAll();
  }

  /** Ends the subscription; whoever waits in {@link #next} is told. Idempotent. */
  @Override
  public void close() {
    onClose.accept(this);
    end();
  }

  synchronized void end() {
    closed = true;
    queue.clear();
    resync = null;
    notifyAll();
  }
}
