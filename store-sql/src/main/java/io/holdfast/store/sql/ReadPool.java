package io.holdfast.store.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.holdfast.store.Deadline;
import io.holdfast.store.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.SQLTransientConnectionException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** Runs reads, each in one transaction that sees one moment, on a few connections. */
final class ReadPool implements AutoCloseable {
  /** A read that is one transaction. */
  interface Read<T> {
    T run(Session session) throws SQLException;
  }

  private static final int CONNECTIONS = 4;
  private static final Duration PLACE_CHECK_INTERVAL = Duration.ofMillis(20);
  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final Database database;
  private final HikariDataSource pool;

  /** Fair, and unlike the pool it keeps each caller's own deadline. */
  private final Semaphore permits = new Semaphore(CONNECTIONS, true);

  private final AtomicLong nextPlaceCheck = new AtomicLong(System.nanoTime());
  private volatile boolean closed;

  ReadPool(Database database) {
    this.database = database;
    HikariConfig config = new HikariConfig();
    config.setPoolName("holdfast-read-" + NUMBER.incrementAndGet());
    config.setDataSource(database.dialect().connections());
    config.setMaximumPoolSize(CONNECTIONS);
    config.setMinimumIdle(1);
    config.setMaxLifetime(0);
    config.setConnectionTimeout(TimeUnit.SECONDS.toMillis(1));
    config.setInitializationFailTimeout(-1);
    pool = new HikariDataSource(config);
  }

  /** Runs a read, again and again while somebody else is in the way, up to the deadline. */
  <T> T read(String what, Deadline deadline, Read<T> read) {
    Backoff backoff = Backoff.forLock();
    while (true) {
      check(what, deadline);
      SQLException trouble;
      acquire(what, deadline);
      try {
        return runOnce(read);
      } catch (SQLException e) {
        trouble = e;
      } finally {
        permits.release();
      }
      check(what, deadline);
      if (!isPassing(trouble)) {
        throw database.dialect().translate(what, trouble);
      }
      if (deadline.hasPassed()) {
        throw database.timeout(what, trouble);
      }
      backoff.pause(what, deadline);
    }
  }

  private static boolean isConnecting(SQLException e) {
    return e instanceof SQLTransientConnectionException;
  }

  private boolean isPassing(SQLException e) {
    return switch (database.dialect().classify(e)) {
      case BUSY, CANCELLED -> true;
      default -> isConnecting(e) && e.getCause() == null;
    };
  }

  boolean isClosed() {
    return closed;
  }

  /** Throws if the call is to be given up. */
  void check(String what, Deadline deadline) {
    if (closed) {
      throw new StoreException.Closed("the store was closed: " + what);
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new StoreException.Interrupted("interrupted during " + what);
    }
    deadline.check(what);
  }

  /** Whether a running query is to be given up; {@link #check} then says why. */
  boolean shouldGiveUp(Deadline deadline) {
    return closed || deadline.hasPassed() || Thread.currentThread().isInterrupted();
  }

  private void acquire(String what, Deadline deadline) {
    try {
      if (!permits.tryAcquire(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
        throw new StoreException.Timeout(what + " waited for other reads until its deadline");
      }
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted during " + what);
    }
    if (closed) {
      permits.release();
      throw new StoreException.Closed("the store was closed: " + what);
    }
  }

  private <T> T runOnce(Read<T> read) throws SQLException {
    checkPlaceNowAndThen();
    Connection connection = pool.getConnection();
    try (Session session = new Session(connection, database.dialect(), database.sql())) {
      database.dialect().beginRead(session);
      try {
        return read.run(session);
      } finally {
        database.dialect().rollback(session);
      }
    } catch (SQLException e) {
      if (database.dialect().classify(e) == Dialect.Trouble.BROKEN) {
        pool.evictConnection(connection);
      }
      throw e;
    }
  }

  /** A look at the file system costs as much as a small read, so not every read has one. */
  private void checkPlaceNowAndThen() {
    long now = System.nanoTime();
    if (now - nextPlaceCheck.get() >= 0) {
      database.dialect().checkPlace();
      nextPlaceCheck.set(now + PLACE_CHECK_INTERVAL.toNanos());
    }
  }

  /** Waits for the running reads, which give up soon, and ends. */
  @Override
  public void close() {
    closed = true;
    permits.acquireUninterruptibly(CONNECTIONS);
    pool.close();
    permits.release(CONNECTIONS);
  }
}
