package io.holdfast.store.sql;

import io.holdfast.store.Backoff;
import io.holdfast.store.Deadline;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;

/**
 * Tells waiting watches that there may be something new: at once after a commit of this process,
 * and after those of others by a thread that asks the database for its change number every few
 * milliseconds while anybody waits. As a backstop it compares the head now and then. A wake-up is a
 * hint: it may come for nothing, and it carries no data.
 *
 * <p>Commits of others that come in quick succession wake together: the more seldom, the longer it
 * takes the watches to look. So many watching processes do not keep the server from its writers. As
 * long as looks find something, the next one does not wait for a notice.
 */
final class WakeUp implements AutoCloseable {
  private static final Duration HINT_INTERVAL = Duration.ofMillis(5);

  /** However slow the looks are. */
  private static final Duration REST_MOST = Duration.ofMillis(12);

  private final Database database;
  private final Duration poll;
  private final Pace looks = new Pace(Duration.ZERO, REST_MOST);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition signalled = lock.newCondition();
  private final Condition needed = lock.newCondition();
  private Thread thread;
  private long signals;
  private int waiting;
  private boolean closed;

  // Used by the thread alone, but for the first two.
  private volatile boolean found;
  private volatile Session session;
  private OptionalLong hint = OptionalLong.empty();
  private Position head;
  private long nextHeadNanos;

  WakeUp(Database database, Duration poll) {
    this.database = database;
    this.poll = poll;
  }

  /** How many signals there were; ask before looking, so that none in between is missed. */
  long signals() {
    lock.lock();
    try {
      return signals;
    } finally {
      lock.unlock();
    }
  }

  /** A watch has looked at the history, which took so long, and found something or nothing. */
  void looked(long nanos, boolean something) {
    looks.took(nanos);
    if (something) {
      found = true;
    }
  }

  /** How long watches rest between looks that nothing but time calls for. */
  Duration rest() {
    return looks.rest();
  }

  /** Wakes everybody who waits. */
  void signal() {
    lock.lock();
    try {
      signals++;
      signalled.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until there are more signals than {@code seen}, at most up to the deadline or until it is
   * {@code ended} and signalled.
   */
  void await(long seen, Deadline deadline, BooleanSupplier ended) {
    lock.lock();
    try {
      waiting++;
      startOrWakeThread();
      while (signals == seen && !closed && !ended.getAsBoolean()) {
        long remaining = deadline.remainingNanos();
        if (remaining == 0) {
          return;
        }
        // The value is asked for again above.
        long unused = signalled.awaitNanos(remaining);
      }
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted while watching");
    } finally {
      waiting--;
      lock.unlock();
    }
  }

  /** Waits up to the deadline whatever the signals, or until it is {@code ended} and signalled. */
  void pause(Deadline deadline, BooleanSupplier ended) {
    lock.lock();
    try {
      while (!closed && !ended.getAsBoolean() && !deadline.hasPassed()) {
        long unused = signalled.awaitNanos(deadline.remainingNanos());
      }
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted while watching");
    } finally {
      lock.unlock();
    }
  }

  private void startOrWakeThread() {
    if (thread == null && !closed) {
      thread = new Thread(this::run, "holdfast-wake-up");
      thread.setDaemon(true);
      thread.start();
    } else {
      needed.signal();
    }
  }

  private void run() {
    Backoff backoff = Pauses.forTrouble();
    long pause = 0;
    while (isNeededAfter(pause)) {
      try {
        if (hasChanged()) {
          signal();
        }
        backoff.reset();
        pause = pause().toNanos();
      } catch (SQLException | RuntimeException | Error e) {
        // The watches find out for themselves what is wrong, and without this thread they are slow.
        Defects.tell("Commits of other processes were not asked for", e);
        disconnect();
        signal();
        pause = backoff.next().toNanos();
      }
    }
    disconnect();
  }

  private Duration pause() {
    if (database.dialect() instanceof Notices) {
      return looks.rest();
    }
    return hint.isPresent() ? HINT_INTERVAL : poll;
  }

  /** Waits for the pause, then until somebody waits; false when this is closed. */
  private boolean isNeededAfter(long pauseNanos) {
    lock.lock();
    try {
      long rest = pauseNanos;
      while (!closed && (rest > 0 || waiting == 0)) {
        if (rest > 0) {
          rest = needed.awaitNanos(rest);
        } else {
          needed.await();
        }
      }
    } catch (InterruptedException e) {
      return false; // Nobody but us knows the thread.
    } finally {
      lock.unlock();
    }
    return !closed;
  }

  private boolean hasChanged() throws SQLException {
    if (database.dialect() instanceof Notices notices) {
      return hasChanged(notices);
    }
    boolean changed = false;
    if (session != null && session.isLeft()) {
      disconnect();
    }
    if (session == null) {
      session = database.connect();
      hint = OptionalLong.empty();
      changed = true;
    }
    OptionalLong now = database.dialect().changeHint(session.connection());
    changed |= !now.equals(hint);
    hint = now;
    return hasMoved() || changed;
  }

  /** Waits for a notice meanwhile. */
  private boolean hasChanged(Notices notices) throws SQLException {
    if (session != null && !session.isLeft()) {
      if (found) {
        found = false;
        return true;
      }
      return notices.awaitNotice(session, poll) || hasMoved();
    }
    disconnect();
    session = database.connect();
    notices.listen(session);
    return true;
  }

  /** The backstop, which also works where there is no hint or it goes astray. */
  private boolean hasMoved() throws SQLException {
    if (System.nanoTime() - nextHeadNanos < 0) {
      return false;
    }
    nextHeadNanos = System.nanoTime() + poll.toNanos();
    database.dialect().checkPlace();
    Position now = session.head().position();
    boolean moved = !now.equals(head);
    head = now;
    return moved;
  }

  private void disconnect() {
    if (session != null) {
      try {
        session.close();
      } catch (SQLException e) {
        // It is given up in any case.
      }
      session = null;
    }
  }

  /** Wakes everybody and ends the thread. */
  @Override
  public void close() {
    Thread ending;
    lock.lock();
    try {
      closed = true;
      ending = thread;
      signals++;
      signalled.signalAll();
      needed.signalAll();
    } finally {
      lock.unlock();
    }
    Session waitsForNotice = session;
    if (waitsForNotice != null && database.dialect() instanceof Notices) {
      waitsForNotice.abandon();
    }
    Threads.join(ending);
  }
}
