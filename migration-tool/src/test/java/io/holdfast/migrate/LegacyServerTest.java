package io.holdfast.migrate;

import static io.holdfast.migrate.MigrationException.Kind.SOURCE_ACCESS_DENIED;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_LOCKED;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_MISSING;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_NOT_SPIRE;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_UNAVAILABLE;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_UNREADABLE;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_URL;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.testbed.Database;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Databases on servers: one state, no secrets, and an error for each way to fail. */
final class LegacyServerTest {
  private static final String ADD_TOKEN =
      "INSERT INTO join_tokens (token, expiry) VALUES ('%s', 1)";

  private static long tokens(LegacyDatabase source) {
    return source.read(record -> {}).given().get(LegacyTable.JOIN_TOKENS);
  }

  private static MigrationException refused(MigrationException.Kind kind, Database database) {
    MigrationException error =
        assertThrows(
            MigrationException.class,
            () -> {
              try (LegacyDatabase source = LegacyServers.open(database)) {
                tokens(source);
              }
            });
    assertEquals(kind, error.kind(), error.getMessage());
    assertEquals(1, error.getMessage().lines().count());
    assertFalse(error.getMessage().contains(database.password()), error.getMessage());
    String name = database.jdbcUrl().replaceFirst("\\?.*", "");
    assertTrue(error.getMessage().contains(name), error.getMessage());
    return error;
  }

  @ParameterizedTest
  @EnumSource
  void seesOneStateWhileServersGoOnWriting(LegacyServers server) throws Exception {
    Database database = server.load("migrated");
    try (LegacyDatabase source = LegacyServers.open(database)) {
      LegacyServers.change(database, ADD_TOKEN.formatted("second"), "DELETE FROM dns_names");
      assertEquals(8, tokens(source));
      LegacyServers.change(database, ADD_TOKEN.formatted("third"));
      LegacyReport again = source.read(record -> {});
      assertEquals(8, again.given().get(LegacyTable.JOIN_TOKENS));
      assertEquals(32, again.given().get(LegacyTable.DNS_NAMES));
    }
    try (LegacyDatabase source = LegacyServers.open(database)) {
      assertEquals(10, tokens(source));
    }
  }

