package io.holdfast.store.sql;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.pool.HikariPool;
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

/** Runs reads on a few connections, each read at one moment. */
final class ReadPool implements AutoCloseable {
  /** A read that is one statement, or one transaction. */
  interface Read<T> {
    T run(Session session) throws SQLException;
  }

  private static final Duration PLACE_CHECK_INTERVAL = Duration.ofMillis(20);

  /** SQLSTATE of a connection that is none any more. */
  static final String LOST = "08006";

  /** Of a connection to a server, so that a new primary is noticed by and by in any case. */
  private static final Duration LIFE = Duration.ofMinutes(1);

  /** How long a connection may be unused before it is asked whether it still is one. */
  private static final Duration IDLE = Duration.ofSeconds(1);

  /** How long it may take to answer that. */
  private static final Duration ANSWER = Duration.ofSeconds(1);

  /** How long the pool is waited for at a time; then it is asked why there is no connection. */
  private static final Duration WAIT = Duration.ofMillis(200);

  private static final AtomicInteger NUMBER = new AtomicInteger();

  private final Database database;
  private final PooledSessions sessions;

  /** Whether a read ends by the socket's own timeout, since to abort it would wait for it. */
  private final boolean timed;

  /** Unlike the data source in front of it, it takes each caller's own bound. */
  private final HikariPool pool;

  /** Fair, and so that nobody waits in the pool for what others use. */
  private final Semaphore permits;

  private final int connections;

  /** For servers: a file answers soon, and looks for itself. */
  private final Watchdog watchdog;

  private final AtomicLong nextPlaceCheck = new AtomicLong(System.nanoTime());
  private volatile boolean closed;

  ReadPool(Database database) {
    this.database = database;
    connections = database.dialect().readers();
    permits = new Semaphore(connections, true);
    sessions =
        new PooledSessions(database, () -> !closed && permits.availablePermits() < connections);
    boolean served = database.dialect() instanceof ServerDialect;
    timed = database.dialect() instanceof ServerDialect server && !server.abortEndsReads();
    watchdog = served ? new Watchdog(() -> closed) : null;
    HikariConfig config = new HikariConfig();
    config.setPoolName("holdfast-read-" + NUMBER.incrementAndGet());
    config.setDataSource(sessions);
    config.setMaximumPoolSize(connections);
    config.setMinimumIdle(0); // Else the pool tries more and more seldom while nobody reads.
    config.setMaxLifetime(served ? LIFE.toMillis() : 0);
    if (served) {
      config.setIdleTimeout(LIFE.toMillis() / 3);
    }
    config.setKeepaliveTime(0); // Who borrows a connection asks it.
    config.setInitializationFailTimeout(-1);
    config.validate();
    pool = new HikariPool(config);
  }

  /** Runs a read, again and again while the database is busy or away, up to the deadline. */
  <T> T read(Object what, Deadline deadline, Read<T> read) {
    return read(what, deadline, true, read);
  }

  /** The same for who pauses by itself while the database is away: tells so at once. */
  <T> T readUnlessAway(Object what, Deadline deadline, Read<T> read) {
    return read(what, deadline, false, read);
  }

  private <T> T read(Object what, Deadline deadline, boolean patient, Read<T> read) {
    acquire(what, deadline);
    try {
      return untilItWorks(what, deadline, patient, read);
    } finally {
      permits.release();
    }
  }

  private <T> T untilItWorks(Object what, Deadline deadline, boolean patient, Read<T> read) {
    Backoff backoff = Pauses.forLock();
    long begunNanos = System.nanoTime();
    int cuts = 0;
    while (true) {
      SQLException trouble;
      try {
        return runOnce(read, deadline, begunNanos);
      } catch (SQLException e) {
        trouble = e;
      }
      cuts += isCut(trouble) ? 1 : 0;
      checkPassing(what, deadline, trouble, cuts);
      if (isConnecting(trouble) && trouble.getCause() != null && !patient) {
        throw translate(what, trouble);
      }
      backoff.pause(what.toString(), deadline);
      if (deadline.hasPassed()) {
        throw ofPassed(what, trouble);
      }
    }
  }

  /** Throws unless it is worth another try. */
  private void checkPassing(Object what, Deadline deadline, SQLException trouble, int cuts) {
    checkNotLeft(what);
    boolean passing =
        switch (database.dialect().classify(trouble)) {
          case BUSY, CANCELLED -> true;
          default ->
              isCut(trouble)
                  ? cuts <= connections // Each is found only once.
                  : isConnecting(trouble) && isAway(what, trouble);
        };
    if (!passing) {
      checkDeadline(what, deadline);
      throw translate(what, trouble);
    }
  }

