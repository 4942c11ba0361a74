package io.holdfast.cache;

import static io.holdfast.cache.Words.ALL;
import static io.holdfast.cache.Words.INITIAL;
import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static io.holdfast.cache.Words.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class MirrorTest {
  private final String url = "memory:" + UUID.randomUUID();
  private final Store store = Store.open(url);

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void followsPutsAndDeletes() {
    store.put(key(1), bytes("one"));
    try (Mirror<String> mirror = Words.mirror(store).open()) {
      assertEquals(List.of("one"), values(mirror.snapshot().range(ALL)));
      Position added = store.put(key(2), bytes("two"));
      Snapshot<String> both = mirror.snapshot(Freshness.atLeast(added), LONG);
      assertEquals(List.of("one", "two"), values(both.range(ALL)));
      Position removed = store.delete(key(1));
      Snapshot<String> second = mirror.snapshot(Freshness.atLeast(removed), LONG);
      assertEquals(List.of("two"), values(second.range(ALL)));
      assertEquals(List.of("one", "two"), values(both.range(ALL)));
      assertTrue(mirror.verifyNow(LONG).isClean());
    }
  }

  @Test
  void entriesTellWhatTheStoreHolds() {
    store.put(key(1), bytes("one"));
    try (Mirror<String> mirror = Words.mirror(store).open()) {
      Position second = store.put(key(1), bytes("uno"));
      Entry<String> entry =
          mirror.snapshot(Freshness.atLeast(second), LONG).get(key(1)).orElseThrow();
      assertEquals(store.get(key(1)).orElseThrow(), entry.stored());
      assertEquals("uno", entry.value());
      assertEquals(second.revision(), entry.modified());
      assertTrue(entry.modified().isAfter(entry.created()));
    }
  }

  @Test
  void indexFollowsItsEntries() {
    try (Mirror<String> mirror = Words.mirror(store).open()) {
      store.put(key(1), bytes("anna"));
      store.put(key(2), bytes("bob"));
      Position put = store.put(key(3), bytes("alex"));
      Snapshot<String> now = mirror.snapshot(Freshness.atLeast(put), LONG);
      KeyRange underA = KeyRange.under(Key.of("a"));
      assertEquals(List.of("anna", "alex"), values(now.range(INITIAL, underA)));
      assertEquals(2, now.count(INITIAL, KeyRange.single(Key.of("a"))));
      assertEquals(List.of("anna", "alex", "bob"), values(now.range(INITIAL, KeyRange.all())));
      Position renamed = store.put(Map.of(key(1), bytes("carl"), key(2), bytes("ben")));
      Snapshot<String> later = mirror.snapshot(Freshness.atLeast(renamed), LONG);
      assertEquals(List.of("alex", "ben", "carl"), values(later.range(INITIAL, KeyRange.all())));
      assertEquals(List.of("anna", "alex"), values(now.range(INITIAL, underA)));
      assertEquals(0, later.count(INITIAL, KeyRange.under(Key.of("x"))));
      assertThrows(IllegalArgumentException.class, () -> now.count("colour", KeyRange.all()));
    }
  }

  @Test
  void oneEntryCanStandUnderSeveralIndexKeysAndUnderNone() {
    Index<String> letters =
        new Index<>("letter", e -> e.value().chars().mapToObj(c -> Key.of((long) c)).toList());
    try (Mirror<String> mirror =
        Mirror.of(store, Words::text).range(ALL).index(letters).verifyEvery(Duration.ZERO).open()) {
      store.put(key(1), bytes("abba"));
      Position last = store.put(key(2), bytes(""));
      Snapshot<String> now = mirror.snapshot(Freshness.atLeast(last), LONG);
      assertEquals(List.of("abba", "abba"), values(now.range("letter", KeyRange.all())));
      assertEquals(1, now.count("letter", KeyRange.single(Key.of((long) 'b'))));
      assertTrue(mirror.verifyNow(LONG).isClean());
    }
  }

  @Test
  void severalRangesAreOneSnapshotAndTheRestIsNotAsked() {
    KeyRange low = KeyRange.of(key(1), key(3));
    KeyRange lower = KeyRange.of(key(2), key(5));
    KeyRange high = KeyRange.of(key(8), key(9));
    for (int i = 0; i < 10; i++) {
      store.put(key(i), bytes("w" + i));
    }
    try (Mirror<String> mirror =
        Mirror.of(store, Words::text).range(high).range(low).range(lower).open()) {
      Snapshot<String> now = mirror.snapshot();
      assertEquals(List.of("w1", "w2", "w3", "w4", "w8"), values(now.range(ALL)));
      assertEquals(5, now.size());
      assertEquals(2, now.count(KeyRange.of(key(4), key(9))));
      assertTrue(now.get(key(8)).isPresent());
      assertThrows(IllegalArgumentException.class, () -> now.get(key(9)));
      Position outside = store.put(key(9), bytes("w9 again"));
      assertEquals(outside, mirror.snapshot(Freshness.atLeast(outside), LONG).position());
      assertEquals(5, mirror.verifyNow(LONG).entries());
    }
  }

  @Test
  void linearizableReadSeesWhatAnotherHandleCommitted() {
    try (Store other = Store.open(url);
        Mirror<String> mirror = Words.mirror(store).open()) {
      for (int i = 0; i < 100; i++) {
        other.put(key(i), bytes("w" + i));
        assertEquals(i + 1, mirror.snapshot(Freshness.LINEARIZABLE, LONG).size());
      }
    }
  }

  @Test
  void getGivesTheNewestEntryAndOldSnapshotsKeepTheirs() {
    store.put(key(1), bytes("one"));
    store.put(key(2), bytes("two"));
    try (Mirror<String> mirror = Words.mirror(store).open()) {
      Snapshot<String> first = mirror.snapshot();
      Position last = store.put(Map.of(key(1), bytes("uno"), key(3), bytes("tres")));
      mirror.snapshot(Freshness.atLeast(last), LONG);
      assertEquals("uno", mirror.get(key(1)).orElseThrow().value());
      assertEquals("tres", mirror.get(key(3)).orElseThrow().value());
      assertEquals("one", first.get(key(1)).orElseThrow().value());
      assertTrue(first.get(key(3)).isEmpty());
      mirror.snapshot(Freshness.atLeast(store.delete(key(2))), LONG);
      assertTrue(mirror.get(key(2)).isEmpty());
      assertEquals("two", first.get(key(2)).orElseThrow().value());
      assertThrows(IllegalArgumentException.class, () -> mirror.get(Key.of("other")));
    }
  }

  @Test
  void valueDecodedOnUseIsDecodedOnceMoreAndThenKept() {
    store.put(key(1), bytes("one"));
    AtomicInteger decoded = new AtomicInteger();
    try (Mirror<String> mirror =
        Mirror.of(
                store,
                stored -> {
                  decoded.incrementAndGet();
                  return Words.text(stored);
                })
            .range(ALL)
            .decodeOnUse()
            .verifyEvery(Duration.ZERO)
            .open()) {
      mirror.awaitReady(LONG);
      assertEquals(1, decoded.get());
      assertEquals("one", mirror.get(key(1)).orElseThrow().value());
      assertEquals("one", mirror.get(key(1)).orElseThrow().value());
      assertEquals(2, decoded.get());
    }
  }

  @Test
  void cachedReadTakesWhatIsThere() {
    try (Mirror<String> mirror = Words.mirror(store).open()) {
      Snapshot<String> first = mirror.snapshot();
      assertSame(first, mirror.snapshot(Freshness.CACHED, Duration.ZERO));
    }
  }

  @Test
  void freshnessThatCannotBeMetIsATimeout() {
    try (Mirror<String> mirror = Words.mirror(store).open()) {
      Position future = Position.of(1_000_000, 7);
      assertThrows(
          StoreException.Timeout.class,
          () -> mirror.snapshot(Freshness.atLeast(future), Duration.ofMillis(20)));
    }
  }

  @Test
  void positionWithAnotherTokenIsDiverged() {
    try (Mirror<String> mirror = Words.mirror(store).open()) {
      Position mine = mirror.snapshot().position();
      Position other = new Position(mine.revision(), mine.token() + 1);
      assertThrows(
          StoreException.Diverged.class, () -> mirror.snapshot(Freshness.atLeast(other), LONG));
    }
  }

  @Test
  void whatCannotBeDecodedIsLeftOutAlertedAndComesBackWhenMended() {
    List<Drift> drifts = new CopyOnWriteArrayList<>();
    store.put(key(1), bytes("broken at first"));
    store.put(key(2), bytes("fine"));
    try (Mirror<String> mirror =
        Mirror.of(store, MirrorTest::refuseBroken)
            .range(ALL)
            .onDrift(drifts::add)
            .verifyEvery(Duration.ZERO)
            .open()) {
      assertEquals(List.of("fine"), values(mirror.snapshot().range(ALL)));
      assertEquals(Drift.Kind.UNDECODABLE, drifts.get(0).kind());
      assertFalse(drifts.get(0).toString().contains("at first"));
      Position broken = store.put(Map.of(key(2), bytes("broken"), key(3), bytes("good")));
      assertEquals(
          List.of("good"), values(mirror.snapshot(Freshness.atLeast(broken), LONG).range(ALL)));
      assertEquals(2, drifts.size());
      assertTrue(mirror.verifyNow(LONG).isClean());
      store.delete(key(1));
      Position mended = store.put(key(2), bytes("mended"));
      Snapshot<String> now = mirror.snapshot(Freshness.atLeast(mended), LONG);
      assertEquals(List.of("mended", "good"), values(now.range(ALL)));
      assertTrue(now.undecodable().isEmpty());
      assertTrue(mirror.verifyNow(LONG).isClean());
      assertEquals(2, mirror.state().drifts());
      assertEquals(MirrorState.Phase.LIVE, mirror.state().phase());
    }
  }

  private static String refuseBroken(KeyValue stored) {
    String text = Words.text(stored);
    if (text.startsWith("broken")) {
      throw new IllegalArgumentException("cannot read " + text);
    }
    return text;
  }

  @Test
  void closeEndsThreadsWaitsAndCalls() throws InterruptedException {
    Mirror<String> mirror = Words.mirror(store).verifyEvery(Duration.ofHours(1)).open();
    Snapshot<String> taken = mirror.snapshot();
    Subscription<String> subscription = mirror.subscribe(ALL);
    Thread waiting =
        new Thread(
            () ->
                assertThrows(
                    StoreException.Closed.class,
                    () -> mirror.snapshot(Freshness.atLeast(Position.of(99, 9)), LONG)));
    waiting.start();
    Words.await("a thread waits", () -> waiting.getState() == Thread.State.TIMED_WAITING);
    mirror.close();
    mirror.close();
    waiting.join(LONG.toMillis());
    assertFalse(waiting.isAlive());
    assertThrows(StoreException.Closed.class, mirror::snapshot);
    assertThrows(StoreException.Closed.class, () -> mirror.subscribe(ALL));
    assertThrows(StoreException.Closed.class, () -> subscription.next(LONG));
    assertThrows(StoreException.Closed.class, () -> mirror.verifyNow(LONG));
    assertEquals(MirrorState.Phase.CLOSED, mirror.state().phase());
    assertEquals(0, taken.size());
    assertFalse(
        Thread.getAllStackTraces().keySet().stream()
            .anyMatch(thread -> thread.getName().startsWith("holdfast-mirror")));
  }

  @Test
  void mirrorOfAClosedStoreEnds() {
    Store own = Store.open("memory:" + UUID.randomUUID());
    try (Mirror<String> mirror = Words.mirror(own).open()) {
      mirror.awaitReady(LONG);
      own.close();
      Words.await("closed", () -> mirror.state().phase() == MirrorState.Phase.CLOSED);
      assertEquals(
          "the mirror was closed: its store was closed",
          assertThrows(StoreException.Closed.class, mirror::snapshot).getMessage());
      assertEquals("its store was closed", mirror.state().why());
      assertTrue(mirror.state().toString().contains("nothing to read"));
    }
  }

  @Test
  void wrongDescriptionsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> Mirror.of(store, Words::text).open());
    Mirror.Builder<String> twice = Words.mirror(store).index(new Index<>(INITIAL, e -> List.of()));
    assertThrows(IllegalArgumentException.class, twice::open);
  }
}
