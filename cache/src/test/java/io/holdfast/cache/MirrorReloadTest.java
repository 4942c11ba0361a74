package io.holdfast.cache;

import static io.holdfast.cache.Words.ALL;
import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static io.holdfast.cache.Words.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.cache.MirrorState.Phase;
import io.holdfast.store.Backend;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.MemoryProvider;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a mirror does when it cannot go on from where it is. */
final class MirrorReloadTest {
  private final TestBackend backend = TestBackend.create();
  private final Store store = backend.store();
  private final Position first = store.status().head();
  private final List<MirrorState> states = new CopyOnWriteArrayList<>();

  @AfterEach
  void closeStore() {
    store.close();
  }

  private Mirror<String> mirror() {
    return Words.mirror(store).onState(states::add).open();
  }

  /** Another database, with so many commits of one word each. */
  static Backend databaseWith(String word, int commits) {
    String url = "memory:" + UUID.randomUUID();
    Backend other = new MemoryProvider().open(StoreConfig.of(url));
    Store writing = Store.over(other, LONG);
    for (int i = 0; i < commits; i++) {
      writing.put(key(1), bytes(word + i));
    }
    return other;
  }

  @Test
  void loadIsFinishedOnlyWhenTheWatchHasPassedTheLastPage() {
    TestBackend paged = TestBackend.create().withPagesOf(1);
    try (Store own = paged.store()) {
      own.put(Map.of(key(1), bytes("a old"), key(2), bytes("b old")));
      paged.watchesHeld = true;
      paged.onRead =
          () -> {
            paged.onRead = () -> {};
            own.put(Map.of(key(1), bytes("a new"), key(2), bytes("b new")));
          };
      try (Mirror<String> mirror = Words.mirror(own).open()) {
        assertThrows(StoreException.Timeout.class, () -> mirror.awaitReady(Duration.ofMillis(200)));
        paged.watchesHeld = false;
        assertEquals(List.of("a new", "b new"), values(mirror.snapshot().range(ALL)));
      }
    }
  }

  @Test
  void pageOfALostHistoryIsNoticedThoughTheWatchPassesItByWithoutAStop() {
    store.put(key(1), bytes("one"));
    store.put(Key.of("outside"), bytes("x"));
    Position seen = store.put(Key.of("outside"), bytes("y"));
    AtomicInteger reads = new AtomicInteger();
    backend.onRead =
        () -> {
          if (reads.incrementAndGet() == 1) {
            store.put(Key.of("outside"), bytes("z"));
          }
        };
    backend.lie =
        page ->
            reads.get() > 0
                ? page
                : Page.last(
                    List.of(KeyValue.adopt(key(1), bytes("lost"), 1, 2)),
                    new Position(seen.revision(), seen.token() + 1));
    // The load begins below the page, as after a failover that lost what it had read.
    backend.headLie = head -> reads.get() > 0 ? head : Position.of(0, zeroToken());
    try (Mirror<String> mirror = mirror()) {
      assertEquals(List.of("one"), values(mirror.snapshot().range(ALL)));
      assertTrue(mirror.state().divergences() > 0);
    }
  }

  /** The token of the empty history, from which a watch can begin. */
  private long zeroToken() {
    return first.token();
  }

  @Test
  void reloadHoldsWhatIsTheSameOnlyOnce() {
    for (int i = 0; i < 500; i++) {
      store.put(key(i), bytes("w" + i));
    }
    try (Mirror<String> mirror = mirror()) {
      Snapshot<String> before = mirror.snapshot();
      backend.watchLie =
          batch -> {
            backend.watchLie = same -> same;
            throw new StoreException.TooOld("the test said so", batch.position().revision());
          };
      store.put(Map.of(key(7), bytes("changed"), key(1000), bytes("new")));
      store.delete(key(8));
      Words.await("loaded anew", () -> mirror.state().timeline() == 2);
      Snapshot<String> after = mirror.snapshot(Freshness.LINEARIZABLE, LONG);
      assertEquals(500, after.size());
      for (int i = 9; i < 500; i++) {
        assertSame(before.get(key(i)).orElseThrow(), after.get(key(i)).orElseThrow());
      }
      assertEquals("changed", after.get(key(7)).orElseThrow().value());
      assertEquals("w7", before.get(key(7)).orElseThrow().value());
      assertEquals("w8", before.get(key(8)).orElseThrow().value());
      assertEquals(1, after.count(Words.INITIAL, KeyRange.under(Key.of("c"))));
      assertTrue(mirror.verifyNow(LONG).isClean());
    }
  }

