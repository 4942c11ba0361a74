package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.store.Key;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.testbed.Database;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Lanes of processes that died go after a day; a writer that was only idle is none the worse. */
@Timeout(120)
final class LaneSweeperTest {
  private static final byte[] VALUE = {1};
  private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");
  private static final InstantSource NEXT_DAY = () -> BEGIN.plus(Duration.ofHours(25));

  /** An opened store with its backend. */
  private record Handle(Store store, SqlBackend backend) implements AutoCloseable {
    static Handle at(ServerKind server, Database database, InstantSource clock) {
      SqlBackend backend = server.open(server.url(database).withTimeout(Opened.TIMEOUT), clock);
      return new Handle(Store.over(backend, Opened.TIMEOUT), backend);
    }

    @Override
    public void close() {
      store.close();
    }
  }

  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  private static String lanes(Database database) {
    return OpenedMySql.ask(database, "SELECT COUNT(*) FROM holdfast_lanes");
  }

  private static void leaveLane(Database database, Instant usedAt) {
    OpenedMySql.execute(
        database,
        "INSERT INTO holdfast_lanes (id, sequence, used_at) VALUES ('0123456789abcdef', 7, "
            + usedAt.toEpochMilli()
            + ")");
  }

  @ParameterizedTest
  @EnumSource(ServerKind.class)
  void lanesOfTheDeadAreRemovedAfterADay(ServerKind server) {
    Database database = server.fresh();
    try (Handle opened = Handle.at(server, database, NEXT_DAY)) {
      opened.backend().endHousekeeping();
      opened.store().put(Key.of("a"), VALUE);
      leaveLane(database, BEGIN);
      assertEquals("2", lanes(database));
      try (Handle other = Handle.at(server, database, NEXT_DAY)) {
        other.backend().trim();
        assertEquals("1", lanes(database), "only that of the living");
        leaveLane(database, NEXT_DAY.instant().minus(Duration.ofHours(23)));
        other.backend().trim();
      }
      try (Handle another = Handle.at(server, database, NEXT_DAY)) {
        another.backend().trim();
        assertEquals("2", lanes(database), "a day has not passed");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(ServerKind.class)
  void c10anIdleWriterWhoseLaneWasRemovedTakesANewOne(ServerKind server) {
    Database database = server.fresh();
    try (Handle idle = Handle.at(server, database, () -> BEGIN);
        Handle other = Handle.at(server, database, NEXT_DAY)) {
      other.backend().endHousekeeping();
      Position first = idle.store().put(Key.of("first"), VALUE);
      sweepOnTheNextDay(server, database);
      assertEquals("0", lanes(database));
      Position second = idle.store().put(Key.of("second"), VALUE);
      assertEquals(first.revision().number() + 1, second.revision().number());
      assertEquals(second, other.store().status().head());
      assertEquals("1", lanes(database));
    }
  }

  @ParameterizedTest
  @EnumSource(ServerKind.class)
  void c10aLaneThatACommitIsAboutToAdvanceStays(ServerKind server) throws Exception {
    Database database = server.fresh();
    try (Handle idle = Handle.at(server, database, () -> BEGIN);
        Connection frozen = database.connect()) {
      idle.store().put(Key.of("first"), VALUE);
      frozen.setAutoCommit(false);
      // What a commit that a server holds up has done to its lane.
      Opened.execute(
          frozen, "UPDATE holdfast_lanes SET used_at = " + NEXT_DAY.instant().toEpochMilli());
      CompletableFuture<Void> sweep =
          CompletableFuture.runAsync(() -> sweepOnTheNextDay(server, database), threads);
      Opened.await("the sweep to meet the lock", () -> somebodyWaits(server, database));
      frozen.commit();
      sweep.get(60, TimeUnit.SECONDS);
      assertEquals("1", lanes(database));
      assertEquals(new Revision(2), idle.store().put(Key.of("next"), VALUE).revision());
    }
  }

  /** By a store that has not looked yet, so that it does. */
  private static void sweepOnTheNextDay(ServerKind server, Database database) {
    try (Handle another = Handle.at(server, database, NEXT_DAY)) {
      another.backend().trim();
    }
  }

  private static boolean somebodyWaits(ServerKind server, Database database) {
    if (server == ServerKind.MARIADB) {
      return OpenedMySql.somebodyWaits(database);
    }
    String query =
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            + " AND datname = current_database()";
    return !OpenedMySql.ask(database, query).equals("0");
  }
}
