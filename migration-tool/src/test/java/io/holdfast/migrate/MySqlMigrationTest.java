package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.MySql;
import io.holdfast.testbed.WithMySql;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** MySQL itself, where SPIRE's databases and our stores may lie, too. */
@Tag("mysql")
@WithMySql
final class MySqlMigrationTest {
  private final MySql server;
  @TempDir Path folder;

  MySqlMigrationTest(MySql server) {
    this.server = server;
  }

  private Database load(String name) throws Exception {
    Database database = server.freshDatabase();
    LegacyServers.load("/legacy/" + name + ".mysql.sql.gz", database);
    return database;
  }

  private static LegacySourceCase.Live live(Database database) {
    return new LegacySourceCase.Live(database.jdbcUrl(), database.user(), database.password());
  }

  private static Console console() {
    return new Console(new ByteArrayOutputStream(), new ByteArrayOutputStream(), false);
  }

  private static void forward(Database from, String to) {
    var plan = new LegacyMigration.Plan(from.jdbcUrl(), to, false, false, live(from).options());
    assertTrue(new LegacyMigration(plan, console(), Store::open).run().isVerified());
  }

  @ParameterizedTest
  @ValueSource(strings = {"varied", "migrated", "spire-1.1.5"})
  void whatSpireWroteIsReadAsSpireReadsIt(String name) throws Exception {
    Database source = load(name);
    try (Store store = Store.open("memory:mysql-" + name)) {
      forward(source, "memory:mysql-" + name);
      MigratedTruthTest.assertSame(
          LegacyExpected.lines(name, LegacyServers.MYSQL, source), LegacyBackTest.records(store));
    }
  }

  @Test
  void storeOnItTakesAllAndGivesItBackIntoTheSameTables() throws Exception {
    Database source = load("varied");
    String url = TestStores.url("mysql", server.freshDatabase());
    forward(source, url);
    try (Store store = Store.open(url);
        Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
      MigratedTruthTest.assertSame(
          LegacyExpected.lines("varied", LegacyServers.MYSQL, source),
          MigratedTruthTest.records(datastore.snapshot()));
    }
    Database made = server.freshDatabase();
    var plan = new LegacyMigration.Plan(url, made.jdbcUrl(), false, false, live(made).options());
    MigrationReport back = new LegacyBack(plan, console(), Store::open).run();
    assertEquals(List.of(), back.differences());
    assertEquals(List.of(), back.skips());
    try (Connection one = source.connect();
        Connection other = made.connect()) {
      assertEquals(schema(one), schema(other));
      LegacyBackTest.assertSameRows(LegacyTables.rows(one), LegacyTables.rows(other));
    }
  }

  /** The dump names the collation that is the default anyway. */
  private static Set<String> schema(Connection connection) throws Exception {
    return LegacyTables.schemaOfMySql(connection).stream()
        .map(table -> table.replaceAll(" COLLATE[ =]\\w+", ""))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void followerBringsWhatServersWriteIntoIt() throws Exception {
    Database source = load("varied");
    String target = "sqlite:" + folder.resolve("target.db");
    try (LiveSpire spire = live(source).server("one", 11);
        RunningFollower follower = RunningFollower.start(live(source), target)) {
      follower.awaitComparisons(1);
      for (int i = 0; i < 50; i++) {
        spire.write();
      }
      follower.awaitInStep();
    }
    FollowLegacyTest.assertSame(live(source), target);
  }
}