  @ParameterizedTest
  @EnumSource
  void neverWritesToTheSource(LegacyServers server) throws Exception {
    Database database = server.load("migrated");
    try (LegacyDatabase source = LegacyServers.open(database)) {
      assertEquals(25, source.schemaVersion());
      assertEquals("1.16.0-dev-unk", source.codeVersion());
    }
    String url = database.jdbcUrl();
    var options =
        new SourceOptions(LegacyServers.WAIT, ZoneOffset.UTC, database.user(), database.password());
    LegacyDialect dialect =
        server == LegacyServers.PG ? LegacyDialect.POSTGRESQL : LegacyDialect.MYSQL;
    try (LegacyServer source = LegacyServer.open(dialect, url, options);
        Statement statement = source.connection().createStatement()) {
      SQLException refused =
          assertThrows(SQLException.class, () -> statement.execute("DELETE FROM dns_names"));
      assertEquals("25006", refused.getSQLState(), refused.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource
  void refusesWrongCredentialsAndUnknownDatabases(LegacyServers server) throws Exception {
    Database database = server.fresh();
    Database stranger = database.as("nobody_here", "wrong-secret", "x=1");
    assertTrue(
        refused(SOURCE_ACCESS_DENIED, stranger)
            .getMessage()
            .contains("HOLDFAST_FROM_PASSWORD in the environment"));
    Database missing =
        new Database(
            database.jdbcUrl().replace(database.name(), "no_such_database"),
            database.host(),
            database.port(),
            "no_such_database",
            database.user(),
            database.password());
    refused(SOURCE_MISSING, missing);
    assertTrue(refused(SOURCE_NOT_SPIRE, database).getMessage().contains("migrations"));
  }

  @ParameterizedTest
  @EnumSource
  void refusesAnAccountThatMayNotRead(LegacyServers server) throws Exception {
    Database database = server.load("migrated");
    String host = server == LegacyServers.PG ? "" : "@'%'";
    String user = "reader_" + database.name().substring(5, 13);
    String create =
        server == LegacyServers.PG ? " PASSWORD 'pass-of-it'" : " IDENTIFIED BY 'pass-of-it'";
    LegacyServers.change(database, "CREATE USER " + user + host + create);
    for (String table : List.of("migrations", "bundles")) {
      LegacyServers.change(database, "GRANT SELECT ON " + table + " TO " + user + host);
    }
    Database reader = database.as(user, "pass-of-it", "x=1");
    // MySQL hides what one may not read, so tables seem to be missing there.
    refused(server == LegacyServers.PG ? SOURCE_ACCESS_DENIED : SOURCE_NOT_SPIRE, reader);
    for (LegacyTable table : LegacyTable.values()) {
      LegacyServers.change(database, "GRANT SELECT ON " + table.sqlName() + " TO " + user + host);
    }
    try (LegacyDatabase source = LegacyServers.open(reader)) {
      assertEquals(8, tokens(source));
    }
  }

  @ParameterizedTest
  @EnumSource
  void waitsForAnUpgradeOnlyAsLongAsItWasTold(LegacyServers server) throws Exception {
    Database database = server.load("migrated");
    try (Connection upgrade = database.connect();
        Statement statement = upgrade.createStatement()) {
      upgrade.setAutoCommit(false);
      statement.execute(
          server == LegacyServers.PG
              ? "LOCK TABLE bundles IN ACCESS EXCLUSIVE MODE"
              : "LOCK TABLES bundles WRITE");
      refused(SOURCE_LOCKED, database);
      upgrade.rollback();
    }
  }

  @ParameterizedTest
  @EnumSource
  @Timeout(120)
  void readThatAnAdministratorCancelsCanBeTriedAgain(LegacyServers server) throws Exception {
    Database database = server.load("migrated");
    var patient =
        new SourceOptions(
            Duration.ofMinutes(1), ZoneOffset.UTC, database.user(), database.password());
    try (Connection upgrade = database.connect();
        Statement statement = upgrade.createStatement()) {
      upgrade.setAutoCommit(false);
      statement.execute(
          server == LegacyServers.PG
              ? "LOCK TABLE bundles IN ACCESS EXCLUSIVE MODE"
              : "LOCK TABLES bundles WRITE");
      var reading =
          CompletableFuture.runAsync(
              () -> {
                try (LegacyDatabase source = LegacyDatabase.open(database.jdbcUrl(), patient)) {
                  tokens(source);
                }
              });
      while (!reading.isDone()) {
        cancelWhatWaits(server, database);
      }
      var failure = assertThrows(CompletionException.class, reading::join);
      var error = assertInstanceOf(MigrationException.class, failure.getCause());
      assertEquals(SOURCE_UNAVAILABLE, error.kind(), error.getMessage());
      assertTrue(error.getMessage().contains("cancel"), error.getMessage());
      upgrade.rollback();
    }
  }

  private static void cancelWhatWaits(LegacyServers server, Database database) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet waiting =
            statement.executeQuery(
                server == LegacyServers.PG
                    ? "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
                        + " AND datname = current_database()"
                    : "SELECT id FROM information_schema.processlist WHERE db = DATABASE()"
                        + " AND state LIKE 'Waiting for table%'")) {
      while (waiting.next()) {
        String cancel =
            server == LegacyServers.PG ? "SELECT pg_cancel_backend(%d)" : "KILL QUERY %d";
        LegacyServers.change(database, cancel.formatted(waiting.getLong(1)));
      }
    }
  }

  @Test
  void refusesTablesOfWhichAPolicyHidesRows() throws Exception {
    Database database = LegacyServers.PG.load("migrated");
    String user = "reader_" + database.name().substring(5, 13);
    LegacyServers.change(
        database,
        "CREATE USER " + user + " PASSWORD 'pass-of-it'",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO " + user,
        "ALTER TABLE join_tokens ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY later ON join_tokens USING (id > 3)");
    String message =
        refused(SOURCE_ACCESS_DENIED, database.as(user, "pass-of-it", "x=1")).getMessage();
    assertTrue(message.contains("row-level security"), message);
    try (LegacyDatabase source = LegacyServers.open(database)) {
      assertEquals(8, tokens(source));
    }
  }

  @Test
  void readsTheSchemaThatIsNamedAndNothingOfOneThatIsNamedLikeIt() throws Exception {
    Database database = LegacyServers.PG.load("spire-1.1.5");
    LegacyServers.change(
        database,
        "ALTER SCHEMA public RENAME TO spire_1",
        "CREATE SCHEMA spirex1",
        "CREATE TABLE spirex1.registered_entries (id INTEGER, hint TEXT)");
    try (LegacyDatabase source = LegacyServers.open(database.with("currentSchema=spire_1"))) {
      assertEquals(14, tokens(source));
    }
  }

  /** Some give numbers and truth values in other types, or all values in another form. */
  @ParameterizedTest
  @CsvSource({
    "PG, prepareThreshold=-1",
    "PG, prepareThreshold=0&binaryTransfer=false",
    "PG, preferQueryMode=simple",
    "MYSQL, tinyInt1isBit=false",
    "MYSQL, useServerPrepStmts=true",
    "MYSQL, tinyInt1isBit=false&useServerPrepStmts=true",
    "MYSQL, transformedBitIsBoolean=true&cachePrepStmts=true",
    "MYSQL, sessionVariables=sql_select_limit=3"
  })
  void optionsOfADriverDoNotChangeWhatIsRead(LegacyServers server, String option) throws Exception {
    Database database = server.load("varied");
    List<LegacyRecord> records = new ArrayList<>();
    LegacyReport report;
    try (LegacyDatabase source = LegacyServers.open(database)) {
      report = source.read(records::add);
    }
    try (LegacyDatabase source = LegacyServers.open(database.with(option))) {
      assertEquals(report, source.read(record -> assertEquals(records.remove(0), record)));
    }
    assertEquals(List.of(), records);
  }

  @Test
  void readsNumbersOfEveryWidth() throws Exception {
    Database database = LegacyServers.MYSQL.load("migrated");
    List<LegacyRecord> records = new ArrayList<>();
    try (LegacyDatabase source = LegacyServers.open(database)) {
      source.read(records::add);
    }
    LegacyServers.change(
        database,
        "ALTER TABLE registered_entries MODIFY ttl SMALLINT, MODIFY admin INT,"
            + " MODIFY downstream BIT(1), MODIFY store_svid TINYINT, MODIFY expiry BIGINT UNSIGNED,"
            + " MODIFY revision_number TINYINT UNSIGNED");
    try (LegacyDatabase source = LegacyServers.open(database)) {
      source.read(record -> assertEquals(records.remove(0), record));
    }
    assertEquals(List.of(), records);
  }

  /** Such as one that was sorted by the rules of an older C library. */
  @Test
  void refusesADatabaseWhoseIndexHidesRows() throws Exception {
    Database database = LegacyServers.PG.load("migrated");
    String index = " WHERE indexrelid = 'idx_node_resolver_map'::regclass";
    LegacyServers.change(
        database,
        "UPDATE pg_index SET indisready = false, indisvalid = false" + index,
        "INSERT INTO node_resolver_map_entries (spiffe_id, type, value)"
            + " SELECT spiffe_id, 'hidden', id::text FROM attested_node_entries",
        "UPDATE pg_index SET indisready = true, indisvalid = true" + index,
        "DROP INDEX uix_attested_node_entries_spiffe_id",
        "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET enable_hashjoin = off',"
            + " current_database()); EXECUTE format('ALTER DATABASE %I SET enable_mergejoin ="
            + " off', current_database()); EXECUTE format('ALTER DATABASE %I SET enable_seqscan"
            + " = off', current_database()); END $$");
    String message = refused(SOURCE_UNREADABLE, database).getMessage();
    assertTrue(message.contains("node_resolver_map_entries"), message);
    LegacyServers.change(database, "REINDEX TABLE node_resolver_map_entries");
    try (LegacyDatabase source = LegacyServers.open(database)) {
      assertEquals(240, source.read(record -> {}).given().get(LegacyTable.NODE_SELECTORS));
    }
  }

  @Test
  void refusesAServerThatIsNotThere() {
    for (String scheme : List.of("postgresql", "mysql", "mariadb")) {
      String url = "jdbc:" + scheme + "://127.0.0.1:1/spire?connectTimeout=2";
      refused(SOURCE_UNAVAILABLE, new Database(url, "127.0.0.1", 1, "spire", "u", "top-secret"));
    }
  }

  @Test
  void refusesUrlsThatNoDriverUnderstands() {
    for (String url : List.of("jdbc:postgresql://a:b:c/d", "jdbc:mysql:x")) {
      MigrationException error =
          assertThrows(
              MigrationException.class,
              () -> LegacyDatabase.open(url, SourceOptions.waiting(Duration.ofSeconds(1))));
      assertEquals(SOURCE_URL, error.kind(), url + ": " + error.getMessage());
    }
  }

  @Test
  void refusesTablesOfMysqlThatHaveNoTransactions() throws Exception {
    Database database = LegacyServers.MYSQL.load("migrated");
    LegacyServers.change(database, "ALTER TABLE selectors ENGINE = Aria");
    String message = refused(SOURCE_UNREADABLE, database).getMessage();
    assertTrue(message.contains("selectors in engine Aria"), message);
  }

  @Test
  void readsThroughTheUrlOfEitherNameOfMysql() throws Exception {
    Database database = LegacyServers.MYSQL.load("migrated");
    for (String scheme : List.of("jdbc:mysql:", "jdbc:mariadb:")) {
      String url = database.jdbcUrl().replace("jdbc:mariadb:", scheme);
      String whole = url + "?user=" + database.user() + "&password=" + database.password();
      try (LegacyDatabase source =
          LegacyDatabase.open(whole, SourceOptions.waiting(LegacyServers.WAIT))) {
        assertEquals(8, tokens(source));
      }
    }
  }
}
