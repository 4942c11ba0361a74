package io.holdfast.store.etcd;

import io.holdfast.store.Deadline;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * The latest commits, followed on one stream for all watches of a handle. It has no thread: of
 * those who wait for a commit one pulls the next from the stream, the others wait for that one.
 * Kept as far as some memory reaches; who is slower reads the history by a stream of its own.
 */
final class Feed {
  private static final long BYTES_MAX = 16 << 20;
  private static final int COMMITS_MAX = 10_000;

  /** So long who pulls asks a server at most before it looks whether its watch is closed. */
  private static final Duration TURN = Duration.ofSeconds(1);

  private final CommitStream stream;

  /** By the version of their guards, which are without gaps. */
  private final Map<Long, Commit> commits = new HashMap<>();

  private final Map<Position, Long> versions = new HashMap<>();
  private final Deque<Commit> order = new ArrayDeque<>();
  private Guard last;
  private long bytes;
  private StoreException end;
  private boolean stopped;

  /** Whether somebody has the stream. */
  private boolean pulling;

  /** A feed of what is committed after the head. */
  Feed(CommitStream stream, Guard head) {
    this.stream = stream;
    this.last = head;
    versions.put(head.position(), head.version());
  }

  private void add(Commit commit) {
    last = commit.guard();
    commits.put(last.version(), commit);
    versions.put(last.position(), last.version());
    order.add(commit);
    bytes += commit.bytes();
    while ((bytes > BYTES_MAX || order.size() > COMMITS_MAX) && order.size() > 1) {
      Commit oldest = order.remove();
      bytes -= oldest.bytes();
      commits.remove(oldest.guard().version());
      versions.remove(oldest.previous());
    }
  }

  /** Which commit stands at a position; empty when it is not among those that are kept. */
  synchronized Optional<Long> version(Position position) {
    return Optional.ofNullable(versions.get(position));
  }

  /** The commit of this version, if it is there yet and still. */
  synchronized Optional<Commit> get(long version) {
    return Optional.ofNullable(commits.get(version));
  }

  /** Whether the commits behind this one were already given up. */
  synchronized boolean isBehind(long version) {
    return version < last.version() && !commits.containsKey(version + 1);
  }

  /** Throws when nothing comes behind this commit any more. */
  synchronized void checkEnd(long version) {
    if (end != null && version >= last.version()) {
      throw end;
    }
  }

  /**
   * Whether nothing comes any more, and there is nothing to be told of it: another feed goes on.
   */
  synchronized boolean hasStopped() {
    return end == null && stopped;
  }

  synchronized boolean hasEnded() {
    return end != null || stopped;
  }

  boolean isRetrying() {
    return stream.isRetrying();
  }

  /**
   * Waits until there is a commit behind this one, or something else to be told.
   *
   * @param closed whether the caller's watch is; {@link #wake} makes it look
   */
  void await(long version, Deadline deadline, BooleanSupplier closed) {
    follow(() -> last.version() > version || closed.getAsBoolean(), deadline, closed);
  }

  /** Waits until the feed has passed a revision, or there is something else to be told. */
  void await(Revision revision, Deadline deadline, BooleanSupplier closed) {
    follow(() -> hasPassed(revision) || closed.getAsBoolean(), deadline, closed);
  }

  private boolean hasPassed(Revision revision) {
    return !revision.isAfter(last.position().revision());
  }

  /** Looks at the stream at least once, however little time there is, unless somebody else does. */
  private void follow(BooleanSupplier enough, Deadline deadline, BooleanSupplier closed) {
    do {
      if (isTurn(enough, deadline)) {
        boolean isFar = deadline.remaining().compareTo(TURN) > 0;
        pull(isFar ? Deadline.after(TURN) : deadline, closed);
      }
    } while (!isOver(enough) && !deadline.hasPassed());
  }

  private synchronized boolean isOver(BooleanSupplier enough) {
    return enough.getAsBoolean() || end != null || stopped;
  }

  /** Waits while somebody else pulls; whether the caller has to do it now. */
  private synchronized boolean isTurn(BooleanSupplier enough, Deadline deadline) {
    while (!isOver(enough)) {
      if (!pulling) {
        pulling = true;
        return true;
      }
      if (deadline.hasPassed()) {
        return false;
      }
      try {
        TimeUnit.NANOSECONDS.timedWait(this, Math.max(deadline.remainingNanos(), 1));
      } catch (InterruptedException e) {
        throw new StoreException.Interrupted("interrupted while watching");
      }
    }
    return false;
  }

  private void pull(Deadline deadline, BooleanSupplier closed) {
    Optional<Commit> next = Optional.empty();
    StoreException how = null;
    try {
      next = stream.next(deadline, closed);
    } catch (StoreException.Interrupted e) {
      throw e;
    } catch (StoreException e) {
      how = e;
    } catch (RuntimeException | Error e) {
      stop(); // whoever pulled is told what was thrown; all go on with another feed
      throw e;
    } finally {
      pulled(next, how);
    }
  }

  /** Gives the stream back, for the next who needs it. */
  private synchronized void pulled(Optional<Commit> next, StoreException how) {
    pulling = false;
    next.ifPresent(this::add);
    if (how != null) {
      end = how;
      stream.close();
    }
    notifyAll();
  }

  /** Makes all who wait look whether their watch is closed. */
  void wake() {
    synchronized (this) {
      notifyAll();
    }
    stream.nudge();
  }

  void stop() {
    synchronized (this) {
      stopped = true;
      notifyAll();
    }
    stream.close();
  }
}
