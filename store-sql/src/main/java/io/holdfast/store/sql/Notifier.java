package io.holdfast.store.sql;

import io.holdfast.store.Backoff;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Tells other processes that there are new commits, on a connection and a thread of its own, so
 * that no commit waits for it. Commits that come in quick succession are told of together. A notice
 * is a hint; one that is lost costs a watch the time until its next look.
 */
final class Notifier implements AutoCloseable {
  /** Between two notices at least; a small part of what a watch may lag. */
  private static final Duration REST_LEAST = Duration.ofMillis(4);

  /** However long it takes to tell all who listen. */
  private static final Duration REST_MOST = Duration.ofMillis(20);

  private final Database database;
  private final Notices notices;
  private final Pace pace = new Pace(REST_LEAST, REST_MOST);
  private final Thread thread = new Thread(this::run, "holdfast-notify");
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition woken = lock.newCondition();
  private boolean due;
  private boolean closed;
  private Session session;

  Notifier(Database database, Notices notices) {
    this.database = database;
    this.notices = notices;
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** There is a new commit. */
  void committed() {
    lock.lock();
    try {
      if (!due) {
        due = true;
        woken.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    Backoff backoff = Pauses.forTrouble();
    long pause = 0;
    while (isDueAfter(pause)) {
      try {
        if (session == null) {
          session = database.connect();
        }
        long begun = System.nanoTime();
        notices.notifyOthers(session);
        pace.took(System.nanoTime() - begun);
        backoff.reset();
        pause = pace.rest().toNanos();
      } catch (SQLException | RuntimeException | Error e) {
        Defects.tell("Other processes were not told of commits", e);
        disconnect(); // whatever it was: without this thread others see commits late
        committed();
        pause = backoff.next().toNanos();
      }
    }
    disconnect();
  }

  private boolean isDueAfter(long pauseNanos) {
    lock.lock();
    try {
      long rest = pauseNanos;
      while (!closed && (rest > 0 || !due)) {
        if (rest > 0) {
          rest = woken.awaitNanos(rest);
        } else {
          woken.await();
        }
      }
      due = false;
    } catch (InterruptedException e) {
      return false; // Nobody but us knows the thread.
    } finally {
      lock.unlock();
    }
    return !closed;
  }

  private void disconnect() {
    if (session != null) {
      session.abandon();
      session = null;
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      woken.signal();
    } finally {
      lock.unlock();
    }
    Threads.join(thread);
  }
}
