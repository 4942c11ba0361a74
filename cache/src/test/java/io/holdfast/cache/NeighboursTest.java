package io.holdfast.cache;

import static io.holdfast.cache.Words.ALL;
import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static io.holdfast.cache.Words.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What one mirror of a store holds, another takes from it and does not read again. */
final class NeighboursTest {
  private static final int COUNT = 100;
  private static final int PER_PAGE = 7;
  private static final int PAGES = COUNT / PER_PAGE + 1;
  private static final Duration HOUR = Duration.ofHours(1);
  private static final KeyRange LOW = KeyRange.of(ALL.start().orElseThrow(), key(60));

  private final TestBackend backend = TestBackend.create().withPagesOf(PER_PAGE);
  private final Store store = backend.store();
  private final List<Drift> drifts = new CopyOnWriteArrayList<>();

  @BeforeEach
  void fill() {
    for (int i = 0; i < COUNT; i++) {
      store.put(key(i), bytes("w" + i));
    }
  }

  @AfterEach
  void closeStore() {
    store.close();
  }

  private Mirror.Builder<String> words() {
    return Words.mirror(store).verifyEvery(HOUR).onDrift(drifts::add);
  }

  private Mirror.Builder<String> low() {
    return Mirror.of(store, Words::text).range(LOW).verifyEvery(HOUR).onDrift(drifts::add);
  }

  private static List<String> expected() {
    return IntStream.range(0, COUNT).mapToObj(i -> "w" + i).toList();
  }

  private static void assertExact(Mirror<String> mirror) {
    mirror.awaitReady(LONG);
    assertEquals(expected(), values(mirror.snapshot().range(ALL)));
  }

  @Test
  void mirrorsThatAreOpenedTogetherReadWhatTheyHoldOnce() {
    try (Mirror<String> one = words().open();
        Mirror<String> two = words().open();
        Mirror<String> three = words().open()) {
      List.of(one, two, three).forEach(NeighboursTest::assertExact);
      assertEquals(PAGES, backend.reads.get());
      Position last = store.put(key(COUNT), bytes("new"));
      for (Mirror<String> mirror : List.of(one, two, three)) {
        assertEquals(COUNT + 1, mirror.snapshot(Freshness.atLeast(last), LONG).size());
        assertTrue(mirror.verifyNow(LONG).isClean());
      }
    }
  }

  @Test
  void onlyWhatNobodyHoldsIsRead() {
    try (Mirror<String> some = low().open()) {
      some.awaitReady(LONG);
      assertEquals(60 / PER_PAGE + 1, backend.reads.get());
      try (Mirror<String> all = words().open()) {
        assertExact(all);
        assertEquals(60 / PER_PAGE + 1 + 40 / PER_PAGE + 1, backend.reads.get());
      }
    }
  }

  @Test
  void mostIsTakenFromWhoHoldsMost() {
    try (Mirror<String> all = words().open();
        Mirror<String> some = low().open()) {
      assertExact(all);
      some.awaitReady(LONG);
      int before = backend.reads.get();
      try (Mirror<String> more = words().open()) {
        assertExact(more);
        assertEquals(before, backend.reads.get());
      }
    }
  }

  @Test
  void whatCannotBeDecodedIsTakenToo() {
    store.put(key(5), new byte[0]); // has no first letter, so the index refuses it
    try (Mirror<String> one = words().open()) {
      one.awaitReady(LONG);
      try (Mirror<String> two = words().open()) {
        two.awaitReady(LONG);
        assertEquals(COUNT - 1, two.snapshot().size());
        assertEquals(PAGES, backend.reads.get());
        assertTrue(two.verifyNow(LONG).isClean());
      }
    }
  }

  @Test
  void differenceThatIsTakenAlongIsFoundAndMendedInBoth() {
    try (Mirror<String> one = words().open()) {
      one.awaitReady(LONG);
      one.corrupt(now -> Corruption.withoutItem(now, key(50)));
      try (Mirror<String> two = words().open()) {
        two.awaitReady(LONG);
        assertEquals(COUNT - 1, two.snapshot().size());
        assertEquals(1, two.verifyNow(LONG).drifts());
        assertEquals(List.of(key(50), key(50)), drifts.stream().map(Drift::key).toList());
        assertTrue(drifts.stream().allMatch(Drift::repaired));
        assertExact(one);
        assertExact(two);
      }
    }
  }

  @Test
  void whoDoesNotVerifyOrMendNeitherGivesNorTakes() {
    try (Mirror<String> told = words().repair(false).open();
        Mirror<String> never = words().verifyEvery(Duration.ZERO).open()) {
      told.awaitReady(LONG);
      never.awaitReady(LONG);
      assertEquals(2 * PAGES, backend.reads.get());
      told.corrupt(now -> Corruption.withoutItem(now, key(50)));
      never.corrupt(now -> Corruption.withoutItem(now, key(51)));
      try (Mirror<String> sound = words().open()) {
        assertExact(sound);
        assertEquals(3 * PAGES, backend.reads.get());
        try (Mirror<String> neverEither = words().verifyEvery(Duration.ZERO).open()) {
          assertExact(neverEither);
          assertEquals(4 * PAGES, backend.reads.get());
        }
      }
    }
  }

