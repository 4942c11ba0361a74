package io.holdfast.store.sql;

import io.holdfast.store.Deadline;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Ends reads that nobody waits for any more: whose deadline passes, whose thread is interrupted, or
 * whose store is closed. A thread that reads from a socket notices none of these, so the connection
 * is cut.
 *
 * <p>Most reads end before anybody would look, so it looks often only while it has just seen one
 * under way or one has little time, and in between now and then.
 */
final class Watchdog implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofMillis(10);

  /** Between two looks at which no read was under way. */
  private static final Duration SELDOM = Duration.ofMillis(40);

  /** After so many looks without a read since the one before it sleeps until it is woken. */
  private static final int QUIET_MOST = 25;

  private final BooleanSupplier allAreToEnd;
  private final Set<Watched> watched = ConcurrentHashMap.newKeySet();
  private final Thread thread = new Thread(this::run, "holdfast-watchdog");
  private volatile boolean asleep;

  /** Whether there was a read since the last look: then it stays awake, to be woken less often. */
  private volatile boolean used;

  private volatile boolean closed;

  Watchdog(BooleanSupplier allAreToEnd) {
    this.allAreToEnd = allAreToEnd;
    thread.setDaemon(true);
    thread.start();
  }

  /** A read under way. */
  final class Watched {
    private final Session session;
    private final Deadline deadline;
    private final Thread reader = Thread.currentThread();
    private boolean ended;

    private Watched(Session session, Deadline deadline) {
      this.session = session;
      this.deadline = deadline;
    }

    private synchronized void endIfDue() {
      if (!ended
          && (allAreToEnd.getAsBoolean() || deadline.hasPassed() || reader.isInterrupted())) {
        abandon();
      }
    }

    private void abandon() {
      try {
        session.abandon();
        ended = true;
      } catch (RuntimeException | Error e) {
        // Without this thread the other reads would wait as long as their servers are silent.
        Defects.tell("A read that is overdue was not ended", e);
      }
    }

    /** The read has ended; its connection is left alone from here on. */
    void end() {
      watched.remove(this);
      synchronized (this) {
        ended = true;
      }
    }
  }

  /** Watches a read of this thread. */
  Watched watch(Session session, Deadline deadline) {
    Watched one = new Watched(session, deadline);
    watched.add(one);
    if (!used) {
      used = true;
    }
    if (asleep || deadline.remainingNanos() < SELDOM.toNanos()) {
      look();
    }
    return one;
  }

  /** Looks now: all may have to end. */
  void look() {
    LockSupport.unpark(thread);
  }

  private void run() {
    int quiet = 0;
    while (!closed) {
      boolean underWay = !watched.isEmpty();
      quiet = underWay || used ? 0 : quiet + 1;
      used = false;
      if (quiet < QUIET_MOST) {
        LockSupport.parkNanos(this, (underWay ? INTERVAL : SELDOM).toNanos());
      } else {
        sleepUntilNeeded();
      }
      watched.forEach(Watched::endIfDue);
    }
  }

  private void sleepUntilNeeded() {
    asleep = true;
    if (watched.isEmpty() && !closed) {
      LockSupport.park(this);
    }
    asleep = false;
  }

  @Override
  public void close() {
    closed = true;
    look();
    Threads.join(thread);
  }
}
