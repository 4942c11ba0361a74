package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.testbed.MariaDb;
import io.holdfast.testbed.Mounts;
import io.holdfast.testbed.MySql;
import io.holdfast.testbed.Postgres;
import io.holdfast.testbed.Volume;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The volume of the server's log is full. PostgreSQL cannot go on without it and ends itself, in
 * the middle of commits; MariaDB and MySQL keep commits waiting. Nothing is lost, and nobody is
 * told that a commit did not happen which is there afterwards.
 */
@Timeout(240)
final class LogFullTest {
  private static final int WRITERS = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  /** An answer is waited for until the deadline; then it is found out what happened, as long. */
  private static final Duration LONGEST = PATIENCE.multipliedBy(2).plusSeconds(8);

  @Test
  void c10aFullLogOfPostgresLosesNothingAndNoDeathOfTheServerIsTakenForARefusal() throws Exception {
    try (Volume volume = Volume.ofMegabytes(160);
        Postgres server = Postgres.start("wal_recycle=off", "min_wal_size=32MB")) {
      moveLog(server, volume.path());
      StoreConfig config = PostgresHarness.url(server.freshDatabase()).withTimeout(PATIENCE);
      try (Store store = Store.open(config);
          Watch watch = store.watch(KeyRange.all(), store.status().head())) {
        Ledger ledger = new Ledger(store);
        volume.fill();
        Opened.await("the first trouble", () -> !ledger.put());
        assertFalse(ledger.troubles().get(0) instanceof StoreException.Unusable);
        Opened.await("the watch to show it", () -> isRetrying(watch));
        volume.free();
        revive(server);
        List<Thread> writers = goOn(ledger);
        volume.fill();
        int before = ledger.troubles().size();
        Opened.await("trouble again", () -> ledger.troubles().size() >= before + WRITERS);
        volume.free();
        revive(server);
        ledger.stop(writers);
        ledger.stop(goOn(ledger));
        ledger.check(store, config.password().orElseThrow());
        assertTrue(ledger.longest().compareTo(LONGEST) < 0, () -> "took " + ledger.longest());
        follow(watch, store.put(Key.of("last"), new byte[1]));
      }
    }
  }

  @Test
  void c10aFullLogOfMariaDbKeepsCommitsWaitingAndLosesNothing() throws Exception {
    try (Volume volume = Volume.ofMegabytes(128);
        MariaDb server = MariaDb.start("log-bin=" + volume.path().resolve("binlog"))) {
      keepWaiting(MySqlHarness.url("mariadb", server.freshDatabase()), volume);
    }
  }

  @Test
  @Tag("mysql")
  void c10aFullLogOfMySqlKeepsCommitsWaitingAndLosesNothing() throws Exception {
    try (Volume volume = Volume.ofMegabytes(128);
        MySql server = MySql.start("log-bin=" + volume.path().resolve("binlog"))) {
      keepWaiting(MySqlHarness.url("mysql", server.freshDatabase()), volume);
    }
  }

  private static void keepWaiting(StoreConfig url, Volume volume) throws Exception {
    StoreConfig config = url.withTimeout(PATIENCE);
    try (Store store = Store.open(config);
        Watch watch = store.watch(KeyRange.all(), store.status().head())) {
      Ledger ledger = new Ledger(store);
      ledger.stop(goOn(ledger));
      volume.fill();
      Opened.await("the first trouble", () -> !ledger.put());
      assertFalse(ledger.troubles().get(0) instanceof StoreException.Unusable);
      assertEquals(ledger.acknowledged(), store.count(KeyRange.all()), "reads go on");
      assertFalse(ledger.put(), "still no room");
      volume.free();
      // The server looks once a minute whether there is room.
      Opened.await("room", Duration.ofSeconds(90), ledger::put);
      ledger.stop(goOn(ledger));
      ledger.check(store, config.password().orElseThrow());
      assertTrue(ledger.longest().compareTo(LONGEST) < 0, () -> "took " + ledger.longest());
      follow(watch, store.put(Key.of("last"), new byte[1]));
    }
  }

  /** Writes with several threads until there are commits again; they still run. */
  private static List<Thread> goOn(Ledger ledger) {
    int before = ledger.acknowledged();
    List<Thread> writers = ledger.write(WRITERS);
    Opened.await("commits", () -> ledger.acknowledged() > before + 20);
    return writers;
  }

  private static void moveLog(Postgres server, Path to) throws Exception {
    Path log = Path.of(OpenedServer.ask(server.admin(), "SHOW data_directory"), "pg_wal");
    server.kill9();
    Path moved = to.resolve("pg_wal");
    assertTrue(Mounts.run("mv", log.toString(), moved.toString()));
    Files.createSymbolicLink(log, moved);
    server.restart();
  }

  /** Starts the server again if it has ended, or does not come back at once. */
  private static void revive(Postgres server) {
    try {
      OpenedServer.execute(server.admin(), "SELECT 1");
    } catch (SQLException e) {
      server.restart();
    }
  }

  private static boolean isRetrying(Watch watch) {
    watch.next(Duration.ofMillis(50));
    return watch.state() == Watch.State.RETRYING;
  }

  private static void follow(Watch watch, Position last) {
    Position[] seen = new Position[1];
    Opened.await(
        "the watch",
        () -> {
          watch.next(Duration.ofSeconds(1)).ifPresent(batch -> seen[0] = batch.position());
          return last.equals(seen[0]);
        });
    assertEquals(Watch.State.FOLLOWING, watch.state());
  }
}
