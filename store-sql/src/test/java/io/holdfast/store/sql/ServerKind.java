package io.holdfast.store.sql;

import io.holdfast.store.StoreConfig;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.MariaDb;
import io.holdfast.testbed.Postgres;
import java.time.InstantSource;

/** The databases on servers, for tests that are the same on each. */
enum ServerKind {
  POSTGRES {
    @Override
    Database fresh() {
      return Postgres.shared().freshDatabase();
    }

    @Override
    StoreConfig url(Database database) {
      return PostgresHarness.url(database);
    }

    @Override
    Dialect dialect(StoreConfig config) {
      return new PostgresDialect(new PostgresSource(PostgresTarget.of(config)));
    }

    @Override
    SqlBackend open(StoreConfig config, InstantSource clock) {
      return OpenedServer.at(config, clock).backend();
    }
  },
  MARIADB {
    @Override
    Database fresh() {
      return MariaDb.shared().freshDatabase();
    }

    @Override
    StoreConfig url(Database database) {
      return MySqlHarness.url("mariadb", database);
    }

    @Override
    Dialect dialect(StoreConfig config) {
      return new MySqlDialect(MySqlSource.of(config, "holdfast_"));
    }

    @Override
    SqlBackend open(StoreConfig config, InstantSource clock) {
      return OpenedMySql.at(config, clock).backend();
    }
  };

  /** As the store sees it. */
  io.holdfast.store.sql.Database database(Database database) {
    return io.holdfast.store.sql.Database.of(dialect(url(database)), "holdfast_");
  }

  abstract Dialect dialect(StoreConfig config);

  /** An empty database on the server that all tests share. */
  abstract Database fresh();

  abstract StoreConfig url(Database database);

  abstract SqlBackend open(StoreConfig config, InstantSource clock);
}
