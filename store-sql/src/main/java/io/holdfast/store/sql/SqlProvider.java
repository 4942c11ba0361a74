package io.holdfast.store.sql;

import io.holdfast.store.Backend;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.store.StoreProvider;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Opens stores in SQL databases: {@code sqlite:PATH}, where the file is created if there is none
 * and its folder must exist.
 *
 * <p>Options, beside those that every store has:
 *
 * <ul>
 *   <li>{@code table-prefix}: how the names of the store's tables begin, default {@code holdfast_};
 *       lower-case letters, digits and underscores. Stores with different prefixes, and an
 *       application's own tables, can share one database.
 *   <li>{@code poll}: how often a waiting watch looks for commits of other processes at the latest,
 *       should the quicker ways fail it; default 250 ms, at least 5 ms.
 * </ul>
 *
 * <p>A commit is flushed to the disk before it is acknowledged. Several processes, and several
 * handles in one process, may use one file at once, on one machine: SQLite's locks and shared
 * memory do not reach over network file systems. In one process, load the SQLite driver only once:
 * two copies of it in two class loaders break each other's locks. The driver, {@code
 * org.xerial:sqlite-jdbc}, has to be on the class path.
 */
public final class SqlProvider implements StoreProvider {
  private static final Pattern PREFIX = Pattern.compile("[a-z][a-z0-9_]{0,30}");
  private static final Duration POLL = Duration.ofMillis(250);
  private static final Duration POLL_LEAST = Duration.ofMillis(5);

  /** For the service loader. */
  public SqlProvider() {}

  @Override
  public Set<String> schemes() {
    return Set.of("sqlite", "postgresql");
  }

  @Override
  public Set<String> options() {
    return Set.of("table-prefix", "poll");
  }

  @Override
  public Backend open(StoreConfig config) {
    String prefix = config.option("table-prefix").orElse("holdfast_");
    if (!PREFIX.matcher(prefix).matches()) {
      throw unusable(
          config + ": option table-prefix takes lower-case letters, digits and _, a letter first");
    }
    Duration poll = config.duration("poll", POLL);
    if (poll.compareTo(POLL_LEAST) < 0) {
      throw unusable(config + ": option poll must be at least 5ms");
    }
    Dialect dialect =
        config.scheme().equals("sqlite")
            ? sqlite(SqliteFile.at(config.target()))
            : postgres(config);
    Database database = Database.of(dialect, prefix);
    return SqlBackend.open(database, config, poll, InstantSource.system());
  }

  private static Dialect postgres(StoreConfig config) {
    try {
      return new PostgresDialect(PostgresSource.of(config));
    } catch (NoClassDefFoundError e) {
      throw new StoreException.Unusable(
          Reason.URL,
          config
              + ": the driver is missing: add org.postgresql:postgresql and"
              + " org.flywaydb:flyway-database-postgresql to the class path",
          e);
    }
  }

  private static Dialect sqlite(SqliteFile file) {
    try {
      return new SqliteDialect(file);
    } catch (NoClassDefFoundError e) {
      throw new StoreException.Unusable(
          Reason.URL,
          file + ": the driver is missing: add org.xerial:sqlite-jdbc to the class path",
          e);
    }
  }

  private static StoreException unusable(String message) {
    return new StoreException.Unusable(Reason.URL, message, null);
  }
}
