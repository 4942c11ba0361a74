package io.holdfast.cache;

import static io.holdfast.cache.Words.ALL;
import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static io.holdfast.cache.Words.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.lang.ref.WeakReference;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class SubscriptionTest {
  private final Store store = Store.open("memory:" + UUID.randomUUID());
  private Mirror<String> mirror;

  @BeforeEach
  void openMirror() {
    store.put(key(1), bytes("one"));
    mirror = Words.mirror(store).open();
  }

  @AfterEach
  void close() {
    mirror.close();
    store.close();
  }

  @Test
  void deliversWholeCommitsOfItsRangeInOrder() {
    try (Subscription<String> subscription = mirror.subscribe(KeyRange.of(key(1), key(3)))) {
      assertEquals(List.of("one"), values(subscription.start().range(ALL)));
      store.put(key(3), bytes("not asked for"));
      Position both = store.put(Map.of(key(1), bytes("uno"), key(2), bytes("dos")));
      Position gone = store.delete(key(1));
      Changes<String> first = subscription.next(LONG).orElseThrow();
      assertEquals(Changes.Kind.COMMIT, first.kind());
      assertEquals(both, first.position());
      assertEquals(2, first.changes().size());
      Change<String> changed = first.changes().get(0);
      assertEquals("one", changed.before().orElseThrow().value());
      assertEquals("uno", changed.after().orElseThrow().value());
      assertTrue(first.changes().get(1).before().isEmpty());
      Changes<String> second = subscription.next(LONG).orElseThrow();
      assertEquals(gone, second.position());
      assertEquals(key(1), second.changes().get(0).key());
      assertTrue(second.changes().get(0).after().isEmpty());
      assertTrue(subscription.next(Duration.ZERO).isEmpty());
    }
  }

  @Test
  void whoWaitsIsWokenByASingleCommit() {
    try (Subscription<String> subscription = mirror.subscribe(ALL)) {
      for (int i = 0; i < 20; i++) {
        byte[] value = bytes("w" + i);
        long begun = System.nanoTime();
        CompletableFuture<Position> put =
            CompletableFuture.supplyAsync(() -> store.put(key(2), value));
        Changes<String> step = subscription.next(LONG).orElseThrow();
        assertEquals(put.join(), step.position());
        assertTrue(System.nanoTime() - begun < LONG.toNanos() / 2, "it came by itself");
      }
    }
  }

  @Test
  void slowSubscriberIsToldToBeginAgainAndMissesNothingAfterwards() {
    try (Subscription<String> slow = mirror.subscribe(ALL)) {
      Map<Key, String> replayed = new HashMap<>();
      Position last = null;
      for (int i = 0; i < Subscription.QUEUE_MAX + 50; i++) {
        last = store.put(key(i % 100), bytes("w" + i));
      }
      mirror.snapshot(Freshness.atLeast(last), LONG);
      Changes<String> marker = slow.next(LONG).orElseThrow();
      assertEquals(Changes.Kind.RESYNC, marker.kind());
      marker.snapshot().forEach(ALL, entry -> replayed.put(entry.key(), entry.value()));
      for (int i = 0; i < 10; i++) {
        last = store.put(key(i), bytes("again" + i));
      }
      Position reached = marker.position();
      while (!reached.equals(last)) {
        Changes<String> step = slow.next(LONG).orElseThrow();
        assertEquals(Changes.Kind.COMMIT, step.kind());
        step.changes().forEach(one -> replayed.put(one.key(), one.after().orElseThrow().value()));
        reached = step.position();
      }
      Map<Key, String> mirrored = new HashMap<>();
      mirror.snapshot().forEach(ALL, entry -> mirrored.put(entry.key(), entry.value()));
      assertEquals(mirrored, replayed);
    }
  }

  @Test
  void whatASubscriberHasPassedIsGarbage() {
    KeyRange low = KeyRange.of(key(1), key(3));
    try (Subscription<String> subscription = mirror.subscribe(low);
        Subscription<String> slow = mirror.subscribe(low);
        Subscription<String> idle = mirror.subscribe(KeyRange.of(key(7), key(8)))) {
      WeakReference<Snapshot<String>> first = new WeakReference<>(idle.start());
      Position last = store.put(key(1), bytes("uno"));
      for (int i = 0; i < Subscription.QUEUE_MAX; i++) {
        last = store.put(key(2), bytes("w" + i));
      }
      assertEquals(
          "uno",
          subscription.next(LONG).orElseThrow().snapshot().get(key(1)).orElseThrow().value());
      assertEquals("uno", subscription.start().get(key(1)).orElseThrow().value());
      mirror.snapshot(Freshness.atLeast(last), LONG);
      Words.await(
          "nobody holds it",
          () -> {
            System.gc();
            return first.refersTo(null);
          });
      assertEquals(last, idle.start().position());
      assertEquals(last, slow.start().position());
      assertEquals(Changes.Kind.RESYNC, slow.next(LONG).orElseThrow().kind());
    }
  }

  @Test
  void startIsWhatTheNextChangesFollow() {
    try (Subscription<String> subscription = mirror.subscribe(KeyRange.of(key(1), key(2)))) {
      Position outside = store.put(key(5), bytes("outside"));
      mirror.snapshot(Freshness.atLeast(outside), LONG);
      assertEquals(outside, subscription.start().position());
      Position inside = store.put(key(1), bytes("uno"));
      Position behind = store.put(key(5), bytes("outside again"));
      mirror.snapshot(Freshness.atLeast(behind), LONG);
      assertEquals(outside, subscription.start().position());
      assertEquals("one", subscription.start().get(key(1)).orElseThrow().value());
      assertEquals(inside, subscription.next(LONG).orElseThrow().position());
      assertEquals(inside, subscription.start().position());
    }
  }

  @Test
  void repairReachesSubscribers() {
    try (Subscription<String> subscription = mirror.subscribe(ALL)) {
      mirror.corrupt(now -> Corruption.withoutItem(now, key(1)));
      mirror.verifyNow(LONG);
      Changes<String> repair = subscription.next(LONG).orElseThrow();
      assertEquals(Changes.Kind.REPAIR, repair.kind());
      assertEquals("one", repair.changes().get(0).after().orElseThrow().value());
    }
  }

  @Test
  void closedSubscriptionDeliversNothingMore() {
    Subscription<String> subscription = mirror.subscribe(ALL);
    store.put(key(2), bytes("two"));
    subscription.close();
    assertThrows(StoreException.Closed.class, () -> subscription.next(LONG));
    assertThrows(StoreException.Closed.class, () -> subscription.next(Duration.ZERO));
  }
}
