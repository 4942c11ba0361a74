package io.holdfast.store.etcd;

import io.holdfast.store.Backoff;
import io.holdfast.store.Deadline;
import io.holdfast.store.Event;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * A watch: reads from the handle's feed where that has the commits, and from a stream of its own
 * where it does not, until that has caught up.
 */
final class EtcdWatch implements Watch {
  /**
   * How long to ask where the feed begins: long enough for who asks with little time at a server
   * that is slow, and short enough for who is closed while it says nothing.
   */
  private static final Duration QUESTION = Duration.ofSeconds(2);

  /** How long to wait for the feed before a stream is opened for what it may have any moment. */
  private static final Duration FEED_LAG = Duration.ofMillis(100);

  /** How long to read from a stream, and from the feed until that has it, in turns. */
  private static final Duration CATCH_UP = Duration.ofMillis(20);

  private final Watches watches;
  private final List<KeyRange> ranges;

  /** The position of the last batch that was delivered, or where the watch was opened. */
  private Position delivered;

  /** How far the commits were looked through. */
  private Position reached;

  private volatile Feed feed;
  private long version;
  private volatile CommitStream stream;
  private volatile StoreException end;
  private volatile boolean closed;
  private volatile boolean retrying;
  private final Backoff backoff = Pauses.forTrouble();

  EtcdWatch(Watches watches, List<KeyRange> ranges, Position after) {
    this.watches = watches;
    this.ranges = List.copyOf(ranges);
    this.delivered = after;
    this.reached = after;
  }

  @Override
  public Optional<WatchBatch> next(Duration timeout) {
    Deadline deadline = Deadline.after(timeout);
    checkNotEnded();
    if (Thread.currentThread().isInterrupted()) {
      throw new StoreException.Interrupted("interrupted while watching");
    }
    try {
      return next(deadline);
    } catch (StoreException.TooOld | StoreException.Diverged | StoreException.Closed e) {
      end = closed ? new StoreException.Closed("the watch was closed") : e;
      release();
      throw end;
    }
  }

  private Optional<WatchBatch> next(Deadline deadline) {
    boolean first = true;
    while (first || !deadline.hasPassed()) {
      first = false;
      Optional<Commit> commit = read(deadline);
      while (commit.isPresent()) {
        Optional<WatchBatch> batch = take(commit.get());
        if (batch.isPresent()) {
          return batch;
        }
        commit = read(Deadline.after(Duration.ZERO));
      }
      checkNotEnded();
      if (!reached.equals(delivered)) {
        return Optional.of(deliver(List.of()));
      }
    }
    return Optional.empty();
  }

  private Optional<WatchBatch> take(Commit commit) {
    List<Event> events = commit.events().stream().filter(this::isWatched).toList();
    reached = commit.guard().position();
    return events.isEmpty() ? Optional.empty() : Optional.of(deliver(events));
  }

  private boolean isWatched(Event event) {
    return ranges.stream().anyMatch(range -> range.contains(event.key()));
  }

  private WatchBatch deliver(List<Event> events) {
    WatchBatch batch = new WatchBatch(delivered, reached, events);
    delivered = reached;
    return batch;
  }

  private Optional<Commit> read(Deadline deadline) {
    if (feed == null) {
      join(deadline);
    }
    Feed now = feed;
    if (now != null) {
      return read(now, deadline);
    }
    CommitStream own = stream;
    return own == null ? Optional.empty() : own.next(earlier(deadline, CATCH_UP));
  }

  private Optional<Commit> read(Feed from, Deadline deadline) {
    Optional<Commit> next = from.get(version + 1);
    if (next.isEmpty()) {
      from.checkEnd(version);
      if (from.isBehind(version) || from.hasStopped()) {
        feed = null;
        return Optional.empty();
      }
      from.await(version, deadline, this::isClosed);
      next = from.get(version + 1);
    }
    if (next.isPresent()) {
      version++;
    }
    return next;
  }

  /** Goes on reading from the feed if that has what comes next; else from a stream. */
  private void join(Deadline deadline) {
    try {
      Feed running = watches.feed(reached, Deadline.after(QUESTION));
      Duration lag = stream == null ? FEED_LAG : CATCH_UP;
      running.await(reached.revision(), earlier(deadline, lag), this::isClosed);
      Optional<Long> there = running.version(reached);
      if (there.isPresent()) {
        version = there.get();
        feed = running;
        closeStream();
      } else if (stream == null) {
        stream = watches.stream(reached);
      }
      retrying = false;
      backoff.reset();
    } catch (StoreException.Unavailable | StoreException.Timeout | StoreException.Unusable e) {
      if (e instanceof StoreException.Unusable u && u.reason() == Reason.NOT_FOUND) {
        throw new StoreException.Diverged(e.getMessage());
      }
      retrying = true;
      pause(deadline);
    }
    if (closed) {
      closeStream();
    }
  }

  private void pause(Deadline deadline) {
    try {
      TimeUnit.NANOSECONDS.sleep(Math.min(backoff.next().toNanos(), deadline.remainingNanos()));
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted while watching");
    }
  }

  private static Deadline earlier(Deadline deadline, Duration most) {
    return deadline.remaining().compareTo(most) > 0 ? Deadline.after(most) : deadline;
  }

  private void checkNotEnded() {
    if (closed && end == null) {
      end = new StoreException.Closed("the watch was closed");
    }
    if (end != null) {
      throw end;
    }
  }

  private boolean isClosed() {
    return closed;
  }

  private void closeStream() {
    CommitStream own = stream;
    stream = null;
    if (own != null) {
      own.close();
    }
  }

  private void release() {
    closeStream();
    watches.closed(this);
  }

  @Override
  public State state() {
    if (closed || end != null) {
      return State.ENDED;
    }
    CommitStream own = stream;
    Feed from = feed;
    boolean troubled = own != null ? own.isRetrying() : from == null ? retrying : from.isRetrying();
    return troubled ? State.RETRYING : State.FOLLOWING;
  }

  @Override
  public void close() {
    closed = true;
    CommitStream own = stream;
    if (own != null) {
      own.close();
    }
    watches.closed(this);
  }
}
