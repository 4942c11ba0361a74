package io.holdfast.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.holdfast.testbed.Database;
import io.holdfast.testbed.MariaDb;
import io.holdfast.testbed.Postgres;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.zip.GZIPInputStream;

/** The databases that SPIRE wrote on PostgreSQL and MySQL, loaded into real servers. */
enum LegacyServers {
  PG {
    @Override
    Database fresh() {
      return Postgres.shared().freshDatabase();
    }
  },
  MYSQL {
    @Override
    Database fresh() {
      return MariaDb.shared().freshDatabase();
    }
  };

  static final Duration WAIT = Duration.ofSeconds(2);

  /** An empty database. */
  abstract Database fresh();

  /** The part of resource names that tells the dumps and truths of one server from another's. */
  String suffix() {
    return this == PG ? ".pg" : ".mysql";
  }

  /** Loads what SPIRE wrote into a database of its own. */
  Database load(String name) throws IOException, SQLException {
    Database database = fresh();
    load("/legacy/" + name + suffix() + ".sql.gz", database);
    return database;
  }

  /** Runs a dump in an empty database. */
  static void load(String dump, Database database) throws IOException, SQLException {
    try (InputStream packed = LegacyServers.class.getResourceAsStream(dump);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(new GZIPInputStream(packed), UTF_8));
        Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      StringBuilder sql = new StringBuilder();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        sql.append(line).append('\n');
        if (line.endsWith(";")) {
          statement.execute(sql.toString());
          sql.setLength(0);
        }
      }
      connection.commit();
    }
  }

  /** Changes a database. */
  static void change(Database database, String... statements) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  static LegacyDatabase open(Database database) {
    return open(database, ZoneOffset.UTC);
  }

  static LegacyDatabase open(Database database, ZoneId zone) {
    return LegacyDatabase.open(
        database.jdbcUrl(), new SourceOptions(WAIT, zone, database.user(), database.password()));
  }
}