  private StoreException ofPassed(Object what, SQLException trouble) {
    if (isConnecting(trouble) && trouble.getCause() != null) {
      return translate(what, trouble);
    }
    return database.isBusy(trouble)
        ? database.timeout(what.toString(), trouble)
        : new StoreException.Timeout(
            database.dialect().place() + ": " + what + " did not finish before its deadline",
            trouble);
  }

  private StoreException translate(Object what, SQLException e) {
    if (isConnecting(e) && e.getCause() instanceof StoreException known) {
      return known;
    }
    return database.dialect().translate(what.toString(), causeOf(e));
  }

  /** What the pool could not connect for. */
  private static SQLException causeOf(SQLException e) {
    return isConnecting(e) && e.getCause() instanceof SQLException cause ? cause : e;
  }

  /** Whether the pool had no connection. */
  private static boolean isConnecting(SQLException e) {
    return e instanceof PooledSessions.NoConnection;
  }

  /** Whether there may be a connection by and by. */
  private boolean isAway(Object what, SQLException e) {
    return !((PooledSessions.NoConnection) e).isRecent()
        || translate(what, e) instanceof StoreException.Unavailable;
  }

  /** Whether a pooled connection was found cut; others may be. */
  private boolean isCut(SQLException e) {
    return !isConnecting(e)
        && database.dialect() instanceof ServerDialect server
        && server.isUndecided(e);
  }

  boolean isClosed() {
    return closed;
  }

  /** Throws if the call is to be given up. */
  void check(Object what, Deadline deadline) {
    checkNotLeft(what);
    checkDeadline(what, deadline);
  }

  private void checkNotLeft(Object what) {
    if (closed) {
      throw new StoreException.Closed("the store was closed: " + what);
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new StoreException.Interrupted("interrupted during " + what);
    }
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
    check(what, deadline);
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

  private <T> T runOnce(Read<T> read, Deadline deadline, long begunNanos) throws SQLException {
    checkPlaceNowAndThen();
    Connection loan = borrow(deadline, begunNanos);
    try {
      Session session = loan.unwrap(Session.class);
      if (session.isLeft()) {
        throw new SQLException("another server has taken over", LOST);
      }
      T result = watchdog == null ? read.run(session) : runWatched(session, read, deadline);
      session.noteUse();
      return result;
    } catch (SQLException e) {
      if (!database.isBusy(e)) {
        pool.evictConnection(loan);
      }
      throw e;
    } catch (StoreException e) {
      throw e;
    } catch (RuntimeException | Error e) {
      pool.evictConnection(loan); // who reads next would get the rest of this answer
      throw e;
    } finally {
      loan.close();
    }
  }

  private Connection borrow(Deadline deadline, long begunNanos) throws SQLException {
    long millis = TimeUnit.NANOSECONDS.toMillis(deadline.remainingNanos());
    try {
      return pool.getConnection(Math.max(1, Math.min(millis, WAIT.toMillis())));
    } catch (SQLTransientConnectionException e) {
      throw sessions.noConnection(begunNanos);
    }
  }

  private <T> T runWatched(Session session, Read<T> read, Deadline deadline) throws SQLException {
    if (session.unusedNanos() > IDLE.toNanos()) {
      Duration most = deadline.remaining();
      Deadline answer = Deadline.after(most.compareTo(ANSWER) < 0 ? most : ANSWER);
      if (!runUntil(answer, session, any -> any.connection().isValid((int) ANSWER.toSeconds()))) {
        throw new SQLException("an unused connection does not answer", LOST);
      }
    }
    return runUntil(deadline, session, read);
  }

  private <T> T runUntil(Deadline deadline, Session session, Read<T> read) throws SQLException {
    if (timed) {
      session.answerWithin(deadline.remaining());
    }
    Watchdog.Watched watched = watchdog.watch(session, deadline);
    try {
      return read.run(session);
    } finally {
      watched.end();
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
    if (watchdog != null) {
      watchdog.look();
    }
    permits.acquireUninterruptibly(connections);
    endPool();
    permits.release(connections);
    if (watchdog != null) {
      watchdog.close();
    }
  }

  private void endPool() {
    boolean interrupted = Thread.interrupted();
    try {
      pool.shutdown();
    } catch (InterruptedException e) {
      interrupted = true;
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
