package io.holdfast.conformance;

import static io.holdfast.conformance.Bytes.bytes;
import static io.holdfast.conformance.Bytes.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;

/** Rules W1 to W10: what a watch delivers, and how it ends. */
interface WatchContract extends StoreContract {
  private static List<Position> positions(List<WatchBatch> batches) {
    return batches.stream().map(WatchBatch::position).toList();
  }

  /** Commits that put, change, delete and put again; the last is the head. */
  private static List<Position> write(Store store, int commits) {
    List<Position> written = new ArrayList<>();
    for (int i = 0; i < commits; i++) {
      Key key = key("w" + i % 3);
      written.add(
          i % 4 == 3 ? store.delete(key("w" + (i - 1) % 3)) : store.put(key, bytes("v" + i)));
    }
    return written;
  }

  @Rule("W1")
  default void aWatchResumesBehindAnyPosition(Store store, Fixture fixture) {
    List<Position> all = new ArrayList<>(List.of(store.status().head()));
    all.addAll(write(store, 12));
    Position head = all.get(12);
    for (int from = 0; from < 12; from++) {
      try (Watch watch = store.watch(KeyRange.all(), all.get(from))) {
        List<WatchBatch> batches = Drain.commitsTo(watch, head, fixture.patience());
        assertEquals(
            all.subList(from + 1, 13), positions(batches), "commits above " + all.get(from));
      }
    }
  }

  @Rule("W1")
  default void commitsOfOtherHandlesArriveWhileOneWaits(Store store, Fixture fixture) {
    Store writer = fixture.open();
    try (Watch watch = store.watch(KeyRange.all(), store.status().head())) {
      for (int i = 0; i < 10; i++) {
        Position commit = (i % 2 == 0 ? writer : store).put(key("k" + i), bytes("v"));
        List<WatchBatch> batches = Drain.commitsTo(watch, commit, fixture.patience());
        assertEquals(List.of(commit), positions(batches), "commits since the last one");
      }
      assertTrue(watch.next(Drain.MOMENT).isEmpty(), "something arrived though nobody wrote");
    }
  }

