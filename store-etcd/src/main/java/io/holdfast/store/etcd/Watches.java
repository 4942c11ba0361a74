package io.holdfast.store.etcd;

import io.holdfast.store.Deadline;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The watches of one handle and the feed that serves them; it runs while there is one. */
final class Watches implements AutoCloseable {
  private static final Logger LOG = System.getLogger(Watches.class.getName());

  /** So many commits are followed sooner than a watch of its own is opened for them. */
  private static final int NEAR = 1_000;

  private static final Duration ADOPTION_MAX = Duration.ofSeconds(2);

  private final Keyspace keyspace;
  private final CommitWriter writer;
  private final Set<EtcdWatch> open = new HashSet<>();
  private Feed feed;
  private boolean closed;

  Watches(Keyspace keyspace, CommitWriter writer) {
    this.keyspace = keyspace;
    this.writer = writer;
  }

  synchronized EtcdWatch open(List<KeyRange> ranges, Position after) {
    checkOpen();
    EtcdWatch watch = new EtcdWatch(this, ranges, after);
    open.add(watch);
    return watch;
  }

  /**
   * The feed that runs now; started by the first who asks, where that one is unless this is far
   * back.
   */
  Feed feed(Position first, Deadline deadline) {
    Feed running = running();
    if (running != null) {
      return running;
    }
    Guard from = start(first, deadline);
    synchronized (this) {
      checkOpen();
      if (feed == null) {
        feed = new Feed(stream(from.position()), from);
      }
      return feed;
    }
  }

  private Guard start(Position first, Deadline deadline) {
    History.Head head = keyspace.history().now("watch", deadline);
    History.Place place = keyspace.history().find(first, head, "watch", deadline);
    boolean near =
        place.membership() == History.Membership.MEMBER
            && head.guard().version() - place.guard().version() < NEAR;
    return near ? place.guard() : head.guard();
  }

  private Feed running() {
    Feed ended;
    synchronized (this) {
      checkOpen();
      if (feed == null || !feed.hasEnded()) {
        return feed;
      }
      ended = feed;
      feed = null;
    }
    ended.stop();
    return null;
  }

  private void checkOpen() {
    if (closed) {
      throw new StoreException.Closed("the store was closed: watch");
    }
  }

  /** A stream of one's own. */
  CommitStream stream(Position from) {
    return new CommitStream(keyspace, from, this::adopt);
  }

  /**
   * Somebody wrote below the prefix without a commit. A commit without events takes what was
   * written into the history, so that whoever loads anew has a position behind it.
   */
  void adopt(Guard last) {
    try {
      adopt(last, Deadline.after(ADOPTION_MAX));
    } catch (StoreException e) {
      LOG.log(Level.WARNING, keyspace.settings() + ": foreign writes could not be adopted", e);
    }
  }

  /** The same for who cannot go on without it. */
  void adopt(Guard last, Deadline deadline) {
    String what = keyspace.settings() + ": somebody else wrote below the prefix behind ";
    try {
      boolean adopted = writer.adopt(last, deadline);
      String how = adopted ? "; it is taken as it is" : "";
      LOG.log(Level.WARNING, "{0}{1}{2}", what, last.position(), how);
    } catch (StoreException.Unusable e) {
      throw new StoreException.Unusable(
          e.reason(),
          what + last.position() + ", and that cannot be taken over: " + e.getMessage(),
          e);
    }
  }

  void closed(EtcdWatch watch) {
    Feed idle = null;
    synchronized (this) {
      if (open.remove(watch) && open.isEmpty()) {
        idle = feed;
        feed = null;
      } else if (feed != null) {
        feed.wake();
      }
    }
    if (idle != null) {
      idle.stop();
    }
  }

  @Override
  public void close() {
    List<EtcdWatch> left;
    synchronized (this) {
      closed = true;
      left = List.copyOf(open);
    }
    left.forEach(EtcdWatch::close);
  }
}
