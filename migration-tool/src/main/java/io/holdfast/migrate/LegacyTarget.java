package io.holdfast.migrate;

import static io.holdfast.migrate.MigrationException.Kind.TARGET_NOT_EMPTY;
import static io.holdfast.migrate.MigrationException.Kind.TARGET_UNFINISHED;
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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * An empty database that gets SPIRE's tables of schema version 25. A mark stands in the place of
 * the version before the first row comes, and until all is accepted: no server starts on it. The
 * rows come in one transaction.
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
  private final String mark = UnfinishedMark.draw();
  private final Map<String, PreparedStatement> inserts = new HashMap<>();

  private LegacyTarget(LegacyDialect dialect, String name, ZoneId zone, Connection connection) {
    this.dialect = dialect;
    this.name = name;
    this.zone = zone;
    this.connection = connection;
  }

  /**
   * Opens a database without SPIRE's tables, a SQLite file also where there is none yet.
   *
   * @param startOver whether to delete first what a run that did not finish has left
   */
  static LegacyTarget open(String url, SourceOptions options, boolean startOver) {
    LegacyDialect dialect = dialectOf(url);
    String name = name(dialect, url);
    try {
      Connection connection = connect(dialect, url, options);
      LegacyTarget target = new LegacyTarget(dialect, name, options.zone(), connection);
      try {
        target.begin(startOver);
        return target;
      } catch (SQLException | RuntimeException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException e) {
      throw failure(name, e);
    }
  }

  /** Puts the version in the place of the mark of a run: from now on servers start on it. */
  static void accept(String url, SourceOptions options, String mark) {
    LegacyDialect dialect = dialectOf(url);
    String name = name(dialect, url);
    try (Connection connection = connect(dialect, url, options)) {
      accept(connection, name, mark);
    } catch (SQLException e) {
      throw failure(name, e);
    }
  }

  private static void accept(Connection connection, String name, String mark) throws SQLException {
    String version =
        "UPDATE %s SET version = %d, code_version = '%s' WHERE code_version = '%s'"
            .formatted(
                LegacyDdl.MIGRATIONS, LegacyBack.SCHEMA_VERSION, LegacyBack.CODE_VERSION, mark);
    try (Statement statement = connection.createStatement()) {
      requireOwn(statement.executeUpdate(version), name);
    }
  }

  private static void requireOwn(int marks, String name) {
    if (marks != 1) {
      throw new MigrationException(
          TARGET_UNUSABLE, name + " was started over by another run meanwhile");
    }
  }

  /** What a target's URL names; it is no source's URL that is at fault. */
  static LegacyDialect dialectOf(String url) {
    try {
      return LegacyDialect.of(url);
    } catch (MigrationException e) {
      throw new MigrationException(TARGET_UNUSABLE, e.getMessage(), e);
    }
  }

  /** The database for people, without credentials. */
  private static String name(LegacyDialect dialect, String url) {
    return dialect == LegacyDialect.SQLITE ? url : LegacyServer.nameOf(url);
  }

  /** A file's name goes to the driver as a URI, in which nothing is an option by mistake. */
  private static Connection connect(LegacyDialect dialect, String url, SourceOptions options)
      throws SQLException {
    try {
      return dialect == LegacyDialect.SQLITE
          ? DriverManager.getConnection(SqliteFile.driverUrl(LegacyDatabase.path(url), "mode=rwc"))
          : LegacyServer.connectToWrite(dialect, url, options);
    } catch (MigrationException e) {
      if (!(e.getCause() instanceof SQLException refusal)) {
        throw new MigrationException(TARGET_UNUSABLE, e.getMessage(), e);
      }
      throw new MigrationException(
          TARGET_UNUSABLE,
          LegacyServer.nameOf(url)
              + " cannot be opened ("
              + LegacyServer.said(refusal, options)
              + "); check the URL, and HOLDFAST_TO_USER and HOLDFAST_TO_PASSWORD",
          e);
    }
  }

  private void begin(boolean startOver) throws SQLException {
    if (dialect == LegacyDialect.SQLITE) {
      execute(List.of("PRAGMA journal_mode = WAL"));
    }
    connection.setAutoCommit(false);
    requireEmpty(startOver);
    // The mark stands before there is anything that it must keep servers from.
    execute(LegacyDdl.versionTable(dialect));
    Instant now = Instant.now();
    whole(() -> add(new LegacyOut.Row(LegacyDdl.MIGRATIONS, List.of(1L, now, now, 0, mark))));
    execute(LegacyDdl.otherTables(dialect));
    connection.commit();
    // Held until the rows are there, so that no other run can start over meanwhile.
    try (Statement statement = connection.createStatement()) {
      requireOwn(
          statement.executeUpdate(
              "UPDATE %s SET version = 0 WHERE code_version = '%s'"
                  .formatted(LegacyDdl.MIGRATIONS, mark)),
          name);
    }
  }

  private void execute(List<String> statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private void requireEmpty(boolean startOver) throws SQLException {
    List<String> there = new ArrayList<>();
    for (String table : LegacyDdl.tables()) {
      if (exists(table)) {
        there.add(table);
      }
    }
    if (there.isEmpty()) {
      return;
    }
    if (!isUnfinished(there)) {
      throw new MigrationException(
          TARGET_NOT_EMPTY,
          "%s has a table %s already, nothing was changed: name an empty one"
              .formatted(name, there.get(0)));
    }
    if (!startOver) {
      throw new MigrationException(
          TARGET_UNFINISHED,
          name
              + " holds what a run did not finish, and no server starts on it: drop that database,"
              + " or let migrate legacy --back delete it first, with --start-over");
    }
    for (String table : LegacyDdl.tables()) {
      // The mark goes last, should this be cut off as well.
      if (there.contains(table) && !table.equals(LegacyDdl.MIGRATIONS)) {
        execute(List.of("DROP TABLE " + dialect.quote(table)));
      }
    }
    execute(List.of("DROP TABLE " + dialect.quote(LegacyDdl.MIGRATIONS)));
  }

  /** Whether a run has left its mark, or had not come so far and left tables without any row. */
  private boolean isUnfinished(List<String> tables) throws SQLException {
    if (!tables.contains(LegacyDdl.MIGRATIONS)) {
      return false;
    }
    try (Statement statement = connection.createStatement()) {
      try (ResultSet row =
          statement.executeQuery("SELECT version, code_version FROM " + LegacyDdl.MIGRATIONS)) {
        if (row.next()) {
          return row.getInt(1) == 0 && UnfinishedMark.is(row.getString(2));
        }
      }
      for (String table : tables) {
        try (ResultSet row =
            statement.executeQuery("SELECT 1 FROM " + dialect.quote(table) + " LIMIT 1")) {
          if (row.next()) {
            return false;
          }
        }
      }
      return true;
    } catch (SQLException e) {
      connection.rollback();
      return false; // Somebody else's table of that name.
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

  /** What stands in the place of the version. */
  String mark() {
    return mark;
  }

  /** Puts the version there, of rows that nobody has to look at again. */
  void accept() throws SQLException {
    accept(connection, name, mark);
    connection.commit();
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
        name + " cannot be written (" + e.getMessage() + "); mend that and run again",
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