  @Test
  void readsGoOnWhileTheMirrorOfAnExchangedDatabaseIsLoadedAnew() {
    store.put(key(1), bytes("old"));
    Semaphore pages = new Semaphore(0);
    LagBound far = LagBound.of(Duration.ofHours(1), LagBound.Beyond.SERVE);
    try (Mirror<String> mirror = Words.mirror(store).lagBound(far).onState(states::add).open()) {
      Snapshot<String> old = mirror.snapshot();
      backend.onRead = pages::acquireUninterruptibly;
      backend.exchangeFor(databaseWith("new", 1));
      Words.await("stale", () -> mirror.state().phase() == Phase.STALE);
      assertSame(old, mirror.snapshot());
      assertEquals(1, mirror.state().divergences());
      assertFalse(mirror.state().why().isEmpty());
      backend.onRead = () -> {};
      pages.release(100);
      Words.await("live", () -> mirror.state().phase() == Phase.LIVE);
      assertEquals(List.of("new0"), values(mirror.snapshot().range(ALL)));
      assertEquals(2, mirror.state().timeline());
      assertEquals(1, mirror.state().reloads());
      assertTrue(mirror.verifyNow(LONG).isClean());
    }
    assertEquals(
        List.of(Phase.LIVE, Phase.STALE, Phase.LIVE, Phase.CLOSED),
        states.stream().map(MirrorState::phase).toList());
  }

  @Test
  void linearizableReadNeverShowsALostHistory() {
    for (int i = 0; i < 5; i++) {
      store.put(key(1), bytes("old" + i));
    }
    for (int commits : new int[] {1, 5, 9}) {
      try (Mirror<String> mirror = mirror()) {
        mirror.awaitReady(LONG);
        backend.exchangeFor(databaseWith("new", commits));
        Snapshot<String> now = mirror.snapshot(Freshness.LINEARIZABLE, LONG);
        assertEquals(List.of("new" + (commits - 1)), values(now.range(ALL)));
      }
    }
  }

  @Test
  void positionOfAnotherHistoryIsNotTakenForThePastOfTheOneFollowed() {
    try (Mirror<String> mirror = mirror()) {
      mirror.awaitReady(LONG);
      Store successor = backend.fork();
      Position lost = store.put(key(1), bytes("lost"));
      Position last = store.put(key(2), bytes("lost too"));
      mirror.snapshot(Freshness.atLeast(last), LONG);
      Position kept = successor.put(key(1), bytes("kept"));
      assertEquals(lost.revision(), kept.revision());
      assertThrows(
          StoreException.Diverged.class, () -> mirror.snapshot(Freshness.atLeast(kept), LONG));
      backend.exchangeForFork();
      Words.await("loaded anew", () -> mirror.state().timeline() == 2);
      Snapshot<String> now = mirror.snapshot(Freshness.atLeast(kept), LONG);
      assertEquals(List.of("kept"), values(now.range(ALL)));
    }
  }

  @Test
  void reloadThatWouldGoBackIsADivergence() {
    for (int i = 0; i < 5; i++) {
      store.put(key(1), bytes("old" + i));
    }
    try (Mirror<String> mirror = mirror()) {
      mirror.awaitReady(LONG);
      backend.watchLie =
          batch -> {
            backend.watchLie = same -> same;
            backend.exchangeFor(databaseWith("new", 1));
            throw new StoreException.TooOld("the test said so", batch.position().revision());
          };
      store.put(key(1), bytes("last"));
      Words.await("loaded anew", () -> mirror.state().timeline() == 2);
      assertEquals(1, mirror.state().divergences());
      assertEquals(List.of("new0"), values(mirror.snapshot().range(ALL)));
    }
  }

