package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.Postgres;
import io.holdfast.testbed.PostgresPair;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A primary with a replica that takes over. */
@Timeout(180)
final class PostgresFailoverTest {
  private static final byte[] VALUE = {1};
  private static final Duration SOON = Duration.ofSeconds(20);

  /** Of its own name: the servers of tests are copies, and timelines are remembered by database. */
  private Database database;

  private PostgresPair start(PostgresPair pair) {
    database = pair.primary().freshDatabase();
    return pair;
  }

  private StoreConfig url(Postgres... servers) {
    String hosts =
        Arrays.stream(servers)
            .map(server -> server.admin().host() + ":" + server.admin().port())
            .collect(Collectors.joining(","));
    return StoreConfig.of(
            "postgresql://%s@%s/%s".formatted(database.user(), hosts, database.name()))
        .withPassword(database.password())
        .withTimeout(Opened.TIMEOUT);
  }

  /** Tries until it works. */
  private static Position put(Store store, Key key) {
    Position[] done = new Position[1];
    Opened.await(
        "a server that takes writes",
        () -> {
          try {
            done[0] = store.put(key, VALUE);
            return true;
          } catch (StoreException.Unavailable | StoreException.Timeout e) {
            return false;
          }
        });
    return done[0];
  }

  @Test
  void h3theNewPrimaryIsFoundAndNothingIsLost() {
    try (PostgresPair pair = start(PostgresPair.startSynchronous());
        Store store = Store.open(url(pair.primary(), pair.replica()));
        Watch watch = store.watch(KeyRange.all(), store.status().head())) {
      Position last = store.put(Key.of("before"), VALUE);
      pair.primary().kill9();
      pair.promote();
      Position next = put(store, Key.of("after"));
      assertEquals(last.revision().number() + 1, next.revision().number());
      assertTrue(store.get(Key.of("before")).isPresent());
      Position seen = null;
      while (!next.equals(seen)) {
        WatchBatch batch = watch.next(SOON).orElseThrow();
        seen = batch.position();
      }
      assertEquals(Watch.State.FOLLOWING, watch.state());
    }
  }

  @Test
  void c9aFormerPrimaryThatStillAnswersIsLeft() {
    try (PostgresPair pair = start(PostgresPair.startAsynchronous());
        Store store = Store.open(url(pair.primary(), pair.replica()))) {
      store.put(Key.of("before"), VALUE);
      Opened.await("the replica", () -> replicated(pair));
      pair.promote();
      // Somebody in this process meets the new primary.
      try (Store other = Store.open(url(pair.replica()))) {
        Position there = other.put(Key.of("after"), VALUE);
        assertTrue(store.get(Key.of("after")).isPresent(), "reads go to the new primary");
        Position next = store.put(Key.of("next"), VALUE);
        assertEquals(there.revision().number() + 1, next.revision().number());
      }
      StoreException.Unavailable refused =
          assertThrows(
              StoreException.Unavailable.class, () -> Store.open(url(pair.primary())).close());
      assertTrue(refused.getMessage().contains("former primary"), refused.getMessage());
    }
  }

  @Test
  void c9aPrimaryThatFrozeAndComesBackAfterAPromotionIsLeft() throws Exception {
    Duration patience = Duration.ofSeconds(5); // so long a frozen server is waited for
    try (PostgresPair pair = start(PostgresPair.startAsynchronous());
        Store store = Store.open(url(pair.primary(), pair.replica()).withTimeout(patience));
        Store idle = Store.open(url(pair.primary(), pair.replica()).withTimeout(patience));
        Watch watch = idle.watch(KeyRange.all(), idle.status().head())) {
      idle.put(Key.of("idle"), VALUE);
      Position before = store.put(Key.of("before"), VALUE);
      Opened.await("the replica", () -> replicated(pair));
      pair.primary().pause();
      pair.promote();
      Position after = put(store, Key.of("after"));
      assertEquals(before.revision().number() + 1, after.revision().number());
      pair.primary().resume();
      // Its connections are as they were, and it still takes writes.
      OpenedServer.ask(database, "SELECT pg_switch_wal()::text");
      Position next = put(idle, Key.of("next"));
      assertEquals(after.revision().number() + 1, next.revision().number());
      assertEquals(next, store.status().head());
      assertTrue(idle.get(Key.of("after")).isPresent());
      List<Position> seen = new ArrayList<>();
      while (!seen.contains(next)) {
        seen.add(watch.next(SOON).orElseThrow().position());
      }
      assertEquals(List.of(before, after, next), seen.subList(seen.size() - 3, seen.size()));
      assertEquals(Watch.State.FOLLOWING, watch.state());
      StoreException.Unavailable refused =
          assertThrows(
              StoreException.Unavailable.class, () -> Store.open(url(pair.primary())).close());
      assertTrue(refused.getMessage().contains("former primary"), refused.getMessage());
    }
  }

  private boolean replicated(PostgresPair pair) {
    try {
      String query = "SELECT revision FROM holdfast_meta";
      return OpenedServer.ask(database, query).equals(OpenedServer.ask(at(pair.replica()), query));
    } catch (SQLException e) {
      return false;
    }
  }

  private Database at(Postgres server) {
    String url =
        "jdbc:postgresql://%s:%d/%s"
            .formatted(server.admin().host(), server.admin().port(), database.name());
    return new Database(
        url,
        server.admin().host(),
        server.admin().port(),
        database.name(),
        database.user(),
        database.password());
  }

  @Test
  void w6lostCommitsAreNoticedByWhoFollowedThem() {
    try (PostgresPair pair = start(PostgresPair.startAsynchronous());
        Store store = Store.open(url(pair.primary(), pair.replica()))) {
      store.put(Key.of("before"), VALUE);
      Opened.await("the replica", () -> replicated(pair));
      pair.replica().kill9();
      Position lost = store.put(Key.of("lost"), VALUE);
      try (Watch watch = store.watch(KeyRange.all(), lost)) {
        pair.primary().kill9();
        pair.replica().restart();
        pair.promote();
        assertThrows(
            StoreException.Diverged.class,
            () -> {
              for (int i = 0; i < 20; i++) {
                watch.next(Duration.ofSeconds(1));
              }
            });
      }
      Opened.await("a server", () -> isThere(store));
      assertThrows(StoreException.Diverged.class, () -> store.put(Key.of("blind"), VALUE));
      Position next = store.put(Key.of("next"), VALUE);
      assertEquals(new Revision(lost.revision().number()), next.revision());
    }
  }

  private static boolean isThere(Store store) {
    try {
      return store.status() != null;
    } catch (StoreException.Unavailable | StoreException.Timeout e) {
      return false;
    }
  }

  @Test
  void aReplicaIsNoStore() {
    try (PostgresPair pair = start(PostgresPair.startAsynchronous())) {
      Store.open(url(pair.primary())).close();
      Opened.await("the replica", () -> replicated(pair));
      StoreException.Unavailable refused =
          assertThrows(
              StoreException.Unavailable.class, () -> Store.open(url(pair.replica())).close());
      assertTrue(refused.getMessage().contains("primary"), refused.getMessage());
    }
  }
}
