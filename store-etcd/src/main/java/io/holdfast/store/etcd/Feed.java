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

/**
 * The latest commits, followed by one thread on one watch for all watches of a handle. Kept as far
 * as some memory reaches; who is slower reads the history by a stream of its own.
 */
final class Feed {
  private static final long BYTES_MAX = 16 << 20;
  private static final int COMMITS_MAX = 10_000;
  private static final Duration TURN = Duration.ofSeconds(1);

  private final CommitStream stream;
  private final Thread thread = new Thread(this::follow, "holdfast-etcd-watch");

  /** By the version of their guards, which are without gaps. */
  private final Map<Long, Commit> commits = new HashMap<>();

  private final Map<Position, Long> versions = new HashMap<>();
  private final Deque<Commit> order = new ArrayDeque<>();
  private Guard last;
  private long bytes;
  private StoreException end;
  private boolean stopped;
  private int wakes;

  /** A feed of what is committed after the head. */
  Feed(CommitStream stream, Guard head) {
    this.stream = stream;
    this.last = head;
    versions.put(head.position(), head.version());
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void follow() {
    try {
      while (!isStopped()) {
        stream.next(Deadline.after(TURN)).ifPresent(this::add);
      }
    } catch (StoreException e) {
      end(e);
    } catch (RuntimeException | Error e) {
      end(new StoreException.Closed("the watch ended by a defect: " + e));
      throw e;
    } finally {
      stream.close();
    }
  }

  private synchronized boolean isStopped() {
    return stopped;
  }

  private synchronized void end(StoreException how) {
    end = how;
    notifyAll();
  }

  private synchronized void add(Commit commit) {
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
    notifyAll();
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

  synchronized boolean hasEnded() {
    return end != null || stopped;
  }

  boolean isRetrying() {
    return stream.isRetrying();
  }

  /** Waits until there is a commit behind this one, or something else to be told. */
  synchronized void await(long version, Deadline deadline) {
    while (last.version() <= version && end == null && !stopped && !deadline.hasPassed()) {
      if (!doze(deadline)) {
        return;
      }
    }
  }

  /** Waits until the feed has passed a revision. */
  synchronized void await(Revision revision, Deadline deadline) {
    while (revision.isAfter(last.position().revision())
        && end == null
        && !stopped
        && !deadline.hasPassed()) {
      if (!doze(deadline)) {
        return;
      }
    }
  }

  /** Waits a while; false when somebody was woken on purpose. */
  private boolean doze(Deadline deadline) {
    int before = wakes;
    try {
      TimeUnit.NANOSECONDS.timedWait(this, Math.max(deadline.remainingNanos(), 1));
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted while watching");
    }
    return before == wakes;
  }

  /** Wakes all who wait, since something may have changed for one of them. */
  synchronized void wake() {
    wakes++;
    notifyAll();
  }

  void stop() {
    synchronized (this) {
      stopped = true;
      notifyAll();
    }
    stream.close();
    thread.interrupt();
    Threads.join(thread);
  }
}
