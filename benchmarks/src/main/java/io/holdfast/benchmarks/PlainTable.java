package io.holdfast.benchmarks;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Locale;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** A table of keys and values without history, as one would write it by hand: the naive peer. */
final class PlainTable implements AutoCloseable {
  static final String NAME = "plain_entries";
  private static final String INSERT = "INSERT INTO " + NAME + " (k, v) VALUES (?, ?) ";
  private static final String DO_UPDATE = "ON CONFLICT (k) DO UPDATE SET v = excluded.v";

  private final String jdbcUrl;
  private final Dialect dialect;
  private final Queue<Connection> connections = new ConcurrentLinkedQueue<>();

  /** How a database spells it. */
  private enum Dialect {
    SQLITE("k BLOB PRIMARY KEY, v BLOB", INSERT + DO_UPDATE),
    POSTGRESQL("k bytea PRIMARY KEY, v bytea", INSERT + DO_UPDATE),
    MARIADB(
        "k VARBINARY(200) PRIMARY KEY, v VARBINARY(8000)",
        INSERT + "ON DUPLICATE KEY UPDATE v = VALUES(v)");

    final String columns;
    final String upsert;

    Dialect(String columns, String upsert) {
      this.columns = columns;
      this.upsert = upsert;
    }

    /** {@code jdbc:sqlite:...} names it. */
    static Dialect of(String jdbcUrl) {
      return valueOf(jdbcUrl.split(":")[1].toUpperCase(Locale.ROOT));
    }
  }

  /** The table, which is created if there is none; the URL brings user and password. */
  PlainTable(String jdbcUrl) throws SQLException {
    this.jdbcUrl = jdbcUrl;
    dialect = Dialect.of(jdbcUrl);
    try (Connection connection = connect();
        Statement statement = connection.createStatement()) {
      statement.execute("CREATE TABLE IF NOT EXISTS " + NAME + " (" + dialect.columns + ")");
    }
  }

  /** A connection that commits each statement; closed with the table at the latest. */
  Connection connect() throws SQLException {
    Connection connection = DriverManager.getConnection(jdbcUrl);
    connections.add(connection);
    return connection;
  }

  /** The statement that writes a row: 1 is the key, 2 the value. */
  PreparedStatement upsert(Connection connection) throws SQLException {
    return connection.prepareStatement(dialect.upsert);
  }

  /** A query on a connection of its own. */
  PreparedStatement select(String columns, String where) throws SQLException {
    return connect().prepareStatement("SELECT " + columns + " FROM " + NAME + where);
  }

  @Override
  public void close() throws SQLException {
    for (Connection connection : connections) {
      connection.close();
    }
  }
}
