package io.holdfast.store.sql;

import io.holdfast.conformance.StoreHarness;
import io.holdfast.store.Backend;
import io.holdfast.store.StoreConfig;
import io.holdfast.testbed.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/** A fresh database on a MariaDB or MySQL server; a backup is a copy of all tables beside them. */
final class MySqlHarness implements StoreHarness {
  private static final String SAVED = "saved_";

  private final String scheme;
  private final Database database;

  MySqlHarness(String scheme, Database database) {
    this.scheme = scheme;
    this.database = database;
  }

  static StoreConfig url(String scheme, Database database) {
    return StoreConfig.of(
            "%s://%s@%s:%d/%s"
                .formatted(
                    scheme, database.user(), database.host(), database.port(), database.name()))
        .withPassword(database.password());
  }

  @Override
  public StoreConfig place() {
    return url(scheme, database);
  }

  @Override
  public Backend open(StoreConfig config) {
    return new SqlProvider().open(config);
  }

  @Override
  public void save() {
    for (String table : tables("holdfast\\_%")) {
      execute("DROP TABLE IF EXISTS " + SAVED + table);
      copy(table, SAVED + table);
    }
  }

  @Override
  public void restore() {
    for (String table : tables("holdfast\\_%")) {
      execute("DROP TABLE " + table);
      copy(SAVED + table, table);
    }
  }

  private void copy(String from, String to) {
    execute("CREATE TABLE " + to + " LIKE " + from);
    execute("INSERT INTO " + to + " SELECT * FROM " + from);
  }

  private List<String> tables(String pattern) {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW TABLES LIKE '" + pattern + "'")) {
      List<String> names = new ArrayList<>();
      while (row.next()) {
        names.add(row.getString(1));
      }
      return names;
    } catch (SQLException e) {
      throw new AssertionError(pattern, e);
    }
  }

  @Override
  public void close() {
    execute("DROP DATABASE IF EXISTS " + database.name());
  }

  private void execute(String sql) {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }
}
