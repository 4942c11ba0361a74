package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** A store of a test with what lies behind it. */
record Opened(Store store, SqlBackend backend, FaultyDialect dialect) implements AutoCloseable {
  static final Duration TIMEOUT = Duration.ofSeconds(20);

  static Opened at(Path file) {
    return at(StoreConfig.of("sqlite:" + file).withTimeout(TIMEOUT), InstantSource.system());
  }

  static Opened at(StoreConfig config, InstantSource clock) {
    return at(config, clock, clock);
  }

  static Opened at(StoreConfig config, InstantSource stamps, InstantSource ages) {
    FaultyDialect dialect = new FaultyDialect(new SqliteDialect(SqliteFile.at(config.target())));
    Database database = Database.of(dialect, "holdfast_");
    SqlBackend backend = SqlBackend.open(database, config, Duration.ofMillis(50), stamps, ages);
    return new Opened(Store.over(backend, config.timeout()), backend, dialect);
  }

  /** A connection that knows nothing of stores. */
  static Connection raw(Path file) throws SQLException {
    return DriverManager.getConnection("jdbc:sqlite:" + file);
  }

  static void execute(Connection connection, String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String text : statements) {
        statement.execute(text);
      }
    }
  }

  static void execute(Path file, String... statements) throws SQLException {
    try (Connection connection = raw(file)) {
      execute(connection, statements);
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static void await(String what, BooleanSupplier condition) {
    await(what, TIMEOUT, condition);
  }

  static void await(String what, Duration patience, BooleanSupplier condition) {
    long end = System.nanoTime() + patience.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "waited in vain for " + what);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(1));
    }
  }

  @Override
  public void close() {
    store.close();
  }
}
