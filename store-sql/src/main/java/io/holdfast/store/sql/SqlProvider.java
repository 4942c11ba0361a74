package io.holdfast.store.sql;

import io.holdfast.store.Backend;
import io.holdfast.store.Limits;
import io.holdfast.store.PatientClock;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.store.StoreProvider;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Opens stores in SQL databases: {@code sqlite:PATH}, where the file is created if there is none
 * and its folder must exist; {@code postgresql://user@host:5432,host2/database}; {@code
 * mariadb://user@host:3306,host2/database}, and the same with {@code mysql:}.
 *
 * <p>Options, beside those that every store has:
 *
 * <ul>
 *   <li>{@code table-prefix}: how the names of the store's tables begin, default {@code holdfast_};
 *       lower-case letters, digits and underscores. Stores with different prefixes, and an
 *       application's own tables, can share one database.
 *   <li>{@code poll}: how often a waiting watch looks for commits of other processes at the latest,
 *       should the quicker ways fail it; default 250 ms, at least 5 ms.
 *   <li>{@code tls}, for servers: {@code on} (with a certificate for the host, the default for
 *       other machines and where one of the files below is named) or {@code off}. On this machine
 *       the default is to do without. {@code sslmode} says the same in PostgreSQL's words: {@code
 *       verify-full} or {@code disable}, and also {@code verify-ca} and {@code require} (TLS with
 *       anybody).
 *   <li>{@code tls-ca}, or {@code sslrootcert}: the file, in PEM, that the server's certificate is
 *       verified with; otherwise what this JVM trusts.
 *   <li>{@code tls-cert} and {@code tls-key}, or {@code sslcert} and {@code sslkey}, for servers:
 *       the files with the client's certificate, in PEM, and its key, in PEM or DER (PKCS #8,
 *       without password).
 *   <li>{@code pool}, for PostgreSQL: how many connections serve reads, default 8. Commits,
 *       watches, notices and housekeeping have one each.
 *   <li>{@code prepare-threshold}, for PostgreSQL: after how many uses a statement is kept prepared
 *       in the server, default 5; 0, never, is for a PgBouncer in transaction mode that does not
 *       keep prepared statements.
 * </ul>
 *
 * <p>To open a store whose server takes the connection and says nothing ends after some seconds, 3
 * for each attempt at PostgreSQL and 5 at the others, also where {@code timeout} is less.
 *
 * <p>A commit is flushed to the disk before it is acknowledged. Several processes, and several
 * handles in one process, may use one file at once, on one machine: SQLite's locks and shared
 * memory do not reach over network file systems. In one process, load the SQLite driver only once:
 * two copies of it in two class loaders break each other's locks. The driver, {@code
 * org.xerial:sqlite-jdbc}, has to be on the class path.
 *
 * <p>PostgreSQL 14 and newer want {@code org.postgresql:postgresql} and {@code
 * org.flywaydb:flyway-database-postgresql} on the class path, and an account that may create tables
 * and functions in its schema. Several hosts are servers of one cluster; the primary is used and
 * found again after a failover. Assumed is one primary that its cluster manager fences: one that
 * was replaced and still answers is left as soon as this process has met its successor, and can
 * serve old reads until then. Commits wait for replicas as the server is configured, and are never
 * less than flushed. Behind PgBouncer in transaction mode watches learn of the commits of other
 * processes by {@code poll} alone.
 *
 * <p>MariaDB 10.6 and MySQL 8.4 and newer want {@code org.mariadb.jdbc:mariadb-java-client} and
 * {@code org.flywaydb:flyway-mysql} on the class path; MariaDB's driver serves both. Servers that
 * would lose acknowledged commits ({@code innodb_flush_log_at_trx_commit}, {@code sync_binlog}) are
 * refused. The account needs all rights on the database that are needed to create tables and
 * procedures. Assumed is one primary at a time; several that take writes at once are not.
 */
public final class SqlProvider implements StoreProvider {
  private static final Pattern PREFIX = Pattern.compile("[a-z][a-z0-9_]{0,30}");
  private static final Set<String> COMMON = Set.of("table-prefix", "poll");
  private static final Map<String, Set<String>> OPTIONS =
      Map.of(
          "sqlite",
          Set.of(),
          "postgresql",
          union(List.of(Tls.OPTIONS, PostgresTarget.OPTIONS)),
          "mariadb",
          Tls.OPTIONS,
          "mysql",
          Tls.OPTIONS);
  private static final Duration POLL = Duration.ofMillis(250);
  private static final Duration POLL_LEAST = Duration.ofMillis(5);

