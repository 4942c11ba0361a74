package io.holdfast.store.sql;

import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * A connection with its prepared statements; closing it closes both. For one thread at a time.
 *
 * <p>Statements stay prepared as long as the connection is open: to prepare one takes longer than
 * to read an entry with it.
 */
final class Session implements AutoCloseable {
  private final Connection connection;
  private final Dialect dialect;
  private final Sql sql;
  private final long timeline;
  private final Map<String, PreparedStatement> prepared = new HashMap<>();
  private long usedNanos = System.nanoTime();
  private int largePages;

  Session(Connection connection, Dialect dialect, Sql sql) {
    this.connection = connection;
    this.dialect = dialect;
    this.sql = sql;
    this.timeline = timeline(dialect);
  }

  static long timeline(Dialect dialect) {
    return dialect instanceof ServerDialect server ? server.timeline() : 0;
  }

  /** Whether the store has gone to another server since. */
  boolean isLeft() {
    return timeline != timeline(dialect);
  }

  /** Whether the store had gone to another server than at this time when this was opened. */
  boolean isOfLater(long before) {
    return timeline != before;
  }

  /** It has just been used. */
  void noteUse() {
    usedNanos = System.nanoTime();
  }

  /** For how long it has not been used. */
  long unusedNanos() {
    return System.nanoTime() - usedNanos;
  }

  /** The next pages will probably have large values. */
  void expectLarge(int pages) {
    largePages = pages;
  }

  /** Whether the next page will probably have large values; to be asked once for each. */
  boolean expectsLarge() {
    return largePages > 0 && largePages-- > 0;
  }

  Connection connection() {
    return connection;
  }

  Dialect dialect() {
    return dialect;
  }

  Sql sql() {
    return sql;
  }

  /** The statement of this text, prepared once. */
  PreparedStatement prepare(String text) throws SQLException {
    PreparedStatement known = prepared.get(text);
    if (known == null) {
      known = connection.prepareStatement(text);
      prepared.put(text, known);
    }
    return known;
  }

  Head head() throws SQLException {
    try (ResultSet row = prepare(sql.head).executeQuery()) {
      if (!row.next()) {
        throw headless();
      }
      Position position = Position.of(row.getLong(1), row.getLong(2));
      return new Head(position, row.getLong(3), row.getString(4));
    }
  }

  /** Bounds the time that an answer may take; when it passes the connection is unusable. */
  void answerWithin(Duration time) throws SQLException {
    int millis = (int) Math.min(Integer.MAX_VALUE, Math.max(1, time.toMillis()));
    connection.setNetworkTimeout(Runnable::run, millis);
  }

  /**
   * Does not bound that time: a socket that looks at the clock needs three system calls to read.
   */
  void answerWhenever() throws SQLException {
    connection.setNetworkTimeout(Runnable::run, 0);
  }

  /** Cuts the connection, whatever is under way on it. */
  void abandon() {
    try {
      connection.abort(Runnable::run);
    } catch (SQLException | RuntimeException e) {
      // It is given up in any case.
    }
  }

  /** The exception for a store without a head, unless it is that of a former primary. */
  StoreException headless() throws SQLException {
    if (dialect instanceof ServerDialect server) {
      server.checkRole(this);
    }
    return damaged("the counter row or its commit is missing");
  }

  /** The exception for data that contradict themselves. */
  StoreException damaged(String what) {
    return new StoreException.Unusable(
        Reason.DAMAGED, dialect.place() + ": " + what + ": restore a backup", null);
  }

  @Override
  public void close() throws SQLException {
    try {
      for (PreparedStatement statement : prepared.values()) {
        statement.close();
      }
    } finally {
      prepared.clear();
      connection.close();
    }
  }
}
