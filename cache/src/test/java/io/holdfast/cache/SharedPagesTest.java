package io.holdfast.cache;

import static io.holdfast.cache.Words.ALL;
import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A page that is read to verify one mirror is compared with all mirrors that hold any of it. */
final class SharedPagesTest {
  private static final int COUNT = 100;
  private static final int PER_PAGE = 7;
  private static final int PAGES = COUNT / PER_PAGE + 1;
  private static final Key EXTRA = Bank.key(COUNT);

  private final TestBackend backend = TestBackend.create().withPagesOf(PER_PAGE);
  private final Store store = backend.store();
  private final SharedPages pages = new SharedPages(store);

  private Shown shown(KeyRange range) {
    Shown shown = new Shown(range, null);
    pages.join(shown.check);
    return shown;
  }

  private Shown loaded(KeyRange range) {
    return shown(range).loadedFrom(store);
  }

  private boolean compareNext(Shown shown) {
    return pages.compareNext(shown.check, Deadline.after(LONG));
  }

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

  private static KeyRange between(int from, int to) {
    return KeyRange.of(key(from), key(to));
  }

  @Test
  void mirrorsOfOneRangeTakeTurnsAndReadItOnce() {
    List<Shown> all = List.of(loaded(ALL), loaded(ALL));
    int before = backend.reads.get();
    for (int i = 0; all.stream().anyMatch(shown -> shown.check.next().isPresent()); i++) {
      assertTrue(compareNext(all.get(i % 2)));
    }
    assertEquals(PAGES, backend.reads.get() - before);
    for (Shown shown : all) {
      Tally found = shown.check.finish(Deadline.after(LONG));
      assertEquals(List.of(COUNT, PAGES), List.of((int) found.entries, (int) found.pages));
      assertEquals(Optional.of(ALL), shown.check.next(), "the next round");
    }
  }

  @Test
  void eachMirrorIsMendedByWhatWasReadForAnother() {
    Shown one = loaded(ALL);
    Shown two = loaded(ALL);
    one.lose(0);
    two.lose(0);
    two.lose(1);
    assertTrue(compareNext(one));
    assertEquals(List.of(key(0)), one.drifted());
    assertEquals(List.of(key(0), key(1)), two.drifted());
    assertTrue(two.drifts.stream().allMatch(Drift::repaired));
    assertEquals(COUNT, two.published.newest().size());
  }

  @Test
  void onlyWhatLiesInBothIsComparedAndNotReadAgain() {
    Shown low = loaded(between(0, 60));
    Shown high = loaded(between(40, COUNT));
    high.lose(50);
    high.lose(70);
    while (low.check.next().isPresent()) {
      assertTrue(compareNext(low));
    }
    assertEquals(List.of(), low.drifted());
    assertEquals(List.of(key(50)), high.drifted());
    assertEquals(Optional.of(between(60, COUNT)), high.check.next());
    int before = backend.reads.get();
    while (high.check.next().isPresent()) {
      assertTrue(compareNext(high));
    }
    assertEquals(40 / PER_PAGE + 1, backend.reads.get() - before);
    assertEquals(List.of(key(50), key(70)), high.drifted());
    assertEquals(COUNT - 40, high.check.finish(Deadline.after(LONG)).entries);
  }

  @Test
  void otherRangesAreLeftAlone() {
    Shown low = loaded(between(0, 50));
    Shown high = loaded(between(50, COUNT));
    assertTrue(compareNext(low));
    assertEquals(0, high.check.finish(Deadline.after(LONG)).pages);
  }

  @Test
  void whoIsNotThereYetReadsForItselfAndHoldsNobodyUp() {
    Shown behind = loaded(ALL);
    store.put(key(0), bytes("word newer"));
    Shown loading = shown(ALL);
    Shown closed = loaded(ALL);
    closed.published.close("");
    Shown gone = loaded(ALL);
    pages.leave(gone.check);
    Shown reader = loaded(ALL);
    assertTrue(compareNext(reader));
    for (Shown other : List.of(behind, loading, closed, gone)) {
      assertEquals(Optional.of(ALL), other.check.next());
      assertEquals(List.of(), other.drifts);
    }
    assertTrue(compareNext(reader), "nothing is left locked");
  }

  @Test
  void errorOfTheStoreIsToldToWhomeverReadsAndLeavesNothingLocked() {
    Shown one = loaded(ALL);
    Shown two = loaded(ALL);
    backend.unavailable = true;
    for (Shown shown : List.of(one, two)) {
      Deadline soon = Deadline.after(Duration.ofMillis(50));
      assertThrows(StoreException.class, () -> pages.compareNext(shown.check, soon));
    }
    backend.unavailable = false;
    assertTrue(compareNext(one));
    assertTrue(compareNext(two));
    assertEquals(14, two.check.finish(Deadline.after(LONG)).entries);
  }

  @Test
  void failureInAnotherMirrorIsNotTheReadersMatter() {
    Shown reader = loaded(ALL);
    Predicate<Key> failing =
        key -> {
          throw new IllegalStateException("the test said so");
        };
    Shown other = new Shown(ALL, failing).loadedFrom(store);
    pages.join(other.check);
    other.lose(0);
    assertTrue(compareNext(reader));
    assertEquals(Optional.of(ALL), other.check.next());
    assertTrue(compareNext(reader), "nothing is left locked");
  }

  @Test
  void allAreFoundAndNothingElseWhileMirrorsVerifyTogetherAndOthersWrite() {
    List<Drift> drifts = new CopyOnWriteArrayList<>();
    Mirror.Builder<Long> accounts =
        Mirror.of(store, Bank::balance)
            .range(Bank.ACCOUNTS)
            .verifyEvery(Duration.ofMillis(1))
            .verifyRate(1_000_000)
            .onDrift(drifts::add);
    try (Bank bank = new Bank(store, COUNT).withWriters(2);
        Mirror<Long> one = accounts.open();
        Mirror<Long> two = accounts.open();
        Mirror<Long> three = accounts.open()) {
      for (int round = 1; round <= 20; round++) {
        for (Mirror<Long> mirror : List.of(one, two, three)) {
          mirror.awaitReady(LONG);
          mirror.corrupt(SharedPagesTest::withOneAccountMore);
        }
        int all = round * 3;
        Words.await("all are found", () -> drifts.size() >= all);
      }
      bank.stop();
      for (Mirror<Long> mirror : List.of(one, two, three)) {
        assertTrue(mirror.verifyNow(LONG).isClean());
        assertEquals(20, mirror.state().drifts());
      }
      assertEquals(List.of(), drifts.stream().filter(drift -> !drift.key().equals(EXTRA)).toList());
    }
  }

  private static Snapshot<Long> withOneAccountMore(Snapshot<Long> now) {
    KeyValue extra = KeyValue.adopt(EXTRA, Bank.bytes(1), 1, 1);
    return Corruption.withItem(now, EXTRA, new Entry<>(extra, 1L));
  }
}
