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
    return at(config, InstantSource.system());
  }

  static OpenedMySql at(StoreConfig config, InstantSource clock) {
    MySqlDialect dialect = new MySqlDialect(MySqlSource.of(config, "holdfast_"));
    SqlBackend backend =
        SqlBackend.open(
            io.holdfast.store.sql.Database.of(dialect, "holdfast_"),
            config,
            Duration.ofMillis(250),
            clock,
            clock);
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

  /**
   * Whether anybody waits for a lock. Not asked of {@code innodb_trx}: the server does not renew
   * that as long as it is asked more often than every 100 ms.
   */
  static boolean somebodyWaits(Database database) {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Innodb_row_lock_current_waits'")) {
      return row.next() && row.getInt(2) > 0;
    } catch (SQLException e) {
      throw new AssertionError("the number of those who wait", e);
    }
  }

  @Override
  public void close() {
    store.close();
  }
}
