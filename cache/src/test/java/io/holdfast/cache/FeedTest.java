package io.holdfast.cache;

import static io.holdfast.cache.Words.ALL;
import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static io.holdfast.cache.Words.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** All who follow a store in a process share one watch of it. */
final class FeedTest {
  private static final KeyRange OTHERS = KeyRange.under(Key.of("other"));

  private final TestBackend backend = TestBackend.create();
  private final Store store = backend.store();

  @AfterEach
  void closeStore() {
    store.close();
  }

  private FeedWatch watch(KeyRange range) {
    return FeedWatch.open(store, List.of(range), store.status().head());
  }

  private static Mirror<String> mirror(Store store, KeyRange range) {
    return Mirror.of(store, Words::text).range(range).verifyEvery(Duration.ZERO).open();
  }

  /** One open watch would not tell: it is also there while the common one is opened anew. */
  private void awaitFollowers(int number) {
    Words.await(
        number + " followers of one watch",
        () -> {
          int followers = Feed.of(store).map(Feed::followers).orElse(0);
          return followers == number && backend.openWatches.get() == 1;
        });
  }

  @Test
  void mirrorsOfOneStoreShareItsWatch() {
    try (Mirror<String> one = mirror(store, ALL);
        Mirror<String> two = mirror(store, ALL);
        Mirror<String> other = mirror(store, OTHERS)) {
      List<Mirror<String>> all = List.of(one, two, other);
      awaitFollowers(3);
      int before = backend.eventsDelivered.get();
      Position last = write(100);
      for (Mirror<String> mirror : all) {
        Snapshot<String> now = mirror.snapshot(Freshness.atLeast(last), LONG);
        assertEquals(last, now.position());
        assertEquals(mirror == other ? 1 : 100, now.size());
      }
      assertEquals(101, backend.eventsDelivered.get() - before);
      assertEquals(1, backend.openWatches.get());
    }
    assertEquals(0, backend.openWatches.get());
  }

  private Position write(int words) {
    for (int i = 0; i < words; i++) {
      store.put(key(i), bytes("w" + i));
    }
    return store.put(Key.of("other"), bytes("x"));
  }

  @Test
  void whoGoesTakesItsRangesAlong() {
    try (Mirror<String> one = mirror(store, ALL)) {
      try (Mirror<String> other = mirror(store, OTHERS)) {
        one.awaitReady(LONG);
        other.awaitReady(LONG);
        awaitFollowers(2);
      }
      Position last = store.put(key(1), bytes("one"));
      one.snapshot(Freshness.atLeast(last), LONG);
      int before = backend.eventsDelivered.get();
      store.put(Key.of("other"), bytes("x"));
      last = store.put(key(2), bytes("two"));
      assertEquals(
          List.of("one", "two"), values(one.snapshot(Freshness.atLeast(last), LONG).range(ALL)));
      assertEquals(1, backend.eventsDelivered.get() - before);
    }
  }

  @Test
  void mirrorsThatComeAndGoWhileOthersWriteStayExact() {
    try (Bank bank = new Bank(store, 100).withWriters(2);
        Mirror<Long> steady = accounts()) {
      for (int round = 0; round < 30; round++) {
        try (Mirror<Long> passing = accounts();
            Mirror<String> other = mirror(store, OTHERS)) {
          other.awaitReady(LONG);
          assertEquals(Bank.SUM, Bank.sums(passing.snapshot(Freshness.LINEARIZABLE, LONG)).get(0));
          assertEquals(Bank.SUM, Bank.sums(steady.snapshot(Freshness.LINEARIZABLE, LONG)).get(0));
        }
      }
      bank.stop();
      assertTrue(steady.verifyNow(LONG).isClean());
      assertEquals(1, steady.state().timeline());
    }
  }

  private Mirror<Long> accounts() {
    return Mirror.of(store, Bank::balance)
        .range(Bank.ACCOUNTS)
        .index(Bank.BY_DIGIT)
        .verifyEvery(Duration.ZERO)
        .open();
  }

  @Test
  void eachFollowerGetsItsOwnRangesWholeAndInOrder() {
    Random random = new Random(5);
    List<List<Position>> commits = List.of(new ArrayList<>(), new ArrayList<>());
    try (FeedWatch words = watch(ALL);
        FeedWatch others = watch(OTHERS)) {
      for (int i = 0; i < 200; i++) {
        int which = random.nextInt(2);
        Key key = which == 0 ? key(i) : Key.of("other", i);
        commits.get(which).add(store.put(key, bytes("v")));
      }
      assertEquals(commits.get(0), committed(words, 100));
      assertEquals(commits.get(1), committed(others, 100));
    }
  }

  private static List<Position> committed(FeedWatch watch, int progressMax) {
    List<Position> committed = new ArrayList<>();
    Position last = null;
    for (int empty = 0; empty < progressMax; ) {
      Optional<WatchBatch> batch = watch.next(Duration.ofMillis(2));
      if (batch.isEmpty()) {
        empty++;
        continue;
      }
      assertTrue(last == null || batch.get().previous().equals(last));
      last = batch.get().position();
      if (!batch.get().isProgress()) {
        committed.add(last);
      }
    }
    return committed;
  }

