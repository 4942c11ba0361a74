package io.holdfast.store.sql;

import io.holdfast.conformance.StoreHarness;
import io.holdfast.store.Backend;
import io.holdfast.store.StoreConfig;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.Postgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;

/** A fresh database on a PostgreSQL server; a backup is another database, made from it. */
final class PostgresHarness implements StoreHarness {
  private final Postgres server;
  private final Database database;

  PostgresHarness(Postgres server) {
    this.server = server;
    this.database = server.freshDatabase();
  }

  static StoreConfig url(Database database) {
    return StoreConfig.of(
            "postgresql://%s@%s:%d/%s"
                .formatted(database.user(), database.host(), database.port(), database.name()))
        .withPassword(database.password());
  }

  @Override
  public StoreConfig place() {
    return url(database);
  }

  @Override
  public Backend open(StoreConfig config) {
    return new SqlProvider().open(config);
  }

  @Override
  public void save() {
    replace(database.name(), saved());
  }

  @Override
  public void restore() {
    replace(saved(), database.name());
  }

  private String saved() {
    return database.name() + "_saved";
  }

  private void replace(String from, String to) {
    execute("DROP DATABASE IF EXISTS " + to + " WITH (FORCE)");
    execute("CREATE DATABASE " + to + " TEMPLATE " + from);
  }

  @Override
  public void close() {
    execute("DROP DATABASE IF EXISTS " + saved() + " WITH (FORCE)");
    execute("DROP DATABASE IF EXISTS " + database.name() + " WITH (FORCE)");
  }

  private void execute(String sql) {
    try (Connection connection = server.admin().connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new AssertionError(sql, e);
    }
  }
}