  /** A mirror of a single wrong word, from which another may be loaded. */
  private Shown neighbourAt(Position position) {
    KeyValue wrong = KeyValue.adopt(key(1), bytes("wrong"), 1, 1);
    return new Shown(ALL, null).loaded(position, List.of(wrong));
  }

  /** Opens a mirror of all words beside that one, and gives how many pages it reads. */
  private int pagesReadBeside(Store own, Shown neighbour, TestBackend from) {
    Pulse.Listener listener = (head, askedNanos) -> {};
    Pulse pulse = Pulse.join(own, listener);
    pulse.neighbours().join(neighbour.published);
    int before = from.reads.get();
    try (Mirror<String> mirror = Words.mirror(own).verifyEvery(HOUR).open()) {
      assertExact(mirror);
      return from.reads.get() - before;
    } finally {
      Pulse.leave(own, listener, LONG);
    }
  }

  @Test
  void whatIsOfALostHistoryIsNotTaken() {
    Position head = store.status().head();
    Position lost = new Position(head.revision(), head.token() + 1);
    assertEquals(PAGES, pagesReadBeside(store, neighbourAt(lost), backend));
  }

  @Test
  void whatIsLoadedAnewItselfIsNotTaken() {
    Shown condemned = neighbourAt(store.status().head());
    condemned.published.reloading("the test said so", true);
    assertEquals(PAGES, pagesReadBeside(store, condemned, backend));
    Shown stale = neighbourAt(store.status().head());
    stale.published.reloading("the test said so", false);
    assertEquals(PAGES, pagesReadBeside(store, stale, backend));
    assertEquals(PAGES, pagesReadBeside(store, new Shown(ALL, null), backend));
  }

  @Test
  void whatIsFromBeforeTheHistoryIsNotTaken() {
    StoreConfig place = StoreConfig.of("memory:" + UUID.randomUUID()).withHistoryCommits(3);
    TestBackend shortLived = new TestBackend(place);
    try (Store own = shortLived.store()) {
      Shown old = neighbourAt(own.status().head());
      for (int i = 0; i < COUNT; i++) {
        own.put(key(i), bytes("w" + i));
      }
      assertEquals(1, pagesReadBeside(own, old, shortLived));
    }
  }

  @Test
  void copiesStayExactWhileOthersWrite() {
    List<Mirror<Long>> all = new ArrayList<>();
    try (Bank bank = new Bank(store, COUNT).withWriters(2)) {
      for (int i = 0; i < 8; i++) {
        Mirror<Long> next =
            Mirror.of(store, Bank::balance)
                .range(Bank.ACCOUNTS)
                .index(Bank.BY_DIGIT)
                .verifyEvery(HOUR)
                .open();
        all.add(next);
        Snapshot<Long> now = next.snapshot(Freshness.LINEARIZABLE, LONG);
        assertEquals(List.of(Bank.SUM, Bank.SUM), Bank.sums(now));
      }
      bank.stop();
      for (Mirror<Long> mirror : all) {
        assertTrue(mirror.verifyNow(LONG).isClean());
        assertEquals(1, mirror.state().timeline());
      }
    } finally {
      all.forEach(Mirror::close);
    }
  }

  @Test
  void whoWaitsForAnotherLoadGoesOnWhenThatIsGivenUp() {
    CountDownLatch never = new CountDownLatch(1);
    backend.onRead = () -> awaitOrFail(never);
    Mirror<String> first = words().open();
    Words.await("the first reads", () -> backend.reads.get() == 1);
    Mirror<String> impatient = words().open();
    try (Mirror<String> second = words().open()) {
      impatient.close(); // it gives up waiting for threads that do not end
      assertEquals(2, Words.mirrorThreads("-follower").size(), "it has ended, though it waited");
      assertEquals(1, backend.reads.get());
      backend.onRead = () -> {};
      first.close();
      assertExact(second);
    }
  }

  private static void awaitOrFail(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("the test said so");
    }
  }

  @Test
  void nobodyWaitsForEver() {
    Neighbours neighbours = new Neighbours(Duration.ofMillis(10));
    Shown stuck = new Shown(ALL, null);
    Shown other = new Shown(LOW, null);
    neighbours.join(stuck.published);
    neighbours.join(other.published);
    neighbours.begin(stuck.published, stuck.layout.ranges());
    neighbours.begin(other.published, other.layout.ranges());
    neighbours.end(other.published);
  }

  @Test
  void loadsOfOtherRangesGoOnSideBySide() {
    Neighbours neighbours = new Neighbours(HOUR);
    Shown low = new Shown(LOW, null);
    Shown high = new Shown(KeyRange.from(key(60)), null);
    neighbours.join(low.published);
    neighbours.join(high.published);
    assertTimeoutPreemptively(
        LONG,
        () -> {
          neighbours.begin(low.published, low.layout.ranges());
          neighbours.begin(high.published, high.layout.ranges());
        });
  }
}
