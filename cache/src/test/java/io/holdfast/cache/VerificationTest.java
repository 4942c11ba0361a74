package io.holdfast.cache;

import static io.holdfast.cache.Words.ALL;
import static io.holdfast.cache.Words.INITIAL;
import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static io.holdfast.cache.Words.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.cache.Drift.Kind;
import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Whatever is corrupted, on either side, is found in one pass, told with both sides, and mended.
 */
final class VerificationTest {
  private static final int COUNT = 100;

  private final TestBackend backend = TestBackend.create().withPagesOf(7);
  private final Store store = backend.store();
  private final List<Drift> drifts = new CopyOnWriteArrayList<>();

  @BeforeEach
  void fill() {
    for (int i = 0; i < COUNT; i++) {
      store.put(key(i), bytes("word " + i));
    }
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private Mirror.Builder<String> words() {
    return Words.mirror(store).onDrift(drifts::add);
  }

  /** Corrupts, verifies, and gives the only drift that was found; afterwards all must be well. */
  private Drift onlyDriftAfter(UnaryOperator<Snapshot<String>> corruption) {
    try (Mirror<String> mirror = words().open()) {
      mirror.awaitReady(LONG);
      mirror.corrupt(corruption);
      Verification pass = mirror.verifyNow(LONG);
      assertEquals(COUNT, pass.entries());
      assertEquals(COUNT / 7 + 1, pass.pages());
      assertEquals(1, pass.drifts(), drifts.toString());
      assertEquals(1, pass.repaired());
      assertEquals(1, mirror.state().drifts());
      assertEquals(expected(), values(mirror.snapshot().range(ALL)));
      assertEquals("word 50", at50(mirror.snapshot()).value());
      assertTrue(mirror.snapshot().get(key(1000)).isEmpty());
      assertEquals(
          expected(), values(mirror.snapshot().range(INITIAL, KeyRange.under(Key.of("w")))));
      assertTrue(mirror.verifyNow(LONG).isClean());
      assertEquals(1, drifts.size());
      assertTrue(drifts.get(0).repaired());
      return drifts.get(0);
    }
  }

  private static List<String> expected() {
    return IntStream.range(0, COUNT).mapToObj(i -> "word " + i).toList();
  }

  private static Entry<String> entry(String text, long created, long modified) {
    return new Entry<>(KeyValue.adopt(key(50), bytes(text), created, modified), text);
  }

  private static Entry<String> at50(Snapshot<String> now) {
    return now.get(key(50)).orElseThrow();
  }

  @Test
  void entryMissingInTheMirror() {
    Drift drift = onlyDriftAfter(now -> Corruption.withoutItem(now, key(50)));
    assertEquals(Kind.MISSING_IN_MIRROR, drift.kind());
    assertEquals(key(50), drift.key());
    assertEquals(Optional.empty(), drift.mirror());
    assertEquals(store.get(key(50)), drift.store());
  }

  @Test
  void entryThatOnlyTheMirrorHas() {
    Entry<String> ghost =
        new Entry<>(KeyValue.adopt(key(1000), bytes("word ghost"), 1, 1), "word ghost");
    Drift drift =
        onlyDriftAfter(
            now ->
                Corruption.withPlace(
                    Corruption.withItem(now, key(1000), ghost),
                    0,
                    new IndexPlace(Key.of("w"), key(1000)),
                    ghost));
    assertEquals(Kind.EXTRA_IN_MIRROR, drift.kind());
    assertEquals(ghost.stored(), drift.mirror().orElseThrow());
    assertEquals(Optional.empty(), drift.store());
  }

  @Test
  void valueOfOneBitDifferent() {
    Drift drift =
        onlyDriftAfter(
            now -> {
              KeyValue stored = at50(now).stored();
              Entry<String> wrong =
                  entry("word 51", stored.created().number(), stored.modified().number());
              return Corruption.withPlace(
                  Corruption.withItem(now, key(50), wrong),
                  0,
                  new IndexPlace(Key.of("w"), key(50)),
                  wrong);
            });
    assertEquals(Kind.VALUE, drift.kind());
    assertEquals("word 51", Words.text(drift.mirror().orElseThrow()));
    assertEquals("word 50", Words.text(drift.store().orElseThrow()));
    assertFalse(drift.toString().contains("word 5"), drift.toString());
    assertTrue(drift.toString().contains("7 bytes, sha256:"), drift.toString());
  }

  @Test
  void revisionOfTheLastWrite() {
    Drift drift = onlyDriftAfter(now -> withRevisions(now, at50(now).created().number(), 7));
    assertEquals(Kind.VERSION, drift.kind());
  }

  @Test
  void revisionOfTheCreation() {
    Drift drift = onlyDriftAfter(now -> withRevisions(now, 7, at50(now).modified().number()));
    assertEquals(Kind.VERSION, drift.kind());
  }

  private static Snapshot<String> withRevisions(Snapshot<String> now, long created, long mod) {
    Entry<String> wrong = entry("word 50", created, mod);
    return Corruption.withPlace(
        Corruption.withItem(now, key(50), wrong), 0, new IndexPlace(Key.of("w"), key(50)), wrong);
  }

  @Test
  void indexEntryMissing() {
    IndexPlace place = new IndexPlace(Key.of("w"), key(50));
    Drift drift = onlyDriftAfter(now -> Corruption.withPlace(now, 0, place, null));
    assertEquals(Kind.INDEX, drift.kind());
    assertEquals(key(50), drift.key());
    assertTrue(drift.toString().contains("index initial has (\"w\") missing"), drift.toString());
  }

  @Test
  void indexEntryThatShouldNotBe() {
    IndexPlace place = new IndexPlace(Key.of("x"), key(50));
    Drift drift = onlyDriftAfter(now -> Corruption.withPlace(now, 0, place, at50(now)));
    assertEquals(Kind.INDEX, drift.kind());
    assertTrue(drift.toString().contains("index initial has (\"x\") extra"), drift.toString());
  }

  @Test
  void indexEntryOfAnItemThatIsNotThere() {
    IndexPlace place = new IndexPlace(Key.of("w"), key(1000));
    Entry<String> ghost =
        new Entry<>(KeyValue.adopt(key(1000), bytes("word ghost"), 1, 1), "word ghost");
    Drift drift = onlyDriftAfter(now -> Corruption.withPlace(now, 0, place, ghost));
    assertEquals(Kind.INDEX, drift.kind());
    assertEquals(key(1000), drift.key());
  }

  @Test
  void indexEntryThatShowsAnOldItem() {
    IndexPlace place = new IndexPlace(Key.of("w"), key(50));
    Drift drift =
        onlyDriftAfter(now -> Corruption.withPlace(now, 0, place, entry("word 50", 1, 1)));
    assertEquals(Kind.INDEX, drift.kind());
    assertTrue(drift.toString().contains("outdated"), drift.toString());
  }

  @Test
  void lookUpByKeyThatMissesAnItem() {
    Drift drift = onlyDriftAfter(now -> Corruption.withByKey(now, key(50), null));
    assertEquals(Kind.INDEX, drift.kind());
    assertEquals(key(50), drift.key());
  }

  /** Whenever something is removed, older snapshots are unsure of all that the look-up misses. */
  @Test
  void lookUpByKeyThatMissesAnItemIsFoundHoweverOftenOthersAreRemoved() throws Exception {
    AtomicBoolean stopped = new AtomicBoolean();
    Thread removing = new Thread(() -> putAndRemove(stopped), "removing");
    try (Mirror<String> mirror = words().open()) {
      mirror.awaitReady(LONG);
      removing.start();
      for (int round = 1; round <= 300; round++) {
        mirror.corrupt(now -> Corruption.withByKey(now, key(50), null));
        mirror.verifyNow(LONG);
        assertEquals(round, drifts.size());
      }
    } finally {
      stopped.set(true);
      removing.join();
    }
  }

  private void putAndRemove(AtomicBoolean stopped) {
    while (!stopped.get()) {
      store.put(key(2000), bytes("passing"));
      store.delete(key(2000));
      LockSupport.parkNanos(20_000); // the mirror is to get its turn
    }
  }

  @Test
  void lookUpByKeyThatShowsAnOldItem() {
    Drift drift = onlyDriftAfter(now -> Corruption.withByKey(now, key(50), entry("word 5", 1, 1)));
    assertEquals(Kind.INDEX, drift.kind());
  }

  @Test
  void lookUpByKeyThatShowsAnItemThatIsNotThere() {
    Entry<String> ghost =
        new Entry<>(KeyValue.adopt(key(1000), bytes("word ghost"), 1, 1), "word ghost");
    Drift drift = onlyDriftAfter(now -> Corruption.withByKey(now, key(1000), ghost));
    assertEquals(Kind.INDEX, drift.kind());
    assertEquals(key(1000), drift.key());
  }

  @Test
  void itemChangedInTheMirrorAloneIsMendedTogetherWithItsIndex() {
    try (Mirror<String> mirror = words().open()) {
      mirror.awaitReady(LONG);
      mirror.corrupt(now -> Corruption.withItem(now, key(50), entry("xord 50", 1, 1)));
      mirror.verifyNow(LONG);
      assertEquals(Kind.VALUE, drifts.get(0).kind());
      assertEquals(expected(), values(mirror.snapshot().range(INITIAL, KeyRange.all())));
      assertTrue(mirror.verifyNow(LONG).isClean());
    }
  }

  @Test
  void changesInTheStoreBehindItsOwnBackAreFoundAndAdopted() {
    try (Mirror<String> mirror = words().open()) {
      mirror.awaitReady(LONG);
      KeyValue tampered = KeyValue.adopt(key(50), bytes("tampered"), 51, 51);
      KeyValue planted = KeyValue.adopt(Key.of("word", 50, "b"), bytes("planted"), 1, 1);
      backend.lie =
          page -> {
            List<KeyValue> entries = new ArrayList<>();
            for (KeyValue entry : page.entries()) {
              if (entry.key().equals(key(50))) {
                entries.add(tampered);
                entries.add(planted);
              } else if (!entry.key().equals(key(60))) {
                entries.add(entry);
              }
            }
            return page.rest().isPresent()
                ? Page.truncated(entries, page.position(), page.rest().get())
                : Page.last(entries, page.position());
          };
      Verification pass = mirror.verifyNow(LONG);
      assertEquals(3, pass.drifts());
      assertEquals(3, pass.repaired());
      assertEquals(
          List.of(Kind.VALUE, Kind.MISSING_IN_MIRROR, Kind.EXTRA_IN_MIRROR),
          drifts.stream().map(Drift::kind).toList());
      Snapshot<String> now = mirror.snapshot();
      assertEquals("tampered", at50(now).value());
      assertEquals(1, now.count(INITIAL, KeyRange.under(Key.of("t"))));
      assertEquals("planted", now.get(planted.key()).orElseThrow().value());
      assertTrue(now.get(key(60)).isEmpty());
      assertTrue(mirror.verifyNow(LONG).isClean());
    }
  }

  @Test
  void eventThatWasLostOnTheWayIsFound() {
    try (Mirror<String> mirror = words().open()) {
      mirror.awaitReady(LONG);
      backend.watchLie = batch -> new WatchBatch(batch.previous(), batch.position(), List.of());
      store.put(key(50), bytes("word 50 again"));
      Position deleted = store.delete(key(60));
      mirror.snapshot(Freshness.atLeast(deleted), LONG);
      Verification pass = mirror.verifyNow(LONG);
      assertEquals(
          List.of(Kind.VALUE, Kind.EXTRA_IN_MIRROR), drifts.stream().map(Drift::kind).toList());
      assertEquals(2, pass.repaired());
      assertEquals("word 50 again", at50(mirror.snapshot()).value());
    }
  }

  @Test
  void pageThatWasOvertakenIsComparedWithThePastAndRepairsOnlyWhatIsStillSo() {
    TestBackend large = TestBackend.create();
    try (Store own = large.store();
        Mirror<String> mirror = Words.mirror(own).onDrift(drifts::add).open()) {
      for (int i = 0; i < 4; i++) {
        own.put(key(i), bytes("w" + i));
      }
      mirror.snapshot(Freshness.LINEARIZABLE, LONG);
      mirror.corrupt(now -> Corruption.withoutItem(now, key(1)));
      mirror.corrupt(now -> Corruption.withoutItem(now, key(2)));
      large.onRead =
          () -> {
            large.onRead = () -> {};
            own.put(key(0), bytes("w0 newer"));
            mirror.snapshot(Freshness.atLeast(own.delete(key(1))), LONG);
          };
      Verification pass = mirror.verifyNow(LONG);
      assertEquals(
          List.of(key(1), key(2)),
          drifts.stream()
              .filter(drift -> drift.kind() == Kind.MISSING_IN_MIRROR)
              .map(Drift::key)
              .toList());
      assertEquals(pass.drifts(), pass.repaired());
      assertEquals(List.of("w0 newer", "w2", "w3"), values(mirror.snapshot().range(ALL)));
      assertTrue(mirror.verifyNow(LONG).isClean());
    }
  }

  @Test
  void alertOnlyMendsNothing() {
    try (Mirror<String> mirror = words().repair(false).open()) {
      mirror.awaitReady(LONG);
      mirror.corrupt(now -> Corruption.withoutItem(now, key(50)));
      IndexPlace place = new IndexPlace(Key.of("w"), key(51));
      mirror.corrupt(now -> Corruption.withPlace(now, 0, place, null));
      for (int i = 0; i < 2; i++) {
        drifts.clear();
        Verification pass = mirror.verifyNow(LONG);
        assertEquals(3, pass.drifts(), drifts.toString());
        assertEquals(0, pass.repaired());
        assertTrue(drifts.stream().noneMatch(Drift::repaired));
      }
    }
  }

  @Test
  void backgroundPassFindsByItself() {
    try (Mirror<String> mirror = words().verifyEvery(Duration.ofMillis(50)).open()) {
      mirror.awaitReady(LONG);
      mirror.corrupt(now -> Corruption.withoutItem(now, key(50)));
      Words.await("found", () -> !drifts.isEmpty());
      Words.await("mended", () -> mirror.snapshot().get(key(50)).isPresent());
    }
  }

  @Test
  void backgroundPassKeepsNoTrailForLongerThanAPageMayTake() {
    try (Mirror<String> mirror = words().verifyEvery(Duration.ofMillis(20)).open()) {
      mirror.awaitReady(LONG);
      int loads = backend.reads.get();
      Words.await("a pass", () -> backend.reads.get() > loads);
      assertTrue(backend.patience.compareTo(Duration.ofMinutes(1)) <= 0, backend.patience + "");
    }
  }

  @Test
  void secretsAppearInNoText() {
    try (Mirror<String> mirror = words().secretKeys(key -> key.equals(key(50))).open()) {
      mirror.awaitReady(LONG);
      mirror.corrupt(now -> Corruption.withoutItem(now, key(50)));
      mirror.corrupt(
          now -> Corruption.withPlace(now, 0, new IndexPlace(Key.of("x"), key(50)), null));
      mirror.corrupt(
          now ->
              Corruption.withPlace(
                  now, 0, new IndexPlace(Key.of("x"), key(50)), entry("secret", 1, 1)));
      mirror.verifyNow(LONG);
      assertEquals(2, drifts.size());
      for (Drift drift : drifts) {
        assertEquals(key(50), drift.key());
        assertFalse(drift.toString().contains("50"), drift.toString());
        assertFalse(drift.toString().contains("sha256"), drift.toString());
        assertFalse(drift.toString().contains("\"x\""), drift.toString());
      }
    }
  }

  @Test
  void listenerThatFailsHarmsNothing() {
    try (Mirror<String> mirror =
        Words.mirror(store)
            .onDrift(
                drift -> {
                  throw new IllegalStateException("the test said so");
                })
            .onState(
                state -> {
                  throw new IllegalStateException("the test said so");
                })
            .open()) {
      mirror.awaitReady(LONG);
      mirror.corrupt(now -> Corruption.withoutItem(now, key(50)));
      assertEquals(1, mirror.verifyNow(LONG).repaired());
    }
  }

  @Test
  void passThatTakesTooLongIsATimeout() {
    try (Mirror<String> mirror = words().open()) {
      mirror.awaitReady(LONG);
      assertThrows(StoreException.Timeout.class, () -> mirror.verifyNow(Duration.ZERO));
    }
  }

  @Test
  void storeThatAnswersWithAnOlderStateIsNotBelieved() {
    try (Mirror<String> mirror = words().open()) {
      Position before = mirror.snapshot().position();
      Position now = store.put(key(0), bytes("word newer"));
      mirror.snapshot(Freshness.atLeast(now), LONG);
      backend.lie = page -> Page.last(List.of(), before);
      assertThrows(StoreException.Unavailable.class, () -> mirror.verifyNow(LONG));
      assertEquals(0, drifts.size());
      assertEquals(COUNT, mirror.snapshot().size());
    }
  }

  @Test
  void trailKnowsWhatCameAfterAPosition() {
    try (Mirror<String> mirror = words().open()) {
      Snapshot<String> first = mirror.snapshot();
      Position one = first.position();
      Position two = Position.of(one.revision().number() + 2, 22);
      Trail<String> trail = new Trail<>(first);
      Snapshot<String> second =
          new Snapshot<>(
              two,
              first.layout(),
              first.items(),
              first.byKey(),
              first.indexes(),
              first.undecodable());
      trail.add(second, List.of(Event.delete(key(50))));
      Position between = Position.of(one.revision().number() + 1, 11);
      assertEquals(Optional.of(first), trail.at(one));
      assertEquals(Optional.of(first), trail.at(between));
      assertEquals(Optional.of(second), trail.at(two));
      assertEquals(Optional.empty(), trail.at(new Position(two.revision(), 23)));
      assertEquals(Optional.empty(), trail.at(Position.of(0, 0)));
      assertTrue(trail.touchedAfter(between, key(50)));
      assertFalse(trail.touchedAfter(two, key(50)));
      assertFalse(trail.touchedAfter(one, key(51)));
    }
  }

  @Test
  void trailThatHasEndedTellsNothingOfTheNextTimeline() {
    try (Mirror<String> mirror = words().open()) {
      Snapshot<String> first = mirror.snapshot();
      Trail<String> trail = new Trail<>(first);
      trail.end();
      trail.add(first, List.of());
      long next = first.position().revision().number() + 1;
      assertTrue(trail.hasEnded());
      assertEquals(Optional.empty(), trail.at(first.position()));
      assertEquals(Optional.empty(), trail.at(Position.of(next, 7)));
    }
  }
}
