package io.holdfast.store.sql;

import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.testbed.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;

/** A store of a test on PostgreSQL with what lies behind it. */
record OpenedServer(Store store, SqlBackend backend) implements AutoCloseable {
  static OpenedServer at(Database database) {
    return at(PostgresHarness.url(database).withTimeout(Opened.TIMEOUT));
  }

  static OpenedServer at(StoreConfig config) {
    return at(config, InstantSource.system());
  }

  static OpenedServer at(StoreConfig config, InstantSource clock) {
    PostgresDialect dialect = new PostgresDialect(new PostgresSource(PostgresTarget.of(config)));
    io.holdfast.store.sql.Database database =
        io.holdfast.store.sql.Database.of(dialect, "holdfast_");
    SqlBackend backend = SqlBackend.open(database, config, Duration.ofMillis(250), clock, clock);
    return new OpenedServer(Store.over(backend, config.timeout()), backend);
  }

  static void execute(Database database, String... statements) throws SQLException {
    try (Connection connection = database.connect()) {
      Opened.execute(connection, statements);
    }
  }

  static String ask(Database database, String query) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      return row.next() ? row.getString(1) : null;
    }
  }

  @Override
  public void close() {
    store.close();
  }
}