  @Test
  void whoIsTooSlowIsLeftBehindAndCatchesUpByItself() {
    byte[] large = new byte[1 << 20];
    try (FeedWatch fast = watch(ALL);
        FeedWatch slow = watch(ALL)) {
      assertTrue(fast.next(Duration.ZERO).isEmpty());
      awaitJoined(slow);
      int commits = (int) (Feed.BEHIND_MAX / large.length) + 5;
      List<Position> all =
          IntStream.range(0, commits).mapToObj(i -> store.put(key(i), large)).toList();
      assertEquals(all, committed(fast, 10));
      assertEquals(all, committed(slow, 20));
      fast.next(Duration.ZERO);
      awaitJoined(slow);
      Position last = store.put(key(0), bytes("small"));
      assertEquals(List.of(last), committed(slow, 20));
      assertEquals(List.of(last), committed(fast, 20));
    }
  }

  private void awaitJoined(FeedWatch watch) {
    Words.await(
        "joined",
        () -> {
          assertTrue(watch.next(Duration.ZERO).isEmpty());
          return backend.openWatches.get() == 1;
        });
  }

  @Test
  void followerFromThePastGetsEverythingOnce() {
    Position begin = store.status().head();
    List<Position> all =
        IntStream.range(0, 50).mapToObj(i -> store.put(key(i), bytes("w"))).toList();
    try (FeedWatch now = watch(ALL);
        FeedWatch past = FeedWatch.open(store, List.of(ALL), begin)) {
      assertEquals(all, committed(past, 20));
      Position last = store.put(key(0), bytes("again"));
      assertEquals(List.of(last), committed(now, 20));
      assertEquals(List.of(last), committed(past, 20));
      assertEquals(1, backend.openWatches.get());
    }
  }

  @Test
  void whoDoubtsHasTheCommonWatchOpenedAnew() {
    try (FeedWatch one = watch(ALL)) {
      int before = backend.watchesOpened.get();
      one.doubt();
      Words.await(
          "another watch",
          () -> {
            assertTrue(one.next(Duration.ZERO).isEmpty());
            return backend.watchesOpened.get() == before + 1;
          });
      assertEquals(1, backend.openWatches.get());
      assertEquals(List.of(store.put(key(1), bytes("one"))), committed(one, 5));
    }
  }

  @Test
  void watchThatIsRefusedForATimeIsOpenedWhenTheStoreIsMended() {
    try (FeedWatch one = watch(ALL)) {
      backend.onWatch =
          () -> {
            throw new StoreException.Unusable(
                StoreException.Reason.ACCESS_DENIED, "the test said so", null);
          };
      one.doubt();
      assertTrue(one.next(Duration.ofMillis(20)).isEmpty());
      assertEquals(Watch.State.RETRYING, one.state());
      Position put = store.put(key(1), bytes("one"));
      backend.onWatch = () -> {};
      assertEquals(List.of(put), committed(one, 5));
      assertEquals(Watch.State.FOLLOWING, one.state());
    }
  }

  @Test
  void whoDoubtsAndFollowsByItselfOpensItsOwnWatchAnew() {
    Position begin = store.status().head();
    try (FeedWatch now = watch(ALL)) {
      List<Position> all =
          IntStream.range(0, 3).mapToObj(i -> store.put(key(i), bytes("w"))).toList();
      assertEquals(all, committed(now, 5));
      try (FeedWatch past = FeedWatch.open(store, List.of(ALL), begin)) {
        int before = backend.watchesOpened.get();
        past.doubt();
        assertEquals(before + 1, backend.watchesOpened.get());
        assertEquals(2, backend.openWatches.get());
        assertEquals(all, committed(past, 20));
      }
      FeedWatch.open(store, List.of(ALL), begin).close();
      assertEquals(1, backend.openWatches.get());
    }
  }

  @Test
  void whoIsClosedGetsNothingAndLeavesTheOthers() {
    try (FeedWatch one = watch(ALL)) {
      FeedWatch two = watch(ALL);
      awaitJoined(two);
      two.close();
      two.close();
      assertEquals(Watch.State.ENDED, two.state());
      assertThrows(StoreException.Closed.class, () -> two.next(LONG));
      Position put = store.put(key(1), bytes("one"));
      assertEquals(List.of(put), committed(one, 5));
      assertEquals(1, Feed.of(store).orElseThrow().followers());
    }
    assertEquals(0, backend.openWatches.get());
  }

  @Test
  void divergenceEndsAllAndAllBeginAnew() {
    try (Mirror<String> one = mirror(store, ALL);
        Mirror<String> two = mirror(store, ALL)) {
      store.put(key(1), bytes("old"));
      Position old = store.put(key(1), bytes("old again"));
      one.snapshot(Freshness.atLeast(old), LONG);
      two.snapshot(Freshness.atLeast(old), LONG);
      backend.exchangeFor(MirrorReloadTest.databaseWith("new", 1));
      for (Mirror<String> mirror : List.of(one, two)) {
        Words.await("anew", () -> mirror.state().timeline() == 2);
        assertEquals(List.of("new0"), values(mirror.snapshot().range(ALL)));
        assertEquals(1, mirror.state().divergences());
      }
      awaitFollowers(2);
    }
  }

