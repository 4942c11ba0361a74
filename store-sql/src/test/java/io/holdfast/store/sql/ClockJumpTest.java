package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.MariaDb;
import io.holdfast.testbed.Postgres;
import io.holdfast.testbed.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clocks of servers and of clients that are set ahead and back, by hours. */
@Timeout(180)
final class ClockJumpTest {
  private static final int[] HOURS = {10, -30, 0};
  private static final Duration AGE = Duration.ofHours(1);
  private static final int WRITERS = 4;

  private final SettableClock clock = new SettableClock();

  @Test
  void h3theClockOfPostgresIsSetAndNothingComesOfIt() throws Exception {
    try (Postgres server = Postgres.start(clock)) {
      Database database = server.freshDatabase();
      jump(PostgresHarness.url(database), database);
    }
  }

  @Test
  void h3theClockOfMariaDbIsSetAndNothingComesOfIt() throws Exception {
    try (MariaDb server = MariaDb.start(clock)) {
      Database database = server.freshDatabase();
      jump(MySqlHarness.url("mariadb", database), database);
    }
  }

  private void jump(StoreConfig url, Database database) throws Exception {
    StoreConfig config = url.withTimeout(Opened.TIMEOUT).withHistoryAge(AGE);
    try (Store store = Store.open(config);
        Watch watch = store.watch(KeyRange.all(), store.status().head())) {
      Ledger ledger = new Ledger(store);
      List<Thread> writers = ledger.write(WRITERS);
      for (int hours : HOURS) {
        clock.set(Duration.ofHours(hours));
        int before = ledger.acknowledged();
        Opened.await("commits", () -> ledger.acknowledged() > before + 50);
        try (Store another = Store.open(config)) {
          another.put(Key.of("another", hours), new byte[1]);
        }
      }
      ledger.stop(writers);
      assertEquals(List.of(), ledger.troubles(), "no timeout was early");
      assertEquals(Revision.ZERO, store.status().oldest(), "nothing was trimmed");
      follow(watch, store.status().head());
      ledger.check(store, database.password());
    }
  }

  private static void follow(Watch watch, Position last) {
    Opened.await(
        "the watch",
        () -> {
          Optional<Position> seen =
              watch.next(Duration.ofSeconds(1)).map(batch -> batch.position());
          return seen.equals(Optional.of(last));
        });
  }

  private static Position putAndSee(Store store, Watch watch, int number) {
    Position put = store.put(Key.of("k", number), new byte[1]);
    assertEquals(put, watch.next(Duration.ofSeconds(20)).orElseThrow().position());
    return put;
  }

  /**
   * A clock that is ahead when the process begins is believed, as nothing else could be: then it
   * trims too early, and whoever is behind is told so. A clock that is set later is not.
   */
  @ParameterizedTest
  @EnumSource
  void h3aClientWithAWrongClockLosesNothing(ServerKind server) {
    AtomicReference<Instant> now = new AtomicReference<>(Instant.now());
    StoreConfig config = server.url(server.fresh()).withTimeout(Opened.TIMEOUT).withHistoryAge(AGE);
    SqlBackend backend = server.open(config, now::get);
    try (Store store = Store.over(backend, config.timeout());
        Watch watch = store.watch(KeyRange.all(), store.status().head())) {
      Position first = putAndSee(store, watch, 0);
      now.set(now.get().minus(Duration.ofHours(30)));
      Position behind = putAndSee(store, watch, 1);
      backend.trim();
      assertEquals(Revision.ZERO, store.status().oldest(), "a clock that is behind trims nothing");
      now.set(now.get().plus(Duration.ofHours(60)));
      Position ahead = putAndSee(store, watch, 2);
      backend.trim();
      assertEquals(behind.revision(), store.status().oldest());
      now.set(now.get().minus(Duration.ofHours(30)));
      assertEquals(ahead.revision().number() + 1, putAndSee(store, watch, 3).revision().number());
      backend.trim();
      assertEquals(behind.revision(), store.status().oldest(), "and goes on from there");
      assertEquals(4, store.count(KeyRange.all()));
      try (Watch late = store.watch(KeyRange.all(), first)) {
        StoreException.TooOld told =
            assertThrows(StoreException.TooOld.class, () -> late.next(Duration.ofSeconds(20)));
        assertEquals(behind.revision(), told.oldest());
      }
    }
  }
}
