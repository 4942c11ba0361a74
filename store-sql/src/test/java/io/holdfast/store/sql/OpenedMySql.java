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

/** A store of a test on MariaDB with what lies behind it. */
record OpenedMySql(Store store, SqlBackend backend) implements AutoCloseable {
  static OpenedMySql at(StoreConfig config) {
    MySqlDialect dialect = new MySqlDialect(MySqlSource.of(config, "holdfast_"));
    SqlBackend backend =
        SqlBackend.open(
            io.holdfast.store.sql.Database.of(dialect, "holdfast_"),
            config,
            Duration.ofMillis(250),
            InstantSource.system());
    return new OpenedMySql(Store.over(backend, config.timeout()), backend);
  }

  static void execute(Database database, String... statements) {
    try (Connection connection = database.connect()) {
      Opened.execute(connection, statements);
    } catch (SQLException e) {
      throw new AssertionError(String.join("; ", statements), e);
    }
  }

  static String ask(Database database, String query) {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      return row.next() ? row.getString(1) : "";
    } catch (SQLException e) {
      throw new AssertionError(query, e);
    }
  }

  @Override
  public void close() {
    store.close();
  }
}
