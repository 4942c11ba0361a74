package io.holdfast.store.sql;

import io.holdfast.store.Deadline;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps the history within its bounds of age and number, in small transactions between the commits:
 * every few seconds, and sooner after many commits. The newest commit's token always stays.
 */
final class HistoryTrimmer implements AutoCloseable {
  private static final Duration INTERVAL = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  /** A transaction that takes longer than this makes the next one smaller. */
  private static final Duration STEP_TIME = Duration.ofMillis(20);

  private static final long STEP_MAX = 4096;

  private final Database database;
  private final StoreWriter writer;
  private final InstantSource clock;
  private final LaneSweeper lanes;
  private final Duration age;
  private final long commits;
  private final long commitsBetween;
  private final Thread thread = new Thread(this::run, "holdfast-trim");
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition woken = lock.newCondition();
  private long committedSince;
  private boolean closed;
  private long step = 256;

  /** Up to where this process has deleted what is no longer kept. */
  private long deleted;

  HistoryTrimmer(
      Database database, StoreWriter writer, InstantSource clock, Duration age, long commits) {
    this.database = database;
    this.writer = writer;
    this.clock = clock;
    this.lanes = new LaneSweeper(database, writer, clock);
    this.age = age;
    this.commits = commits;
    this.commitsBetween = Math.max(1, Math.min(commits / 16, 10_000));
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Counts commits of this process. */
  void committed(int count) {
    lock.lock();
    try {
      committedSince += count;
      if (committedSince >= commitsBetween) {
        woken.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    while (isDue()) {
      try {
        trim();
        sweepLanes();
        writer.tidy(Deadline.after(PATIENCE));
      } catch (RuntimeException | Error e) {
        Defects.tell("The history was not trimmed", e);
      }
    }
  }

  private boolean isDue() {
    lock.lock();
    try {
      long rest = INTERVAL.toNanos();
      while (!closed && rest > 0 && committedSince < commitsBetween) {
        rest = woken.awaitNanos(rest);
      }
      committedSince = 0;
      return !closed;
    } catch (InterruptedException e) {
      return false; // Nobody but us knows the thread.
    } finally {
      lock.unlock();
    }
  }

  /** Trims until the history is within its bounds. */
  void trim() {
    boolean more = true;
    while (more && !isClosed()) {
      long began = System.nanoTime();
      try {
        more = run(this::advanceOldest);
        more |= run(this::deleteTrimmed);
      } catch (RuntimeException | Error e) {
        deleted = 0;
        step = Math.max(1, step / 8); // what took too long would do so again
        throw e;
      }
      long took = System.nanoTime() - began;
      step = took > STEP_TIME.toNanos() ? Math.max(1, step / 2) : Math.min(STEP_MAX, step * 2);
      pause(took);
    }
  }

  /** Removes the lanes of dead processes, if it is time to. */
  void sweepLanes() {
    lanes.sweep(Deadline.after(PATIENCE));
  }

  private boolean run(StoreWriter.Task<Boolean> task) {
    return writer.run("trim the history", Deadline.after(PATIENCE), task);
  }

  /** Leaves the writers at least as much time as was taken from them. */
  private void pause(long nanos) {
    lock.lock();
    try {
      long rest = Math.min(nanos, TimeUnit.MILLISECONDS.toNanos(100));
      while (!closed && rest > 0) {
        rest = woken.awaitNanos(rest);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  private boolean isClosed() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Says that a few commits are no longer kept; true if there is more to trim. A transaction of its
   * own, since this row orders the commits: they wait for one row, not for the deletions.
   */
  private boolean advanceOldest(Session session) throws SQLException {
    Head head = session.head();
    long most = Math.min(head.oldest() + step, head.revision());
    long byNumber = Math.min(most, head.revision() - commits);
    long oldest = Math.max(byNumber, byAge(session, head.oldest(), most));
    if (oldest <= head.oldest()) {
      return false;
    }
    PreparedStatement write = session.prepare(database.sql().advanceOldest);
    write.setLong(1, oldest);
    write.setLong(2, oldest);
    write.executeUpdate();
    return oldest == most && oldest < head.revision();
  }

  /**
   * Deletes of what is no longer kept a few commits, also of what an earlier run left behind; true
   * if there is more.
   */
  private boolean deleteTrimmed(Session session) throws SQLException {
    long oldest = session.head().oldest();
    if (oldest == deleted) {
      return false;
    }
    long end = Math.min(oldest, first(session, deleted < oldest ? deleted : 0) + step);
    PreparedStatement write = session.prepare(database.sql().trim);
    write.setLong(1, end);
    write.executeUpdate();
    deleted = end;
    return end < oldest;
  }

  /** The first commit from a revision on that the tables have. */
  private long first(Session session, long from) throws SQLException {
    PreparedStatement query = session.prepare(database.sql().firstChange);
    query.setLong(1, from);
    try (ResultSet row = query.executeQuery()) {
      return row.next() ? row.getLong(1) : from;
    }
  }

  /** The last commit behind {@code oldest} before the first one that is young enough to stay. */
  private long byAge(Session session, long oldest, long most) throws SQLException {
    PreparedStatement query = session.prepare(database.sql().firstYoung);
    query.setLong(1, oldest);
    query.setLong(2, most);
    query.setLong(3, clock.instant().minus(age).toEpochMilli());
    try (ResultSet row = query.executeQuery()) {
      return row.next() ? row.getLong(1) - 1 : most;
    }
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      woken.signalAll();
    } finally {
      lock.unlock();
    }
    Threads.join(thread);
  }
}
