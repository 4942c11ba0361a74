package io.holdfast.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.sql.SQLException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What tests may rely on, whatever the database. */
abstract class SqlServerContract<S extends SqlServer> {
  private static final Wish OPEN = new Wish("HOLDFAST_TEST_ANY", "");

  private final S shared;

  SqlServerContract(S shared) {
    this.shared = shared;
  }

  abstract S start(Wish wish, String... settings);

  abstract S findShared(Wish wish);

  /** A setting that no server starts with. */
  abstract String wrongSetting();

  @Test
  void aFreshDatabaseIsEmptyAndTakesWrites() throws Exception {
    for (int i = 0; i < 2; i++) {
      assertEquals("7", written(shared.freshDatabase()));
    }
  }

  @Test
  void aWriteSurvivesKillAndRestart() throws Exception {
    try (S server = start(OPEN)) {
      Database database = server.freshDatabase();
      written(database);
      server.kill9();
      assertThrows(SQLException.class, database::connect);
      server.restart();
      assertEquals("7", Sql.one(database, "SELECT a FROM t"));
    }
  }

  @Test
  void aPausedServerAnswersLater() throws Exception {
    try (S server = start(OPEN)) {
      Database database = server.freshDatabase();
      written(database);
      server.pause();
      var answer = CompletableFuture.supplyAsync(() -> read(database));
      assertThrows(TimeoutException.class, () -> answer.get(300, TimeUnit.MILLISECONDS));
      server.resume();
      assertEquals("7", answer.get(Deadline.READY_MAX.toSeconds(), TimeUnit.SECONDS));
    }
  }

  @Test
  void aPausedServerCanBeKilledAndRestarted() throws Exception {
    try (S server = start(OPEN)) {
      Database database = server.freshDatabase();
      written(database);
      server.pause();
      server.restart();
      assertEquals("7", read(database));
    }
  }

  @Test
  void nothingIsLeftOfAClosedServer() {
    S server = start(OPEN);
    ServerProcess process = server.own();
    var all = process.processes();
    assertFalse(all.isEmpty());
    server.close();
    assertTrue(all.stream().noneMatch(ServerProcess::isRunning));
    assertFalse(process.data().toFile().exists());
  }

  @Test
  void theSharedServerMayNotBeHarmed() {
    assertThrows(IllegalStateException.class, shared::kill9);
    assertThrows(IllegalStateException.class, shared::close);
  }

  @Test
  void theServerOfAnAddressIsUsedAndLeftWithoutOurDatabases() throws Exception {
    try (S server = start(OPEN)) {
      Database admin = server.admin();
      String account = "user=%s&password=%s".formatted(admin.user(), admin.password());
      String address = admin.with(account).jdbcUrl();
      S other = findShared(new Wish("HOLDFAST_TEST_ANY", address));
      assertEquals(admin, other.admin());
      Database database = other.freshDatabase();
      assertEquals("7", written(database));
      other.dropDatabases();
      assertThrows(SQLException.class, database::connect);
    }
  }

  @Test
  void aServerThatEndsAtOnceShowsItsLog() {
    TestbedException e =
        assertThrows(TestbedException.class, () -> start(OPEN, wrongSetting()).close());
    String setting = wrongSetting().substring(0, wrongSetting().indexOf('='));
    assertTrue(e.getMessage().contains("ended with exit code"), e::getMessage);
    assertTrue(e.getMessage().contains(setting), e::getMessage);
  }

  @Test
  void aFolderWithoutBinariesIsAFailureThatTellsWhatToDo(@TempDir Path empty) {
    Wish wish = new Wish("HOLDFAST_TEST_ANY", empty.toString());
    TestbedException e = assertThrows(TestbedException.class, () -> start(wish).close());
    assertTrue(e.getMessage().contains(wish.toString()), e::getMessage);
    assertTrue(e.getMessage().contains("is not an executable file"), e::getMessage);
    assertTrue(e.getMessage().contains("Install "), e::getMessage);
  }

  @Test
  void fetchedBinariesWork() throws Exception {
    try (S server = start(new Wish("HOLDFAST_TEST_ANY", "download"))) {
      assertEquals("7", written(server.freshDatabase()));
    }
  }

  private static String written(Database database) throws SQLException {
    Sql.run(database, "CREATE TABLE t (a INT)");
    Sql.run(database, "INSERT INTO t VALUES (7)");
    return Sql.one(database, "SELECT a FROM t");
  }

  private static String read(Database database) {
    try {
      return Sql.one(database, "SELECT a FROM t");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }
}
