package io.holdfast.migrate;

import static io.holdfast.migrate.MigrationException.Kind.TARGET_NOT_EMPTY;
import static io.holdfast.migrate.MigrationException.Kind.TARGET_UNUSABLE;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * An empty database that gets SPIRE's tables of schema version 25, in one transaction where the
 * database can create tables in one. The version comes last: without it no server takes the
 * database for its own.
 */
final class LegacyTarget implements AutoCloseable {
  /** As text that SPIRE's SQLite driver writes. */
  private static final DateTimeFormatter SQLITE_TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss.SSSSSSSSS", Locale.ROOT);

  /** Without the fraction, which a server might round up. */
  private static final DateTimeFormatter MYSQL_TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd HH:mm:ss", Locale.ROOT);

  private final LegacyDialect dialect;
  private final String name;
  private final ZoneId zone;
  private final Connection connection;
  private final Map<String, PreparedStatement> inserts = new HashMap<>();

  private LegacyTarget(LegacyDialect dialect, String name, ZoneId zone, Connection connection) {
    this.dialect = dialect;
    this.name = name;
    this.zone = zone;
    this.connection = connection;
  }

  /** Opens a database without SPIRE's tables, a SQLite file also where there is none yet. */
  static LegacyTarget open(String url, SourceOptions options) {
    LegacyDialect dialect = LegacyDialect.of(url);
    String name = LegacyServer.nameOf(url);
    try {
      Connection connection = connect(dialect, url, options);
      LegacyTarget target = new LegacyTarget(dialect, name, options.zone(), connection);
      try {
        target.begin();
        return target;
      } catch (SQLException | RuntimeException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException e) {
      throw failure(name, e);
    }
  }

  /** Takes the version out again, so that no server takes the database for its own. */
  static void disown(String url, SourceOptions options) {
    try (Connection connection = connect(LegacyDialect.of(url), url, options);
        Statement statement = connection.createStatement()) {
      statement.execute("DELETE FROM " + LegacyDdl.MIGRATIONS);
    } catch (SQLException e) {
      throw failure(LegacyServer.nameOf(url), e);
    }
  }

  private static Connection connect(LegacyDialect dialect, String url, SourceOptions options)
      throws SQLException {
    return dialect == LegacyDialect.SQLITE
        ? DriverManager.getConnection("jdbc:sqlite:" + LegacyDatabase.path(url))
        : LegacyServer.connect(dialect, url, options);
  }

  private void begin() throws SQLException {
    try (Statement statement = connection.createStatement()) {
      if (dialect == LegacyDialect.SQLITE) {
        statement.execute("PRAGMA journal_mode = WAL");
      }
      connection.setAutoCommit(false);
      for (String table : LegacyDdl.tables()) {
        if (exists(table)) {
          throw new MigrationException(
              TARGET_NOT_EMPTY,
              name + " has a table " + table + " already, nothing was changed: name an empty one");
        }
      }
      for (String sql : LegacyDdl.statements(dialect)) {
        statement.execute(sql);
      }
    }
  }

  private boolean exists(String table) throws SQLException {
    try (ResultSet row =
        connection
            .getMetaData()
            .getTables(connection.getCatalog(), connection.getSchema(), table, null)) {
      return row.next();
    }
  }

  LegacyDialect dialect() {
    return dialect;
  }

  /** Adds a row to the batch of its table. */
  void add(LegacyOut.Row row) throws SQLException {
    PreparedStatement insert = inserts.get(row.table());
    if (insert == null) {
      insert = connection.prepareStatement(insertInto(row.table()));
      inserts.put(row.table(), insert);
    }
    for (int i = 0; i < row.values().size(); i++) {
      set(insert, i + 1, row.values().get(i));
    }
    insert.addBatch();
  }

  private String insertInto(String table) {
    List<String> columns = LegacyDdl.columns(table);
    return "INSERT INTO %s (%s) VALUES (%s)"
        .formatted(
            dialect.quote(table),
            String.join(", ", columns.stream().map(dialect::quote).toList()),
            String.join(", ", columns.stream().map(column -> "?").toList()));
  }

  private void set(PreparedStatement insert, int index, Object value) throws SQLException {
    if (value == null) {
      insert.setNull(index, Types.NULL);
    } else if (value instanceof Instant time) {
      insert.setObject(index, time(time));
    } else if (value instanceof byte[] bytes) {
      insert.setBytes(index, bytes);
    } else {
      insert.setObject(index, value);
    }
  }

  private Object time(Instant time) {
    return switch (dialect) {
      case POSTGRESQL -> OffsetDateTime.ofInstant(time, ZoneOffset.UTC);
      case MYSQL -> MYSQL_TIME.format(LocalDateTime.ofInstant(time, zone));
      case SQLITE ->
          SQLITE_TIME
                  .format(LocalDateTime.ofInstant(time, ZoneOffset.UTC))
                  .replaceFirst("\\.?0*$", "")
              + "+00:00";
    };
  }

  /** Runs something whole or not at all; a database that refuses it says why. */
  void whole(Step step) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("SAVEPOINT record");
      try {
        step.run();
        for (PreparedStatement insert : inserts.values()) {
          insert.executeBatch();
        }
        statement.execute("RELEASE SAVEPOINT record");
      } catch (SQLException e) {
        for (PreparedStatement insert : inserts.values()) {
          insert.clearBatch();
        }
        statement.execute("ROLLBACK TO SAVEPOINT record");
        throw e;
      }
    }
  }

  /** Lets a table count on from here. */
  void countFrom(String table, long last) throws SQLException {
    if (last == 0 || !LegacyDdl.hasIds(table)) {
      return;
    }
    try (Statement statement = connection.createStatement()) {
      switch (dialect) {
        case POSTGRESQL ->
            statement.execute("SELECT setval('%s_id_seq', %d)".formatted(table, last));
        case MYSQL ->
            statement.execute("ALTER TABLE %s AUTO_INCREMENT = %d".formatted(table, last + 1));
        case SQLITE -> {
          int changed =
              statement.executeUpdate(
                  "UPDATE sqlite_sequence SET seq = %d WHERE name = '%s'".formatted(last, table));
          if (changed == 0) {
            statement.execute(
                "INSERT INTO sqlite_sequence VALUES ('%s', %d)".formatted(table, last));
          }
        }
      }
    }
  }

  void commit() throws SQLException {
    connection.commit();
  }

  MigrationException failure(SQLException e) {
    return failure(name, e);
  }

  private static MigrationException failure(String name, SQLException e) {
    return new MigrationException(
        TARGET_UNUSABLE,
        name + " cannot be written (" + e.getMessage() + "); mend that and name an empty database",
        e);
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  /** Adds rows. */
  @FunctionalInterface
  interface Step {
    void run() throws SQLException;
  }
}
