package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Count;
import io.holdfast.store.Deadline;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.MemoryProvider;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.testbed.Database;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A way back that dies or fails leaves a database that no server of SPIRE starts on. */
final class LegacyBackUnfinishedTest {
  private static final SourceOptions PLAIN = SourceOptions.waiting(Duration.ofSeconds(2));
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  @TempDir Path folder;

  private String target() {
    return "jdbc:sqlite:" + folder.resolve("back.db");
  }

  private static Run back(String from, String to, String... more) {
    String[] first = {"migrate", "legacy", "--back", "--from=" + from, "--to=" + to};
    return Run.of(Stream.concat(Stream.of(first), Stream.of(more)).toArray(String[]::new));
  }

  /** A store in which something happens when it is closed. */
  private static Function<String, Store> storesThatWhenClosed(Runnable happening) {
    return url ->
        Store.over(
            new ForwardingBackend(new MemoryProvider().open(StoreConfig.of(url))) {
              @Override
              public void close() {
                super.close();
                happening.run();
              }
            },
            Duration.ofSeconds(5));
  }

  private static void change(String target, String sql) {
    try (Connection connection = DriverManager.getConnection(target);
        Statement statement = connection.createStatement()) {
      assertTrue(statement.executeUpdate(sql) > 0, sql);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "UPDATE registered_entries SET hint = 'x' WHERE id = 40",
        "DELETE FROM selectors WHERE id = (SELECT MAX(id) FROM selectors)",
        "DELETE FROM federated_registration_entries WHERE rowid = 3",
        "INSERT INTO join_tokens (token, expiry) VALUES ('extra', 1)",
        "UPDATE registered_entries_events SET id = 1000 WHERE id = 75",
        "UPDATE bundles SET data = x'ff00' WHERE id = 2",
        "UPDATE attested_node_entries SET serial_number = '' WHERE id = 5",
        "DROP TABLE ca_journals"
      })
  void tamperedRowsFailTheVerificationAndNoServerStartsOnThem(String tampering) throws Exception {
    Path source = LegacyFixture.unpack("migrated", folder);
    try (Store store = Store.open("memory:tampered")) {
      assertTrue(store.limits().keyBytesMax() > 0);
      assertEquals(
          0,
          Run.of("migrate", "legacy", "--from=jdbc:sqlite:" + source, "--to=memory:tampered")
              .exit());
      var plan = new LegacyMigration.Plan("memory:tampered", target(), false, false, PLAIN);
      var console = new Console(new ByteArrayOutputStream(), new ByteArrayOutputStream(), false);
      var run =
          new LegacyBack(
              plan,
              console,
              storesThatWhenClosed(
                  () -> {
                    if (tampering.startsWith("DROP")) {
                      dropTable(target(), tampering);
                    } else {
                      change(target(), tampering);
                    }
                  }));
      if (tampering.startsWith("DROP")) {
        assertThrows(IncompleteTargetException.class, run::run);
      } else {
        assertFalse(run.run().differences().isEmpty());
      }
      assertNoServerStartsOn(target());
      Run again = back("memory:tampered", target());
      assertEquals(ExitCode.TARGET_UNFINISHED.number(), again.exit(), again.err());
      assertEquals(1, again.errorLines().size(), again.err());
      assertEquals(0, back("memory:tampered", target(), "--start-over").exit());
    }
    assertHoldsWhat("migrated", target(), PLAIN);
  }

