package io.holdfast.migrate;

import static io.holdfast.migrate.MigrationException.Kind.SOURCE_URL;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A legacy SPIRE database, open for reading.
 *
 * <pre>{@code
 * try (LegacyDatabase source = LegacyDatabase.open(url, Duration.ofSeconds(5))) {
 *   LegacyReport report = source.read(record -> target.add(record.message()));
 * }
 * }</pre>
 *
 * <p>Everything is read in one transaction that begins with {@code open} and ends with {@code
 * close}: all calls see the same state, so a second {@link #read} can verify what the first one
 * copied, also while a server goes on writing. The source is never written to, and no file is left
 * beside it.
 *
 * <p>Reads SQLite files of the schema versions 17 to 25, which SPIRE 1.0 to 1.15 write. What a
 * version does not have yet reads as the zero value, or as no rows. Memory does not grow with the
 * database. For one thread at a time. All methods throw {@link MigrationException} of a SOURCE
 * kind.
 */
final class LegacyDatabase implements AutoCloseable {
  private static final String SQLITE = "jdbc:sqlite:";

  private final SqliteFile file;
  private final LegacySchema schema;

  private LegacyDatabase(SqliteFile file, LegacySchema schema) {
    this.file = file;
    this.schema = schema;
  }

  /**
   * Opens a database and checks that it is SPIRE's.
   *
   * @param url {@code jdbc:sqlite:} and the name of a file
   * @param lockWait how long to wait for another process that has locked the database
   */
  static LegacyDatabase open(String url, Duration lockWait) {
    SqliteFile file = SqliteFile.open(path(url), lockWait);
    try {
      return new LegacyDatabase(file, LegacySchema.of(file.connection(), file.name()));
    } catch (SQLException e) {
      file.close();
      throw file.failure(e);
    } catch (RuntimeException e) {
      file.close();
      throw e;
    }
  }

  private static Path path(String url) {
    if (!url.startsWith(SQLITE)) {
      String scheme = url.replaceFirst("^((jdbc:)?[A-Za-z0-9+.-]*).*", "$1");
      throw new MigrationException(
          SOURCE_URL,
          "cannot read a source of kind '" + scheme + "'; give " + SQLITE + "FILE instead");
    }
    String name = url.substring(SQLITE.length());
    if (name.isEmpty() || name.startsWith("file:")) {
      throw new MigrationException(
          SOURCE_URL, "no plain file name in " + url + "; give " + SQLITE + "FILE instead");
    }
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new MigrationException(SOURCE_URL, "not a file name: " + name, e);
    }
  }

  /** The schema version. */
  int schemaVersion() {
    return schema.version();
  }

  /** The SPIRE release that last wrote the database, such as 1.15.3; empty if unknown. */
  String codeVersion() {
    return schema.codeVersion();
  }

  /** Counts the rows of every table; takes one scan, so it suits a progress bar's total. */
  Map<LegacyTable, Long> countRows() {
    Map<LegacyTable, Long> counts = new EnumMap<>(LegacyTable.class);
    Connection connection = file.connection();
    try (Statement statement = connection.createStatement()) {
      for (LegacyTable table : LegacyTable.values()) {
        if (!schema.has(table)) {
          counts.put(table, 0L);
          continue;
        }
        try (ResultSet row = statement.executeQuery("SELECT COUNT(*) FROM " + table.sqlName())) {
          row.next();
          counts.put(table, row.getLong(1));
        }
      }
      return counts;
    } catch (SQLException e) {
      throw file.failure(e);
    }
  }

  /**
   * Reads every record: bundles, entries, nodes, selectors of ids without a node, join tokens,
   * federation relationships, CA journals, entry events, node events.
   *
   * <p>Each kind comes in ascending order of row ids, which is SPIRE's list order; the selectors of
   * ids without a node come by SPIFFE ID. Selectors and DNS names of a record are in the order of
   * their row ids; the trust domains that an entry federates with are in the order of their bytes.
   * Rows that SPIRE itself would not show, or that cannot be read, are left out and reported.
   *
   * @param records takes each record at once; an exception that it throws ends the reading
   * @return what was read and what was left out; complete only when this method returns
   */
  LegacyReport read(Consumer<LegacyRecord> records) {
    LegacyReport.Builder report = new LegacyReport.Builder();
    try {
      new LegacyReader(file.connection(), schema, report, records).readAll();
    } catch (SQLException e) {
      throw file.failure(e);
    }
    file.checkUnchanged();
    return report.build();
  }

  @Override
  public void close() {
    file.close();
  }
}
