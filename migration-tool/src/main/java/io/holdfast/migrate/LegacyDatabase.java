package io.holdfast.migrate;

import static io.holdfast.migrate.MigrationException.Kind.SOURCE_UNREADABLE;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_URL;

import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.LongPredicate;

/**
 * A legacy SPIRE database, open for reading.
 *
 * <pre>{@code
 * try (LegacyDatabase source = LegacyDatabase.open(url, options)) {
 *   LegacyReport report = source.read(record -> target.add(record.message()));
 * }
 * }</pre>
 *
 * <p>Everything is read in one transaction that begins with {@code open} and ends with {@code
 * close}: all calls see the same state, so a second {@link #read} can verify what the first one
 * copied, also while a server goes on writing. The source is never written to, and no file is left
 * beside one.
 *
 * <p>Reads SQLite files and databases of PostgreSQL, MySQL and MariaDB of the schema versions 17 to
 * 25, which SPIRE 1.0 to 1.15 write. What a version does not have yet reads as the zero value, or
 * as no rows. Memory does not grow with the database. For one thread at a time. All methods throw
 * {@link MigrationException} of a SOURCE kind.
 */
final class LegacyDatabase implements AutoCloseable {
  private final LegacySource source;
  private final LegacySchema schema;
  private LegacyDoubles doubles; // of this state; null until somebody reads everything

  private LegacyDatabase(LegacySource source, LegacySchema schema) {
    this.source = source;
    this.schema = schema;
  }

  /**
   * Opens a database and checks that it is SPIRE's.
   *
   * @param url as JDBC has it; for SQLite the name of a file without more
   */
  static LegacyDatabase open(String url, SourceOptions options) {
    return open(url, options, "");
  }

  /** Opens a database that is not finished yet, if it has this mark. */
  static LegacyDatabase open(String url, SourceOptions options, String mark) {
    LegacySource source = source(url, options);
    try {
      return new LegacyDatabase(source, LegacySchema.of(source, mark));
    } catch (SQLException e) {
      MigrationException failure = source.failure(e);
      source.close();
      throw failure;
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  private static LegacySource source(String url, SourceOptions options) {
    LegacyDialect dialect = LegacyDialect.of(url);
    return dialect == LegacyDialect.SQLITE
        ? SqliteFile.open(path(url), options.lockWait())
        : LegacyServer.open(dialect, url, options);
  }

  static Path path(String url) {
    String name = url.substring(LegacyDialect.SQLITE.urlPrefix().length());
    if (name.isEmpty() || name.startsWith("file:")) {
      throw new MigrationException(
          SOURCE_URL,
          "no plain file name in " + url + "; give " + LegacyDialect.SQLITE.urlForm() + " instead");
    }
    try {
      return Path.of(name);
    } catch (InvalidPathException e) {
      throw new MigrationException(
          SOURCE_URL,
          "not a file name in this locale: " + name + "; set LC_ALL=C.UTF-8, or rename the file",
          e);
    }
  }

  /** The database for people, without credentials. */
  String name() {
    return source.name();
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
    try (Statement statement = source.connection().createStatement()) {
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
      throw source.failure(e);
    }
  }

  /**
   * Tells one state of one database from others: the version, and the number of rows and the
   * highest id of every table. Rows that were changed in their place do not show.
   */
  String fingerprint() {
    StringBuilder state = new StringBuilder().append(schemaVersion());
    countRows().forEach((table, rows) -> state.append(' ').append(rows));
    try (Statement statement = source.connection().createStatement()) {
      for (LegacyTable table : LegacyTable.values()) {
        if (schema.has(table) && table.columns().contains("id")) {
          try (ResultSet row = statement.executeQuery("SELECT MAX(id) FROM " + table.sqlName())) {
            row.next();
            state.append(' ').append(row.getLong(1));
          }
        }
      }
    } catch (SQLException e) {
      throw source.failure(e);
    }
    RecordDigest digest = new RecordDigest();
    digest.add(0, state.toString().getBytes(StandardCharsets.UTF_8));
    return "legacy " + digest.digest();
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
      if (doubles == null) {
        doubles = LegacyDoubles.find(source);
      }
      new LegacyReader(source, schema, doubles, report, records).readAll();
    } catch (SQLException e) {
      throw source.failure(e);
    }
    source.checkUnchanged();
    LegacyReport read = report.build();
    requireAll(read.rows());
    return read;
  }

  /** Rows are found by joins too, from which a server's damaged index can keep some. */
  private void requireAll(Map<LegacyTable, Long> read) {
    countRows()
        .forEach(
            (table, count) -> {
              if (!count.equals(read.get(table))) {
                throw new MigrationException(
                    SOURCE_UNREADABLE,
                    "a damaged index hides rows of %s in %s: %,d of %,d were found; rebuild its"
                            .formatted(table.sqlName(), name(), read.get(table), count)
                        + " indexes (REINDEX, or OPTIMIZE TABLE on MySQL) and start again");
              }
            });
  }

  /**
   * Begins anew: all calls from now on see the state of this moment.
   *
   * @throws MigrationException with {@code SOURCE_CHANGED} if the schema has another version now
   */
  void renew() {
    source.renew();
    doubles = null;
    try {
      schema.requireSameVersion(source);
    } catch (SQLException e) {
      throw source.failure(e);
    }
  }

  /** Reads some of the records, of the same state as all other calls. */
  LegacyLookup lookup() {
    return new LegacyLookup(source, schema);
  }

  /**
   * Answers to questions of servers and agents, of the same state as all other calls.
   *
   * @param entryRows the ids of the rows of entries that were read, and not left out
   */
  LegacyAnswers answers(LongPredicate entryRows) {
    return new LegacyAnswers(source, entryRows);
  }

  @Override
  public void close() {
    source.close();
  }
}
