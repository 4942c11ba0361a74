package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.CAJournal;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.RegistrationEntryEvent;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.datastore.spire.SpireDatastore;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Store;
import io.holdfast.testbed.Database;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Stores that go back to SPIRE's own tables. */
final class LegacyBackTest {
  @TempDir Path folder;

  private MigrationReport forward(String from, String to, Database source) {
    SourceOptions options =
        source == null ? SourceOptions.waiting(LegacyServers.WAIT) : options(source);
    var plan = new LegacyMigration.Plan(from, to, false, false, options);
    return new LegacyMigration(plan, console(), Store::open).run();
  }

  private static SourceOptions options(Database database) {
    return new SourceOptions(
        LegacyServers.WAIT, ZoneOffset.UTC, database.user(), database.password());
  }

  private MigrationReport back(String from, String to, SourceOptions options) {
    var plan = new LegacyMigration.Plan(from, to, false, false, options);
    return new LegacyBack(plan, console(), Store::open).run();
  }

  private static Console console() {
    return new Console(new ByteArrayOutputStream(), new ByteArrayOutputStream(), false);
  }

  static List<JsonObject> records(Store store) {
    try (Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
      return MigratedTruthTest.records(datastore.snapshot());
    }
  }

  @ParameterizedTest
  @CsvSource({"varied", "migrated", "fleet", "spire-1.0.4", "spire-1.14.7"})
  void aRoundTripThroughSqliteKeepsEveryRecord(String name) throws Exception {
    String source = "jdbc:sqlite:" + LegacyFixture.unpack(name, folder);
    String again = "jdbc:sqlite:" + folder.resolve("again.db");
    try (Store first = Store.open("memory:first-" + name);
        Store second = Store.open("memory:second-" + name)) {
      assertTrue(forward(source, "memory:first-" + name, null).isVerified());
      assertTrue(first.count(KeyRange.all()) > 100);
      MigrationReport back =
          back("memory:first-" + name, again, SourceOptions.waiting(LegacyServers.WAIT));
      assertEquals(List.of(), back.differences());
      assertEquals(List.of(), back.skips());
      assertTrue(forward(again, "memory:second-" + name, null).isVerified());
      MigratedTruthTest.assertSame(LegacyExpected.lines(name), records(second));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aRoundTripThroughAServerKeepsEveryRecord(LegacyServers server) throws Exception {
    Database source = server.load("varied");
    Database again = server.fresh();
    String name = "memory:server-" + server;
    try (Store first = Store.open(name);
        Store second = Store.open(name + "-again")) {
      assertTrue(forward(source.jdbcUrl(), name, source).isVerified());
      assertTrue(first.count(KeyRange.all()) > 100);
      MigrationReport back = back(name, again.jdbcUrl(), options(again));
      assertEquals(List.of(), back.differences());
      assertEquals(List.of(), back.skips());
      assertTrue(forward(again.jdbcUrl(), name + "-again", again).isVerified());
      MigratedTruthTest.assertSame(LegacyExpected.lines("varied", server, source), records(second));
      assertEquals(rowsById(source), rowsById(again));
    }
  }

  /** What lists and servers go by: the ids of rows and what each is. */
  private static Map<String, String> rowsById(Database database) throws SQLException {
    Map<String, String> rows = new TreeMap<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      for (String column :
          List.of(
              "bundles.trust_domain",
              "registered_entries.entry_id",
              "attested_node_entries.spiffe_id",
              "join_tokens.token",
              "federated_trust_domains.trust_domain",
              "registered_entries_events.entry_id",
              "attested_node_entries_events.spiffe_id")) {
        String[] parts = column.split("\\.");
        try (ResultSet row =
            statement.executeQuery("SELECT id, " + parts[1] + " FROM " + parts[0])) {
          while (row.next()) {
            rows.put(parts[0] + " " + row.getLong(1), row.getString(2));
          }
        }
      }
    }
    return rows;
  }

  @Test
  void theTablesAreThoseThatSpireMakesInSqliteAndHoldWhatTheyHeld() throws Exception {
    Path varied = LegacyFixture.unpack("varied", folder);
    Path made = folder.resolve("made.db");
    try (Store store = Store.open("memory:tables")) {
      assertTrue(store.limits().keyBytesMax() > 0);
      forward("jdbc:sqlite:" + varied, "memory:tables", null);
      back("memory:tables", "jdbc:sqlite:" + made, SourceOptions.waiting(LegacyServers.WAIT));
    }
    try (Connection spires = DriverManager.getConnection("jdbc:sqlite:" + varied);
        Connection ours = DriverManager.getConnection("jdbc:sqlite:" + made)) {
      assertEquals(LegacyTables.schemaOfSqlite(spires), LegacyTables.schemaOfSqlite(ours));
      assertEquals(31, LegacyTables.schemaOfSqlite(ours).size());
      assertSameRows(LegacyTables.rows(spires), LegacyTables.rows(ours));
      assertEquals(kinds(spires), kinds(ours));
    }
  }

  /** In SQLite each value has a kind of its own, whatever the column says. */
  private static List<String> kinds(Connection connection) throws SQLException {
    List<String> kinds = new ArrayList<>();
    try (Statement statement = connection.createStatement()) {
      for (String table : LegacyDdl.tables()) {
        for (String column : LegacyDdl.columns(table)) {
          try (ResultSet row =
              statement.executeQuery(
                  "SELECT DISTINCT typeof(\"%1$s\") FROM %2$s WHERE \"%1$s\" IS NOT NULL"
                      .formatted(column, table))) {
            while (row.next()) {
              kinds.add(table + "." + column + " " + row.getString(1));
            }
          }
        }
      }
    }
    return kinds;
  }

  static void assertSameRows(Map<String, List<String>> expected, Map<String, List<String>> actual) {
    assertEquals(12, expected.size());
    for (Map.Entry<String, List<String>> table : expected.entrySet()) {
      List<String> rows = actual.get(table.getKey());
      for (int i = 0; i < Math.min(rows.size(), table.getValue().size()); i++) {
        assertEquals(table.getValue().get(i), rows.get(i), table.getKey());
      }
      assertEquals(table.getValue().size(), rows.size(), table.getKey());
      assertTrue(!rows.isEmpty(), table.getKey());
    }
  }

  @ParameterizedTest
  @EnumSource
  void theTablesAreThoseThatSpireMakesOnAServerAndHoldWhatTheyHeld(LegacyServers server)
      throws Exception {
    Database spires = server.load("varied");
    Database made = server.fresh();
    String name = "memory:tables-" + server;
    try (Store store = Store.open(name)) {
      assertTrue(store.limits().keyBytesMax() > 0);
      forward(spires.jdbcUrl(), name, spires);
      back(name, made.jdbcUrl(), options(made));
    }
    assertSameTables(spires, made, server == LegacyServers.PG);
  }

  static void assertSameTables(Database spires, Database made, boolean isPostgres)
      throws SQLException {
    try (Connection one = spires.connect();
        Connection other = made.connect()) {
      Set<String> schema =
          isPostgres ? LegacyTables.schemaOfPostgres(one) : LegacyTables.schemaOfMySql(one);
      assertTrue(schema.size() >= 13, schema.toString());
      assertEquals(
          schema,
          isPostgres ? LegacyTables.schemaOfPostgres(other) : LegacyTables.schemaOfMySql(other));
      assertSameRows(LegacyTables.rows(one), LegacyTables.rows(other));
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatWasCreatedInTheStoreComesLastAndCountersGoOn(LegacyServers server) throws Exception {
    Database source = server.load("migrated");
    Database again = server.fresh();
    String name = "memory:created-" + server;
    try (Store store = Store.open(name)) {
      assertTrue(forward(source.jdbcUrl(), name, source).isVerified());
      try (Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
        SpireDatastore spire = SpireDatastore.of(datastore);
        for (String id : List.of("new-2", "new-1")) {
          spire
              .entries()
              .create(
                  RegistrationEntry.newBuilder()
                      .setEntryId(id)
                      .setSpiffeId("spiffe://old.example/" + id)
                      .addSelectors(Selector.newBuilder().setType("unix").setValue("uid:1"))
                      .build());
        }
        spire
            .nodes()
            .create(AttestedNode.newBuilder().setSpiffeId("spiffe://old.example/n").build());
      }
      assertEquals(List.of(), back(name, again.jdbcUrl(), options(again)).differences());
    }
    Map<String, String> rows = rowsById(again);
    assertEquals("new-2", rows.get("registered_entries 122"));
    assertEquals("new-1", rows.get("registered_entries 123"));
    assertEquals("new-1", rows.get("registered_entries_events 77"));
    LegacyServers.change(
        again,
        "INSERT INTO registered_entries_events (entry_id) VALUES ('next')",
        "INSERT INTO registered_entries (entry_id) VALUES ('next')");
    assertEquals("next", rowsById(again).get("registered_entries_events 78"));
    assertEquals("next", rowsById(again).get("registered_entries 124"));
  }

  @ParameterizedTest
  @EnumSource
  void idsThatTheDatabaseCannotHoldAreCountedOn(LegacyServers server) throws Exception {
    Path source = LegacyFixture.unpack("migrated", folder);
    LegacyFixture.change(
        source,
        "UPDATE bundles SET id = 1099511627776 WHERE id = (SELECT MAX(id) FROM bundles)",
        "UPDATE registered_entries SET id = id + 1099511627776 WHERE id >= 120",
        "UPDATE selectors SET registered_entry_id = registered_entry_id + 1099511627776"
            + " WHERE registered_entry_id >= 120",
        "UPDATE dns_names SET registered_entry_id = registered_entry_id + 1099511627776"
            + " WHERE registered_entry_id >= 120",
        "DELETE FROM federated_registration_entries WHERE registered_entry_id >= 120",
        "UPDATE ca_journals SET id = id + 1099511627776",
        "UPDATE registered_entries_events SET id = id + 1099511627776 WHERE id > 70");
    Database target = server.fresh();
    String name = "memory:high-" + server;
    try (Store store = Store.open(name)) {
      assertTrue(forward("jdbc:sqlite:" + source, name, null).isVerified());
      assertTrue(store.count(KeyRange.all()) > 100);
      MigrationReport back = back(name, target.jdbcUrl(), options(target));
      assertEquals(List.of(), back.differences());
      assertEquals(List.of(), back.skips());
    }
    try (LegacyDatabase there = LegacyFixture.open(source);
        LegacyDatabase here = LegacyServers.open(target)) {
      List<String> entries = new ArrayList<>();
      there.read(record -> entries.add(idOf(record)));
      here.read(record -> assertEquals(entries.remove(0), idOf(record)));
      assertEquals(List.of(), entries);
    }
  }

  /** What a record is, apart from its number. */
  private static String idOf(LegacyRecord record) {
    if (record.message() instanceof CAJournal journal) {
      return journal.getActiveX509AuthorityId();
    }
    if (record.message() instanceof RegistrationEntryEvent event) {
      return event.getEntryId();
    }
    return record.message() instanceof RegistrationEntry entry ? entry.getEntryId() : "";
  }

  @ParameterizedTest
  @EnumSource
  void whatADatabaseCannotHoldIsLeftOutAndTold(LegacyServers server) throws Exception {
    Database target = server.fresh();
    String name = "memory:odd-" + server;
    try (Store store = Store.open(name)) {
      try (Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
        var nodes = SpireDatastore.of(datastore).nodes();
        for (String id :
            List.of("a", "zero\0byte", "B", "x".repeat(300), "b", "smile \uD83D\uDE00")) {
          nodes.create(AttestedNode.newBuilder().setSpiffeId(id).build());
        }
        long year12345 = 327_403_382_400L;
        for (long end : List.of(Long.MAX_VALUE, Long.MIN_VALUE, year12345, -year12345)) {
          nodes.create(
              AttestedNode.newBuilder().setSpiffeId("end " + end).setCertNotAfter(end).build());
        }
      }
      MigrationReport report = back(name, target.jdbcUrl(), options(target));
      assertEquals(List.of(), report.differences());
      long refused = report.skips().get(0).count();
      // PostgreSQL knows years of five digits, but none before 4713 BC.
      assertEquals(server == LegacyServers.PG ? 4 : 7, refused, report.skips().toString());
    }
  }

  @Test
  void aDatabaseWithTablesOfSpireIsRefusedAndKept() throws Exception {
    Path varied = LegacyFixture.unpack("varied", folder);
    try (Store store = Store.open("memory:kept")) {
      assertTrue(store.limits().keyBytesMax() > 0);
      Run run =
          Run.of("migrate", "legacy", "--back", "--from=memory:kept", "--to=jdbc:sqlite:" + varied);
      assertEquals(ExitCode.TARGET_NOT_EMPTY.number(), run.exit(), run.err());
      assertEquals(1, run.errorLines().size(), run.err());
    }
    try (LegacyDatabase source = LegacyFixture.open(varied)) {
      assertEquals(335, source.read(record -> {}).given().get(LegacyTable.ENTRIES));
    }
  }

  @Test
  void theCommandTellsWhatItDid() throws Exception {
    String source = "jdbc:sqlite:" + LegacyFixture.unpack("migrated", folder);
    String again = "jdbc:sqlite:" + folder.resolve("again.db");
    try (Store store = Store.open("memory:told")) {
      assertTrue(store.limits().keyBytesMax() > 0);
      assertEquals(0, Run.of("migrate", "legacy", "--from=" + source, "--to=memory:told").exit());
      Run run = Run.of("migrate", "legacy", "--back", "--from=memory:told", "--to=" + again);
      assertEquals(0, run.exit(), run.err());
      assertTrue(
          run.out().startsWith("Copied memory:told to " + again + " (schema 25, SPIRE 1.15.0)"),
          run.out());
      assertTrue(run.out().contains("Nothing was left out."), run.out());
    }
  }
}
