package io.holdfast.benchmarks;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A table of keys and values without history, as one would write it by hand: the naive peer. */
final class PlainTable implements AutoCloseable {
  private static final String TABLE = "plain_entries";

  private final Access access;
  private final String upsert;
  private final Queue<Connection> connections = new ConcurrentLinkedQueue<>();

  /** Opens connections that commit each statement. */
  interface Access {
    Connection connect() throws SQLException;
  }

  private PlainTable(Access access, String bytes, String onConflict) throws SQLException {
    this.access = access;
    upsert = "INSERT INTO " + TABLE + " (k, v) VALUES (?, ?) " + onConflict;
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE " + TABLE + " (" + bytes + ")");
    }
  }

  static PlainTable sqlite(Access access) throws SQLException {
    return new PlainTable(
        access, "k BLOB PRIMARY KEY, v BLOB", "ON CONFLICT (k) DO UPDATE SET v = excluded.v");
  }

  /** A connection that is closed with the table at the latest. */
  Connection connect() throws SQLException {
    Connection connection = access.connect();
    connections.add(connection);
    return connection;
  }

  /** The statement that writes a row: 1 is the key, 2 the value. */
  PreparedStatement upsert(Connection connection) throws SQLException {
    return connection.prepareStatement(upsert);
  }

  @Override
  public void close() throws SQLException {
    for (Connection connection : connections) {
      connection.close();
    }
  }
}