  @Rule("W1")
  default void onlyCommitsThatTouchTheRangesAreDelivered(Store store, Fixture fixture) {
    Position start = store.status().head();
    List<Position> touching = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      touching.add(store.put(key("a" + i), bytes("v")));
      store.put(key("b" + i), bytes("v"));
      touching.add(store.put(Map.of(key("c"), bytes("v"), key("d"), bytes("v"))));
    }
    List<KeyRange> ranges = List.of(KeyRange.prefix(key("a")), KeyRange.single(key("c")));
    try (Watch watch = store.watch(ranges, start)) {
      List<WatchBatch> batches = Drain.commitsTo(watch, store.status().head(), fixture.patience());
      assertEquals(touching, positions(batches));
      assertTrue(
          batches.stream()
              .flatMap(batch -> batch.events().stream())
              .allMatch(e -> ranges.stream().anyMatch(range -> range.contains(e.key()))),
          "events outside the watched ranges");
    }
  }

  @Rule({"W2", "C1"})
  default void oneCommitIsOneBatch(Store store, Fixture fixture) {
    Position start = store.status().head();
    Map<Key, byte[]> values = new TreeMap<>();
    int keys = Math.min(1_500, store.limits().operationsMax());
    for (int i = keys; i > 0; i--) {
      values.put(key("k" + i), bytes("v"));
    }
    Position put = store.put(values);
    Position deleted = store.delete(KeyRange.all()).position();
    try (Watch watch = store.watch(KeyRange.all(), start)) {
      List<WatchBatch> batches = Drain.commitsTo(watch, deleted, fixture.patience());
      assertEquals(List.of(put, deleted), positions(batches), "batches of two commits");
      for (WatchBatch batch : batches) {
        assertEquals(
            List.copyOf(values.keySet()), batch.events().stream().map(Event::key).toList());
      }
    }
  }

  @Rule("W2")
  default void aKeyInTwoWatchedRangesIsOneEvent(Store store, Fixture fixture) {
    Position start = store.status().head();
    Position commit = store.put(Map.of(key("ab"), bytes("v"), key("b"), bytes("v")));
    List<KeyRange> ranges =
        List.of(KeyRange.from(key("b")), KeyRange.prefix(key("a")), KeyRange.all());
    try (Watch watch = store.watch(ranges, start)) {
      List<WatchBatch> batches = Drain.commitsTo(watch, commit, fixture.patience());
      assertEquals(
          List.of(key("ab"), key("b")), batches.get(0).events().stream().map(Event::key).toList());
    }
  }

  @Rule("W3")
  default void commitsThatDoNotTouchTheRangesShowAsProgress(Store store, Fixture fixture) {
    Position start = store.status().head();
    try (Watch watch = store.watch(KeyRange.prefix(key("a")), start)) {
      store.put(key("b"), bytes("v"));
      Position head = store.put(key("b"), bytes("w"));
      List<WatchBatch> batches = Drain.to(watch, head, fixture.patience());
      assertTrue(batches.stream().allMatch(WatchBatch::isProgress), "batches " + batches);
      assertEquals(start, batches.get(0).previous(), "the first batch follows where it was opened");
      assertEquals(head, batches.get(batches.size() - 1).position(), "where progress ends");
    }
  }

  @Rule("W3")
  default void everyBatchFollowsTheOneBefore(Store store, Fixture fixture) {
    Position last = store.status().head();
    try (Watch watch = store.watch(KeyRange.single(key("w1")), last)) {
      List<Position> written = write(store, 40);
      for (WatchBatch batch : Drain.to(watch, written.get(39), fixture.patience())) {
        assertEquals(last, batch.previous(), "what the batch at " + batch.position() + " follows");
        last = batch.position();
        assertTrue(
            written.contains(last), last + " is no commit's, and a watch is to resume there");
      }
    }
  }

  @Rule("W3")
  default void progressComesBehindTheEventsOfThePast(Store store, Fixture fixture) {
    Position start = store.status().head();
    store.put(key("b"), bytes("v"));
    Position touching = store.put(key("a"), bytes("v"));
    Position head = store.put(key("b"), bytes("w"));
    try (Watch watch = store.watch(KeyRange.prefix(key("a")), start)) {
      List<WatchBatch> batches = Drain.to(watch, head, fixture.patience());
      WatchBatch last = batches.get(batches.size() - 1);
      assertTrue(last.isProgress(), "the last batch, up to the head, is " + last);
      batches.removeIf(WatchBatch::isProgress);
      assertEquals(List.of(touching), positions(batches), "commits before that progress");
    }
  }

  @Rule("W3")
  default void progressNeverOvertakesEvents(Fixture fixture) throws Exception {
    int commits = fixture.settings().scaled(150);
    Store writer = fixture.open();
    Position start = fixture.status().head();
    List<Position> touching = new ArrayList<>();
    Callable<List<Position>> write =
        () -> {
          for (int i = 0; i < commits; i++) {
            Position commit = writer.put(key(i % 3 == 0 ? "a" : "b"), bytes("" + i));
            if (i % 3 == 0) {
              touching.add(commit);
            }
          }
          touching.add(writer.put(key("a"), bytes("last")));
          return touching;
        };
    Callable<List<Position>> follow =
        () -> {
          List<Position> seen = new ArrayList<>();
          try (Watch watch = fixture.store().watch(KeyRange.prefix(key("a")), start)) {
            while (seen.size() < (commits + 2) / 3 + 1) {
              WatchBatch batch = watch.next(fixture.patience()).orElseThrow();
              if (!batch.isProgress()) {
                seen.add(batch.position());
              }
            }
          }
          return seen;
        };
    List<List<Position>> both = Together.run(List.of(write, follow));
    assertEquals(both.get(0), both.get(1), "commits that touch the range");
  }

  @Rule("W4")
  default void aClosedWatchSaysClosedAgainAndAgain(Store store) {
    Watch watch = store.watch(KeyRange.all(), store.status().head());
    assertEquals(Watch.State.FOLLOWING, watch.state());
    watch.close();
    watch.close();
    assertThrows(StoreException.Closed.class, () -> watch.next(Duration.ZERO));
    assertThrows(StoreException.Closed.class, () -> watch.next(Duration.ZERO));
    assertEquals(Watch.State.ENDED, watch.state());
  }

  @History(commits = 10)
  @Rule("W4")
  default void tooOldIsSaidAgainAndNamesWhereToResume(Store store, Fixture fixture) {
    Position old = store.put(key("k"), bytes("v"));
    fixture.trimAbove(old);
    try (Watch watch = store.watch(KeyRange.all(), old)) {
      StoreException.TooOld end =
          assertThrows(StoreException.TooOld.class, () -> watch.next(fixture.patience()));
      assertThrows(StoreException.TooOld.class, () -> watch.next(fixture.patience()));
      assertTrue(end.oldest().isAfter(old.revision()), "oldest is said to be " + end.oldest());
      assertFalse(
          end.oldest().isAfter(store.status().oldest()),
          "a watch resumes from " + store.status().oldest() + " already, not " + end.oldest());
    }
  }

  @History(commits = 10)
  @Rule("W5")
  default void aPositionBeforeTheHistoryIsTooOld(Store store, Fixture fixture) {
    Position start = store.status().head();
    Position old = store.put(key("k"), bytes("v"));
    fixture.trimAbove(old);
    for (Position position : List.of(start, old)) {
      assertThrows(
          StoreException.TooOld.class,
          () -> {
            try (Watch watch = store.watch(KeyRange.prefix(key("k")), position)) {
              watch.next(fixture.patience());
            }
          },
          "a watch from " + position + ", the history begins at " + store.status().oldest());
    }
  }

  private static void assertDiverged(Fixture fixture, Position position, String what) {
    assertThrows(
        StoreException.Diverged.class,
        () -> {
          try (Watch watch = fixture.store().watch(KeyRange.all(), position)) {
            watch.next(fixture.patience());
          }
        },
        "a watch from " + what + ", " + position);
  }

  @Rule("W6")
  default void aPositionThatNeverWasIsDiverged(Store store, Fixture fixture) {
    write(store, 6);
    Position head = store.status().head();
    long number = head.revision().number();
    assertDiverged(fixture, Position.of(number, head.token() + 1), "another token at the head");
    assertDiverged(fixture, Position.of(number + 1, head.token()), "a revision above the head");
    assertDiverged(fixture, Position.of(number + 1000, 7), "a revision far above the head");
    try (Watch watch = store.watch(KeyRange.all(), fixture.first())) {
      Position middle = watch.next(fixture.patience()).orElseThrow().position();
      assertDiverged(
          fixture, new Position(middle.revision(), ~middle.token()), "another token in between");
    }
  }

  @Rule("W6")
  default void aPositionOfAnotherStoreIsDiverged(Store store, Fixture fixture) {
    Fixture other = fixture.other();
    assertDiverged(fixture, other.status().head(), "the beginning of another store");
    write(store, 3);
    assertDiverged(fixture, other.store().put(key("k"), bytes("v")), "another store");
  }

  @Rule("W6")
  default void aPositionThatARestoreLostIsDiverged(Store store, Fixture fixture) {
    store.put(key("k"), bytes("kept"));
    Position lost = fixture.save().put(key("k"), bytes("lost"));
    Store restored = fixture.restore();
    assertDiverged(fixture, lost, "a commit that the backup does not have");
    Position again = restored.put(key("k"), bytes("other"));
    assertDiverged(fixture, lost, "a commit that the backup did not have");
    restored.put(key("k"), bytes("other"));
    assertDiverged(fixture, lost, "a commit whose revision may belong to " + again + " now");
  }

  @Rule("W7")
  default void aSlowConsumerIsCaughtUpFromTheHistory(Store store, Fixture fixture) {
    int commits = fixture.settings().scaled(400);
    try (Watch slow = store.watch(KeyRange.all(), store.status().head());
        Watch first = store.watch(KeyRange.all(), store.status().head())) {
      store.put(key("k"), bytes("first"));
      Drain.to(first, store.status().head(), fixture.patience());
      List<Position> written = write(fixture.open(), commits);
      List<WatchBatch> batches =
          Drain.commitsTo(slow, written.get(commits - 1), fixture.patience());
      assertEquals(written, positions(batches).subList(1, batches.size()), "commits, one by one");
      assertEquals(
          written,
          positions(Drain.commitsTo(first, written.get(commits - 1), fixture.patience())),
          "commits that the watch sees which had been quicker at first");
    }
  }

  @History(commits = 10)
  @Rule("W7")
  default void aConsumerBehindTheHistoryIsEnded(Store store, Fixture fixture) {
    Position start = store.status().head();
    try (Watch slow = store.watch(KeyRange.all(), start)) {
      Position first = store.put(key("k"), bytes("v"));
      Drain.to(slow, first, fixture.patience());
      List<Position> missed = fixture.trimAbove(first);
      try {
        for (Position position : missed) {
          WatchBatch batch = slow.next(fixture.patience()).orElseThrow();
          assertEquals(position, batch.position(), "the next commit that the consumer gets");
        }
      } catch (StoreException.TooOld ended) {
        assertEquals(Watch.State.ENDED, slow.state());
      }
    }
  }

  @Rule("W9")
  default void nextWaitsNoLongerThanItsTimeout(Store store) {
    try (Watch watch = store.watch(KeyRange.all(), store.status().head())) {
      long millis = waits(watch);
      for (int i = 0; i < 2 && millis >= 3_000; i++) {
        millis = waits(watch); // the machine may have been busy with something else
      }
      assertTrue(millis < 3_000, "waits of 0 and 50 ms took " + millis + " ms, again and again");
    }
  }

  /** How many milliseconds it takes to wait in vain, once not at all and once for 50 ms. */
  private static long waits(Watch watch) {
    long start = System.nanoTime();
    assertTrue(watch.next(Duration.ZERO).isEmpty());
    assertTrue(watch.next(Duration.ofMillis(50)).isEmpty());
    long millis = (System.nanoTime() - start) / 1_000_000;
    assertTrue(millis >= 45, "a wait of 50 ms took " + millis + " ms");
    return millis;
  }

  @Rule("W9")
  default void whoAsksWithLittleTimeGetsOn(Store store, Fixture fixture) {
    Position start = store.status().head();
    List<Position> written = write(store, 5);
    List<Position> seen = new ArrayList<>();
    try (Watch watch = store.watch(KeyRange.all(), start)) {
      fixture.await(
          "a watch that is asked with a millisecond again and again",
          () -> {
            watch.next(Duration.ofMillis(1)).ifPresent(batch -> seen.add(batch.position()));
            return seen.contains(written.get(4));
          });
    }
    assertEquals(written, seen);
  }

  @Rule("W9")
  default void closeWakesWhoWaits(Store store, Fixture fixture) throws Exception {
    Watch watch = store.watch(KeyRange.all(), store.status().head());
    Callable<Boolean> waiting =
        () -> {
          assertThrows(
              StoreException.Closed.class, () -> watch.next(fixture.patience().multipliedBy(3)));
          return true;
        };
    Callable<Boolean> closing =
        () -> {
          watch.close();
          return true;
        };
    long start = System.nanoTime();
    Together.run(List.of(waiting, closing));
    Duration taken = Duration.ofNanos(System.nanoTime() - start);
    assertTrue(taken.compareTo(fixture.patience()) < 0, "close woke the waiter after " + taken);
  }

  @Rule("W9")
  default void aClosedWatchDeliversNothingMore(Store store) {
    Position start = store.status().head();
    write(store, 5);
    Watch watch = store.watch(KeyRange.all(), start);
    watch.next(Duration.ofSeconds(5));
    watch.close();
    assertThrows(StoreException.Closed.class, () -> watch.next(Duration.ofMillis(10)));
    store.put(key("k"), bytes("v"));
    assertThrows(StoreException.Closed.class, () -> watch.next(Duration.ofMillis(10)));
  }

  @Rule("W10")
  default void aDeletionIsAnEvent(Store store, Fixture fixture) {
    Position start = store.put(key("k"), bytes("v"));
    Position deletion = store.delete(key("k"));
    try (Watch watch = store.watch(KeyRange.single(key("k")), start)) {
      List<WatchBatch> batches = Drain.commitsTo(watch, deletion, fixture.patience());
      assertEquals(List.of(Event.delete(key("k"))), batches.get(0).events());
    }
  }

  @Rule("W10")
  default void theEventOfAWriteIsWhatAReadShows(Store store, Fixture fixture) {
    Position start = store.status().head();
    List<KeyValue> read = new ArrayList<>();
    for (String value : List.of("1", "2", "", "deleted", "4")) {
      if (value.equals("deleted")) {
        store.delete(key("k"));
      } else {
        store.put(key("k"), bytes(value));
        read.add(store.get(key("k")).orElseThrow());
      }
    }
    try (Watch watch = store.watch(KeyRange.all(), start)) {
      List<KeyValue> events =
          Drain.commitsTo(watch, store.status().head(), fixture.patience()).stream()
              .flatMap(batch -> batch.events().stream())
              .flatMap(event -> event.now().stream())
              .toList();
      assertEquals(read, events, "entries of the events, and as they were read");
    }
  }
}