  @Test
  void batchThatDoesNotFollowIsNotBelieved() {
    try (Mirror<String> mirror = mirror()) {
      mirror.awaitReady(LONG);
      AtomicBoolean once = new AtomicBoolean(true);
      backend.watchLie =
          batch ->
              once.getAndSet(false)
                  ? new WatchBatch(Position.of(77, 7), batch.position(), List.of())
                  : batch;
      Position put = store.put(key(1), bytes("one"));
      Snapshot<String> now = mirror.snapshot(Freshness.atLeast(put), LONG);
      assertEquals(List.of("one"), values(now.range(ALL)));
      assertEquals(1, mirror.state().divergences());
      assertEquals(2, mirror.state().timeline());
    }
  }

  @Test
  void storeThatDoesNotAnswerMakesTheMirrorStaleAndLiveAgain() {
    store.put(key(1), bytes("one"));
    try (Mirror<String> mirror = mirror()) {
      Snapshot<String> before = mirror.snapshot();
      backend.unavailable = true;
      Words.await("stale", () -> mirror.state().phase() == Phase.STALE);
      assertSame(before, mirror.snapshot());
      assertThrows(
          StoreException.Unavailable.class, () -> mirror.snapshot(Freshness.LINEARIZABLE, LONG));
      backend.unavailable = false;
      Words.await("live", () -> mirror.state().phase() == Phase.LIVE);
      assertEquals(1, mirror.state().timeline());
      store.put(key(2), bytes("two"));
      assertEquals(2, mirror.snapshot(Freshness.LINEARIZABLE, LONG).size());
    }
  }

  @Test
  void loadIsTriedUntilTheStoreAnswers() {
    store.put(key(1), bytes("one"));
    backend.unavailable = true;
    try (Mirror<String> mirror = mirror()) {
      Words.await("told", () -> !mirror.state().why().isEmpty());
      assertEquals(Phase.LOADING, mirror.state().phase());
      assertThrows(StoreException.Timeout.class, () -> mirror.awaitReady(Duration.ofMillis(10)));
      backend.unavailable = false;
      assertEquals(1, mirror.snapshot().size());
    }
  }

  @Test
  void tooOldIsAReloadInTheSameHistory() {
    StoreConfig config = StoreConfig.of("memory:" + UUID.randomUUID()).withHistoryCommits(3);
    TestBackend shortLived = new TestBackend(config);
    try (Store own = shortLived.store();
        Mirror<String> mirror = Words.mirror(own).open()) {
      mirror.awaitReady(LONG);
      shortLived.unavailable = true;
      Words.await("stale", () -> mirror.state().phase() == Phase.STALE);
      try (Store other = Store.open(config.toString())) {
        for (int i = 0; i < 10; i++) {
          other.put(key(i), bytes("w" + i));
        }
      }
      shortLived.unavailable = false;
      assertEquals(10, mirror.snapshot(Freshness.LINEARIZABLE, LONG).size());
      assertEquals(2, mirror.state().timeline());
      assertEquals(0, mirror.state().divergences());
    }
  }

  @Test
  void waitingLinearizableReadersAskForTheHeadOnce() throws InterruptedException {
    try (Mirror<String> mirror = mirror()) {
      mirror.awaitReady(LONG);
      Semaphore answers = new Semaphore(0);
      backend.onStatus = answers::acquireUninterruptibly;
      int before = backend.statusCallsOfReaders.get();
      List<Thread> readers = new CopyOnWriteArrayList<>();
      for (int i = 0; i < 50; i++) {
        Thread reader = new Thread(() -> mirror.snapshot(Freshness.LINEARIZABLE, LONG));
        reader.start();
        readers.add(reader);
      }
      Words.await("all wait", () -> readers.stream().allMatch(Words::waitsForTheHead));
      answers.release(1000);
      for (Thread reader : readers) {
        reader.join();
      }
      int asked = backend.statusCallsOfReaders.get() - before;
      assertTrue(asked <= 2, "asked " + asked + " times");
    }
  }

  @Test
  void closeDoesNotWaitForAStoreThatHangs() {
    Semaphore never = new Semaphore(0);
    backend.onStatus =
        () -> {
          try {
            never.acquire();
          } catch (InterruptedException e) {
            throw new StoreException.Interrupted("interrupted");
          }
        };
    Mirror<String> mirror = mirror();
    Words.await("asks", () -> backend.statusCalls.get() > 1);
    mirror.close(); // it gives up waiting for threads that do not end
    assertEquals(List.of(), Words.mirrorThreads(""));
  }
}