  @Test
  void whoIsAheadNoticesThatTheWatchComesByAnotherHistory() {
    try (FeedWatch one = watch(ALL)) {
      backend.watchesHeld = true;
      Position put = store.put(key(1), bytes("one"));
      try (FeedWatch ahead = FeedWatch.open(store, List.of(ALL), put)) {
        assertEquals(2, Feed.of(store).orElseThrow().followers());
        Position other = new Position(put.revision(), put.token() + 1);
        backend.watchLie = batch -> new WatchBatch(batch.previous(), other, batch.events());
        backend.watchesHeld = false;
        assertThrows(StoreException.Diverged.class, () -> ahead.next(LONG));
        assertEquals(other, one.next(LONG).orElseThrow().position());
      }
    }
  }

  @Test
  void whoIsAheadNoticesThatTheWatchPassesOverWhereItStands() {
    try (FeedWatch one = watch(ALL)) {
      backend.watchesHeld = true;
      Store successor = backend.fork();
      Position lost = store.put(key(1), bytes("lost"));
      try (FeedWatch ahead = FeedWatch.open(store, List.of(ALL), lost)) {
        assertEquals(2, Feed.of(store).orElseThrow().followers());
        Position kept = successor.put(Key.of("other"), bytes("x"));
        Position last = Position.of(kept.revision().number() + 1, 7);
        backend.exchangeForFork();
        backend.watchLie = batch -> new WatchBatch(batch.previous(), last, List.of());
        backend.watchesHeld = false;
        assertThrows(StoreException.Diverged.class, () -> ahead.next(LONG));
        assertEquals(last, one.next(LONG).orElseThrow().position());
      }
    }
  }

  @Test
  void whoIsPassedOverWaitsForAStoreThatDoesNotSayWhetherItIsOfTheHistory() {
    try (FeedWatch one = watch(ALL)) {
      backend.watchesHeld = true;
      Position outside = store.put(Key.of("other"), bytes("x"));
      try (FeedWatch ahead = FeedWatch.open(store, List.of(ALL), outside)) {
        assertEquals(2, Feed.of(store).orElseThrow().followers());
        Position put = store.put(key(1), bytes("one"));
        List<Event> events = List.of(Event.put(store.get(key(1)).orElseThrow()));
        backend.watchLie = batch -> new WatchBatch(batch.previous(), put, events);
        refuseWatches();
        backend.watchesHeld = false;
        assertEquals(put, one.next(LONG).orElseThrow().position());
        assertTrue(ahead.next(Duration.ofMillis(20)).isEmpty());
        assertEquals(Watch.State.RETRYING, ahead.state());
        backend.onWatch = () -> {};
        WatchBatch late = ahead.next(LONG).orElseThrow();
        assertEquals(new WatchBatch(outside, put, events), late);
        assertEquals(Watch.State.FOLLOWING, ahead.state());
      }
    }
  }

  @Test
  void whoDoubtsAheadOfTheWatchWaitsForAStoreThatDoesNotAnswer() {
    try (FeedWatch one = watch(ALL)) {
      backend.watchesHeld = true;
      Position put = store.put(key(1), bytes("one"));
      try (FeedWatch ahead = FeedWatch.open(store, List.of(ALL), put)) {
        refuseWatches();
        ahead.doubt();
        assertTrue(ahead.next(Duration.ofMillis(20)).isEmpty());
        assertEquals(Watch.State.RETRYING, ahead.state());
        backend.onWatch = () -> {};
        backend.watchesHeld = false;
        Position next = store.put(key(2), bytes("two"));
        assertEquals(List.of(next), committed(ahead, 20));
        assertEquals(List.of(put, next), committed(one, 20));
        assertEquals(Watch.State.FOLLOWING, ahead.state());
      }
    }
  }

  private void refuseWatches() {
    backend.onWatch =
        () -> {
          throw new StoreException.Unavailable("the test said so", null);
        };
  }

  @Test
  void whoIsAheadOfTheWatchAndDoubtsIsToldThatItsCommitIsLost() {
    try (Mirror<String> one = mirror(store, ALL)) {
      one.awaitReady(LONG);
      backend.holdWatch();
      backend.fork();
      store.put(key(1), bytes("lost"));
      try (Mirror<String> ahead = mirror(store, ALL)) {
        assertEquals(List.of("lost"), values(ahead.snapshot().range(ALL)));
        awaitFollowers(2);
        backend.exchangeForFork();
        backend.watchesHeld = false;
        Snapshot<String> now = ahead.snapshot(Freshness.LINEARIZABLE, LONG);
        assertEquals(List.of(), values(now.range(ALL)));
        assertEquals(1, ahead.state().divergences());
        assertEquals(0, one.state().divergences());
      }
    }
  }
}
