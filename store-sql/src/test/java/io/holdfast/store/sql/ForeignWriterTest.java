package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.store.Transaction;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import io.holdfast.testbed.Database;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Somebody writes into the store's tables who is no store. */
@Timeout(120)
final class ForeignWriterTest {
  private static final byte[] VALUE = {1};

  private Database database;

  private StoreConfig store(ServerKind server) {
    database = server.fresh();
    StoreConfig config = server.url(database).withTimeout(Opened.TIMEOUT);
    try (Store store = Store.open(config)) {
      for (int i = 0; i < 5; i++) {
        store.put(Key.of("key", i), VALUE);
      }
    }
    return config;
  }

  private static void assertDamaged(StoreConfig config, Runnable call) {
    StoreException.Unusable e = assertThrows(StoreException.Unusable.class, call::run);
    assertEquals(Reason.DAMAGED, e.reason(), e.getMessage());
    assertTrue(e.getMessage().contains("restore"), e.getMessage());
    config.password().ifPresent(secret -> assertTrue(!e.getMessage().contains(secret)));
  }

  @ParameterizedTest
  @EnumSource(ServerKind.class)
  void c2aCounterThatWasSetBackGivesNoRevisionTwice(ServerKind server) {
    StoreConfig config = store(server);
    try (Store follower = Store.open(config);
        Watch watch = follower.watch(KeyRange.all(), follower.status().head())) {
      Position last = follower.put(Key.of("own"), VALUE);
      assertEquals(last, watch.next(Opened.TIMEOUT).orElseThrow().position());
      OpenedMySql.execute(database, "UPDATE holdfast_meta SET revision = revision - 1");
      assertDamaged(config, () -> follower.put(Key.of("a"), VALUE));
      assertDamaged(config, () -> Store.open(config).close());
      OpenedMySql.execute(database, "UPDATE holdfast_meta SET revision = revision + 1");
      Position next = follower.put(Key.of("c"), VALUE);
      assertEquals(last.revision().number() + 1, next.revision().number());
    }
  }

  @ParameterizedTest
  @EnumSource(ServerKind.class)
  void w1aCommitThatWasRemovedFromTheHistoryIsNotPassedOver(ServerKind server) {
    StoreConfig config = store(server);
    try (Store store = Store.open(config);
        Watch watch = store.watch(KeyRange.all(), Position.of(1, token(1)))) {
      OpenedMySql.execute(database, "UPDATE holdfast_changes SET revision = -3 WHERE revision = 3");
      Optional<WatchBatch> next = watch.next(Duration.ofSeconds(2));
      next.ifPresent(batch -> assertEquals(2, batch.position().revision().number()));
      assertTrue(watch.next(Duration.ofSeconds(2)).isEmpty());
      assertEquals(Watch.State.RETRYING, watch.state());
      OpenedMySql.execute(database, "UPDATE holdfast_changes SET revision = 3 WHERE revision = -3");
      assertTrue(watch.next(Opened.TIMEOUT).isPresent());
      OpenedMySql.execute(database, "DELETE FROM holdfast_changes WHERE revision = 5");
      assertDamaged(config, store::status);
    }
  }

  @ParameterizedTest
  @EnumSource(ServerKind.class)
  void w1aHistoryThatEndsBelowTheHeadIsNotTakenForQuiet(ServerKind server) {
    StoreConfig config = store(server);
    try (Store store = Store.open(config);
        Watch watch = store.watch(KeyRange.all(), Position.of(4, token(4)))) {
      OpenedMySql.execute(database, "UPDATE holdfast_changes SET revision = -5 WHERE revision = 5");
      assertTrue(watch.next(Duration.ofSeconds(1)).isEmpty());
      assertEquals(Watch.State.RETRYING, watch.state());
      OpenedMySql.execute(database, "UPDATE holdfast_changes SET revision = 5 WHERE revision = -5");
      assertEquals(5, watch.next(Opened.TIMEOUT).orElseThrow().position().revision().number());
    }
  }

  private long token(long revision) {
    return Long.parseLong(
        OpenedMySql.ask(
            database, "SELECT token FROM holdfast_changes WHERE revision = " + revision));
  }

  @ParameterizedTest
  @EnumSource(ServerKind.class)
  void h6aTableThatWasDroppedIsSaid(ServerKind server) {
    StoreConfig config = store(server);
    try (Store store = Store.open(config)) {
      store.put(Key.of("a"), VALUE);
      OpenedMySql.execute(database, "DROP TABLE holdfast_entries");
      assertDamaged(config, () -> store.get(Key.of("a")));
      assertDamaged(config, () -> store.put(Key.of("a"), VALUE));
    }
  }

  @ParameterizedTest
  @EnumSource(ServerKind.class)
  void c6aStoreWithoutCounterProvesNothing(ServerKind server) {
    StoreConfig config = store(server);
    try (Store store = Store.open(config)) {
      Position last = store.put(Key.of("a"), VALUE);
      Transaction reader = store.begin();
      reader.expect(Key.of("a"), last.revision());
      OpenedMySql.execute(database, "DELETE FROM holdfast_meta");
      assertDamaged(config, reader::commit);
    }
  }
}