  private static void dropTable(String target, String sql) {
    try (Connection connection = DriverManager.getConnection(target);
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  /** SPIRE reads the version of the release first, and starts on none that it cannot read. */
  private static void assertNoServerStartsOn(String target) throws SQLException {
    assertEquals(State.UNFINISHED, stateOf(DriverManager.getConnection(target)));
    MigrationException refused =
        assertThrows(MigrationException.class, () -> LegacyDatabase.open(target, PLAIN));
    assertEquals(MigrationException.Kind.SOURCE_NOT_SPIRE, refused.kind());
    assertTrue(refused.getMessage().contains("did not finish"), refused.getMessage());
  }

  private enum State {
    /** Without any table. */
    EMPTY,
    /** With a table of versions that keeps servers off. */
    UNFINISHED,
    WHOLE
  }

  private static State stateOf(Connection opened) throws SQLException {
    try (Connection connection = opened;
        Statement statement = connection.createStatement()) {
      try (ResultSet table =
          connection
              .getMetaData()
              .getTables(connection.getCatalog(), connection.getSchema(), "%", null)) {
        boolean isEmpty = true;
        while (table.next()) {
          isEmpty &= !LegacyDdl.tables().contains(table.getString("TABLE_NAME"));
        }
        if (isEmpty) {
          return State.EMPTY;
        }
      }
      try (ResultSet row = statement.executeQuery("SELECT version, code_version FROM migrations")) {
        boolean whole = row.next() && row.getInt(1) == 25;
        if (!whole && row.isFirst()) {
          assertEquals(0, row.getInt(1));
          assertFalse(row.getString(2).matches("\\d+\\.\\d+\\.\\d+.*"), row.getString(2));
        }
        return whole ? State.WHOLE : State.UNFINISHED;
      }
    }
  }

  private void assertHoldsWhat(String name, String target, SourceOptions options)
      throws IOException {
    try (Store store = Store.open("memory:again")) {
      var plan = new LegacyMigration.Plan(target, "memory:again", false, false, options);
      var console = new Console(new ByteArrayOutputStream(), new ByteArrayOutputStream(), false);
      assertTrue(new LegacyMigration(plan, console, Store::open).run().isVerified());
      MigratedTruthTest.assertSame(LegacyExpected.lines(name), LegacyBackTest.records(store));
    }
  }

  @Test
  void killedAtRandomMomentsItSaysSoAndCanBeStartedOver() throws Exception {
    String store = fleetStore();
    killAtRandom(store, target(), Map.of(), 4, () -> DriverManager.getConnection(target()));
    assertHoldsWhat("fleet", target(), PLAIN);
  }

  @ParameterizedTest
  @EnumSource
  void killedOnAServerItSaysSoAndCanBeStartedOver(LegacyServers server) throws Exception {
    String store = fleetStore();
    Database database = server.fresh();
    Map<String, String> credentials =
        Map.of("HOLDFAST_TO_USER", database.user(), "HOLDFAST_TO_PASSWORD", database.password());
    killAtRandom(store, database.jdbcUrl(), credentials, 2, database::connect);
    assertHoldsWhat(
        "fleet",
        database.jdbcUrl(),
        new SourceOptions(
            LegacyServers.WAIT, ZoneOffset.UTC, database.user(), database.password()));
  }

  private String fleetStore() throws IOException {
    Path source = LegacyFixture.unpack("fleet", folder);
    String store = "sqlite:" + folder.resolve("store.db");
    assertEquals(
        0, Run.of("migrate", "legacy", "--from=jdbc:sqlite:" + source, "--to=" + store).exit());
    return store;
  }

  @FunctionalInterface
  private interface Connecting {
    Connection connect() throws SQLException;
  }

  /** Kills runs, each that follows starting over, and lets the last one end. */
  private void killAtRandom(
      String store,
      String target,
      Map<String, String> environment,
      int times,
      Connecting connecting)
      throws Exception {
    long seed = System.nanoTime();
    System.out.println("moments of the kills from seed " + seed);
    Random random = new Random(seed);
    long longest = 4000;
    for (int kills = 0; kills < times; ) {
      try (Child child = start(store, target, environment)) {
        if (kills > 0) { // the first one at any time, also before it has done anything
          awaitTables(child, connecting);
        }
        Instant end = Instant.now().plusMillis(random.nextLong(longest));
        while (child.runsOn() && Instant.now().isBefore(end)) {
          // runsOn() waits a little
        }
        kills += child.isAlive() ? 1 : 0;
      }
      State state = awaitState(connecting);
      System.out.println("killed or ended, and the database is " + state);
      if (state == State.WHOLE) {
        return; // It was quicker, or had just finished.
      }
    }
    try (Child last = start(store, target, environment)) {
      assertEquals(0, last.exit(), last.err());
    }
    assertEquals(State.WHOLE, stateOf(connecting.connect()));
  }

  private static void awaitTables(Child child, Connecting connecting) throws Exception {
    Instant limit = Instant.now().plus(PATIENCE);
    while (child.runsOn() && awaitState(connecting) == State.EMPTY) {
      assertTrue(Instant.now().isBefore(limit), child.err());
    }
  }

  /** A table can go at the moment when it is looked at, by a run that starts over. */
  private static State awaitState(Connecting connecting) throws SQLException {
    Instant limit = Instant.now().plus(PATIENCE);
    while (true) {
      try {
        return stateOf(connecting.connect());
      } catch (SQLException e) {
        if (Instant.now().isAfter(limit)) {
          throw e;
        }
        LockSupport.parkNanos(10_000_000);
      }
    }
  }

  private Child start(String store, String target, Map<String, String> environment)
      throws IOException {
    return Child.start(
        List.of(),
        List.of(),
        environment,
        folder,
        "migrate",
        "legacy",
        "--back",
        "--from=" + store,
        "--to=" + target,
        "--start-over");
  }

  @Test
  void tablesThatARunHasLeftWithoutItsMarkAreTakenForUnfinished() throws Exception {
    try (Store store = Store.open("memory:left")) {
      store.put(Key.of("something"), new byte[1]);
      assertEquals(0, back("memory:left", target()).exit());
      assertEquals(ExitCode.TARGET_NOT_EMPTY.number(), back("memory:left", target()).exit());
      assertEquals(
          ExitCode.TARGET_NOT_EMPTY.number(), back("memory:left", target(), "--start-over").exit());
      change(target(), "DELETE FROM migrations");
      dropTable(target(), "DROP TABLE bundles");
      assertEquals(ExitCode.TARGET_UNFINISHED.number(), back("memory:left", target()).exit());
      assertEquals(0, back("memory:left", target(), "--start-over").exit());
    }
  }

  @Test
  void storeThatIsWrittenToMeanwhileIsRefused() throws Exception {
    try (Store store = Store.open("memory:busy")) {
      store.put(Key.of("something"), new byte[1]);
      Function<String, Store> stores =
          url ->
              Store.over(
                  new ForwardingBackend(new MemoryProvider().open(StoreConfig.of(url))) {
                    private int counts;

                    @Override
                    public Count count(KeyRange range, Deadline deadline) {
                      if (counts++ == 3) {
                        store.put(Key.of("something"), new byte[2]);
                      }
                      return super.count(range, deadline);
                    }
                  },
                  Duration.ofSeconds(5));
      var plan = new LegacyMigration.Plan("memory:busy", target(), false, false, PLAIN);
      var console = new Console(new ByteArrayOutputStream(), new ByteArrayOutputStream(), false);
      var run = new LegacyBack(plan, console, stores);
      IncompleteTargetException refused = assertThrows(IncompleteTargetException.class, run::run);
      assertEquals(ExitCode.SOURCE_CHANGED, Failure.code(refused));
      assertTrue(refused.getMessage().contains("--start-over"), refused.getMessage());
      assertNoServerStartsOn(target());
    }
  }

  @Test
  void aStoreThatIsNotThereIsNotCreated() throws Exception {
    String missing = "sqlite:" + folder.resolve("typo.db");
    Map<String, Integer> before = LegacyFixture.contents(folder);
    Run run = back(missing, target());
    assertEquals(ExitCode.STORE_NOT_FOUND.number(), run.exit(), run.err());
    Run compare =
        Run.of(
            "compare",
            "legacy",
            "--from=jdbc:sqlite:" + LegacyFixture.unpack("migrated", folder),
            "--store=" + missing);
    assertEquals(ExitCode.STORE_NOT_FOUND.number(), compare.exit(), compare.err());
    assertFalse(LegacyFixture.contents(folder).containsKey("typo.db"));
    assertEquals(Map.of(), before);
  }

  @Test
  void wrongCredentialsForTheTargetNameItsOwnVariables() throws Exception {
    Database database = LegacyServers.PG.fresh();
    try (Store store = Store.open("memory:denied")) {
      store.put(Key.of("something"), new byte[1]);
      Run run =
          back("memory:denied", database.jdbcUrl().replaceFirst("\\?.*", "") + "?user=nobody");
      assertEquals(ExitCode.TARGET_UNUSABLE.number(), run.exit(), run.err());
      assertTrue(run.err().contains("HOLDFAST_TO_USER"), run.err());
      assertEquals(1, run.errorLines().size(), run.err());
    }
  }
}