  /** For the service loader. */
  public SqlProvider() {}

  private static Set<String> union(List<Set<String>> sets) {
    return sets.stream().flatMap(Set::stream).collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public Set<String> schemes() {
    return Set.of("sqlite", "postgresql", "mariadb", "mysql");
  }

  @Override
  public Set<String> options() {
    Set<String> all = new HashSet<>(COMMON);
    OPTIONS.values().forEach(all::addAll);
    return all;
  }

  @Override
  public Backend open(StoreConfig config) {
    Duration poll = config.duration("poll", POLL);
    if (poll.compareTo(POLL_LEAST) < 0) {
      throw unusable(config + ": option poll must be at least 5ms");
    }
    return SqlBackend.open(
        database(config), config, poll, InstantSource.system(), new PatientClock());
  }

  @Override
  public Optional<Limits> limitsIfNew(StoreConfig config) {
    if (!config.scheme().equals("sqlite")) {
      return SqlBackend.limitsIfNew(database(config), config);
    }
    // Whoever opens a file changes it, or makes it.
    SqliteFile file = file(config);
    return file.exists() && file.mayHold(prefix(config) + "meta")
        ? Optional.empty()
        : Optional.of(SqlBackend.LIMITS_MOST);
  }

  private Database database(StoreConfig config) {
    String prefix = prefix(config);
    return Database.of(dialect(config, prefix), prefix);
  }

  private static String prefix(StoreConfig config) {
    String prefix = config.option("table-prefix").orElse("holdfast_");
    if (!PREFIX.matcher(prefix).matches()) {
      throw unusable(
          config + ": option table-prefix takes lower-case letters, digits and _, a letter first");
    }
    return prefix;
  }

  private Dialect dialect(StoreConfig config, String prefix) {
    for (String option : options()) {
      if (config.option(option).isPresent()
          && !COMMON.contains(option)
          && !OPTIONS.get(config.scheme()).contains(option)) {
        throw unusable(config + ": option " + option + " is not for " + config.scheme());
      }
    }
    return switch (config.scheme()) {
      case "sqlite" -> sqlite(config);
      case "postgresql" -> postgres(config);
      default -> mySql(config, prefix);
    };
  }

  private static Dialect postgres(StoreConfig config) {
    try {
      return new PostgresDialect(new PostgresSource(PostgresTarget.of(config)));
    } catch (NoClassDefFoundError e) {
      throw new StoreException.Unusable(
          Reason.URL,
          config
              + ": the driver is missing: add org.postgresql:postgresql and"
              + " org.flywaydb:flyway-database-postgresql to the class path",
          e);
    }
  }

  private static Dialect mySql(StoreConfig config, String prefix) {
    try {
      return new MySqlDialect(MySqlSource.of(config, prefix));
    } catch (NoClassDefFoundError e) {
      throw new StoreException.Unusable(
          Reason.URL,
          config
              + ": the driver is missing: add org.mariadb.jdbc:mariadb-java-client and"
              + " org.flywaydb:flyway-mysql to the class path",
          e);
    }
  }

  private static SqliteFile file(StoreConfig config) {
    if (config.user().isPresent()) {
      // What stands before the last @ was taken for one, so the rest is another file.
      throw unusable(config + ": a file has no user: write the path behind sqlite: with one slash");
    }
    return SqliteFile.at(config.target());
  }

  private static Dialect sqlite(StoreConfig config) {
    if (config.password().isPresent()) {
      // Whoever gives one may believe that it keeps the file from others.
      throw unusable(config + ": an SQLite file has no password: leave it out");
    }
    try {
      return new SqliteDialect(file(config));
    } catch (NoClassDefFoundError e) {
      throw new StoreException.Unusable(
          Reason.URL,
          config + ": the driver is missing: add org.xerial:sqlite-jdbc to the class path",
          e);
    }
  }

  private static StoreException unusable(String message) {
    return new StoreException.Unusable(Reason.URL, message, null);
  }
}
