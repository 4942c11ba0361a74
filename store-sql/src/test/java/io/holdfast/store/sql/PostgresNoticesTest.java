package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.Watch;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.FaultProxy.Direction;
import io.holdfast.testbed.Postgres;
import io.holdfast.testbed.WithPostgres;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What processes tell each other of their commits. */
@Timeout(120)
@WithPostgres
final class PostgresNoticesTest {
  private static final byte[] VALUE = {1};
  private static final Duration SOON = Duration.ofSeconds(20);

  /** Nobody finds out by looking now and then. */
  private static final Duration SELDOM = Duration.ofMinutes(1);

  private static final int QUESTIONS = 50_000;

  private final Database database;

  PostgresNoticesTest(Postgres server) {
    database = server.freshDatabase();
  }

  private static Store open(Database database) {
    return Store.over(backend(database), SOON);
  }

  private static SqlBackend backend(Database database) {
    StoreConfig config = PostgresHarness.url(database);
    PostgresDialect dialect = new PostgresDialect(new PostgresSource(PostgresTarget.of(config)));
    return SqlBackend.open(
        io.holdfast.store.sql.Database.of(dialect, "holdfast_"),
        config,
        SELDOM,
        InstantSource.system(),
        InstantSource.system());
  }

  private int listeners() {
    try {
      return Integer.parseInt(
          OpenedServer.ask(
              database,
              "SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
                  + " WHERE l.locktype = 'advisory' AND d.datname = current_database()"));
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }

  /** Waits a moment; only who waits listens. */
  private static boolean waits(Watch watch) {
    return watch.next(Duration.ofMillis(20)).isEmpty();
  }

  /** Follows until this commit. */
  private static void follow(Watch watch, Position commit) {
    while (!watch.next(SOON).orElseThrow().position().equals(commit)) {
      assertEquals(Watch.State.FOLLOWING, watch.state());
    }
  }

  @Test
  void whoWatchesIsToldOfEachCommitOfAnotherProcess() {
    try (Store writer = open(database);
        Store follower = open(database);
        Watch watch = follower.watch(KeyRange.all(), follower.status().head())) {
      Opened.await("the follower to listen", () -> waits(watch) && listeners() == 1);
      for (int i = 0; i < 20; i++) {
        follow(watch, writer.put(Key.of(i), VALUE));
      }
    }
    Opened.await("the lock to go with the connection", () -> listeners() == 0);
  }

  /** A commit can become visible while somebody begins to listen, who must not miss it. */
  @Test
  void whoBeginsToWatchWhileOthersWriteMissesNothing() {
    try (Store writer = open(database)) {
      for (int i = 0; i < 20; i++) {
        try (Store follower = open(database);
            Watch watch = follower.watch(KeyRange.all(), follower.status().head())) {
          assertEquals(Optional.empty(), watch.next(Duration.ofNanos(i * 200_000L)));
          follow(watch, writer.put(Key.of(i), VALUE));
        }
      }
    }
  }

  @Test
  void whileNobodyWatchesATransactionIsOneRoundTripForEachReadAndOneForAllWrites() {
    long transactions = 200;
    try (FaultProxy proxy = FaultProxy.to(database.host(), database.port())) {
      SqlBackend backend = backend(proxy.through(database));
      backend.endHousekeeping(); // else the longer it takes the more is sent
      try (Store store = Store.over(backend, SOON)) {
        store.put(Key.of("left"), VALUE);
        store.put(Key.of("right"), VALUE);
        swap(store);
        long before = proxy.messages(Direction.TO_SERVER);
        for (long i = 0; i < transactions; i++) {
          swap(store);
        }
        long messages = proxy.messages(Direction.TO_SERVER) - before;
        assertTrue(
            messages >= 3 * transactions && messages <= 3 * transactions + 30,
            messages + " messages; connecting, and asking who was idle, take some");
      }
    }
  }

  @Test
  void whoAsksAgainAndAgainWithoutWaitingLooksNowAndThenAndMissesNothing() {
    try (FaultProxy proxy = FaultProxy.to(database.host(), database.port());
        Store writer = open(database);
        Store follower = open(proxy.through(database));
        Watch watch = follower.watch(KeyRange.all(), follower.status().head())) {
      assertEquals(Optional.empty(), watch.next(Duration.ofMillis(20)));
      long before = proxy.messages(Direction.TO_SERVER);
      // So many, not so long: who is held up asks less.
      for (int asked = 0; asked < QUESTIONS; asked++) {
        assertEquals(Optional.empty(), watch.next(Duration.ZERO));
      }
      long messages = proxy.messages(Direction.TO_SERVER) - before;
      assertTrue(messages < QUESTIONS / 10, messages + " messages");
      Position commit = writer.put(Key.of("a"), VALUE);
      Opened.await(
          "the commit of another process",
          () ->
              watch
                  .next(Duration.ZERO)
                  .filter(batch -> batch.position().equals(commit))
                  .isPresent());
    }
  }

  private static void swap(Store store) {
    store.transact(
        tx -> {
          KeyValue left = tx.get(Key.of("left")).orElseThrow();
          KeyValue right = tx.get(Key.of("right")).orElseThrow();
          tx.put(left.key(), right.value());
          tx.put(right.key(), left.value());
        });
  }
}
