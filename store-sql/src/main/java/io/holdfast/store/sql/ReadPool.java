package io.holdfast.store.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import io.holdfast.store.Backoff;
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

  private static final Duration PLACE_CHECK_INTERVAL = Duration.ofMillis(20);

  /** Of a connection to a server, so that a new primary is noticed by and by in any case. */
  private static final Duration LIFE = Duration.ofMinutes(1);

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final Database database;
  private final HikariDataSource pool;

  /** Fair, and unlike the pool it keeps each caller's own deadline. */
  private final Semaphore permits;

  private final int connections;

  /** For servers: a file answers soon, and looks for itself. */
  private final Watchdog watchdog;

  private volatile long timeline;

  private final AtomicLong nextPlaceCheck = new AtomicLong(System.nanoTime());
  private volatile boolean closed;

  ReadPool(Database database) {
    this.database = database;
    connections = database.dialect().readers();
    permits = new Semaphore(connections, true);
    HikariConfig config = new HikariConfig();
    config.setPoolName("holdfast-read-" + NUMBER.incrementAndGet());
    config.setDataSource(database.dialect().connections());
    config.setMaximumPoolSize(connections);
    config.setMinimumIdle(1);
    if (database.dialect() instanceof ServerDialect) {
      config.setMaxLifetime(LIFE.toMillis());
      config.setKeepaliveTime(LIFE.toMillis() / 2);
      config.setIdleTimeout(LIFE.toMillis() / 3);
      config.setValidationTimeout(TimeUnit.SECONDS.toMillis(1));
      watchdog = new Watchdog(() -> closed);
    } else {
      config.setMaxLifetime(0);
      watchdog = null;
    }
    config.setConnectionTimeout(TimeUnit.SECONDS.toMillis(1));
    config.setInitializationFailTimeout(-1);
    pool = new HikariDataSource(config);
  }

  /** Runs a read, again and again while somebody else is in the way, up to the deadline. */
  <T> T read(Object what, Deadline deadline, Read<T> read) {
    Backoff backoff = Pauses.forLock();
    for (int attempt = 1; ; attempt++) {
      check(what, deadline);
      SQLException trouble;
      acquire(what, deadline);
      try {
        return runOnce(read, deadline);
      } catch (SQLException e) {
        trouble = e;
      } finally {
        permits.release();
      }
      check(what, deadline);
      if (!isPassing(trouble) && (attempt > connections || !isCut(trouble))) {
        throw database.dialect().translate(what.toString(), causeOf(trouble));
      }
      if (deadline.hasPassed()) {
        throw database.timeout(what.toString(), trouble);
      }
      backoff.pause(what.toString(), deadline);
    }
  }

  /** What the pool could not connect for. */
  private static SQLException causeOf(SQLException e) {
    return isConnecting(e) && e.getCause() instanceof SQLException cause ? cause : e;
  }

  private static boolean isConnecting(SQLException e) {
    return e instanceof SQLTransientConnectionException;
  }

  /** Whether a pooled connection was found cut; others may be, but each is found only once. */
  private boolean isCut(SQLException e) {
    return !isConnecting(e)
        && database.dialect() instanceof ServerDialect server
        && server.isUndecided(e);
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
  void check(Object what, Deadline deadline) {
    if (closed) {
      throw new StoreException.Closed("the store was closed: " + what);
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new StoreException.Interrupted("interrupted during " + what);
    }
    checkDeadline(what, deadline);
  }

  private static void checkDeadline(Object what, Deadline deadline) {
    if (deadline.hasPassed()) {
      deadline.check(what.toString());
    }
  }

  /** Whether a running query is to be given up; {@link #check} then says why. */
  boolean shouldGiveUp(Deadline deadline) {
    return closed || deadline.hasPassed() || Thread.currentThread().isInterrupted();
  }

  private void acquire(Object what, Deadline deadline) {
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

  private <T> T runOnce(Read<T> read, Deadline deadline) throws SQLException {
    checkPlaceNowAndThen();
    leaveFormerServer();
    Connection connection = pool.getConnection();
    try (Session session = new Session(connection, database.dialect(), database.sql())) {
      database.dialect().beginRead(session);
      try {
        return watchdog == null ? read.run(session) : runWatched(session, read, deadline);
      } finally {
        database.dialect().endRead(session);
      }
    } catch (SQLException e) {
      if (database.dialect().classify(e) == Dialect.Trouble.BROKEN) {
        pool.evictConnection(connection);
      }
      throw e;
    }
  }

  private <T> T runWatched(Session session, Read<T> read, Deadline deadline) throws SQLException {
    Watchdog.Watched watched = watchdog.watch(session, deadline);
    try {
      return read.run(session);
    } finally {
      watched.end();
    }
  }

  /** Connections to a server that another has taken over from are closed when they come back. */
  private void leaveFormerServer() {
    if (database.dialect() instanceof ServerDialect server && server.timeline() != timeline) {
      timeline = server.timeline();
      pool.getHikariPoolMXBean().softEvictConnections();
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
    permits.acquireUninterruptibly(connections);
    pool.close();
    permits.release(connections);
    if (watchdog != null) {
      watchdog.close();
    }
  }
}
