package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Status;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import io.holdfast.store.Watch;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The history is kept for a time and a number of commits. */
@Timeout(120)
final class HistoryTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));

  @TempDir Path folder;

  private StoreConfig config() {
    return StoreConfig.of("sqlite:" + folder.resolve("a.db")).withTimeout(Opened.TIMEOUT);
  }

  private Opened open(StoreConfig config) {
    return Opened.at(config, now::get);
  }

  private static List<Position> put(Store store, int times) {
    List<Position> positions = new ArrayList<>();
    for (int i = 0; i < times; i++) {
      positions.add(store.put(Key.of("key", i % 7), Children.longs(i)));
    }
    return positions;
  }

  @Test
  void h3whatAProcessWritesThatWasSuspendedIsAsOldAsItIs() {
    StoreConfig config = config().withHistoryAge(Duration.ofHours(1));
    InstantSource behind = () -> now.get().minus(Duration.ofHours(2));
    try (Opened suspended = Opened.at(config, now::get, behind);
        Opened opened = open(config)) {
      put(suspended.store(), 3);
      opened.backend().trim();
      assertEquals(Revision.ZERO, opened.store().status().oldest());
    }
  }

  @Test
  void h3theHistoryIsTrimmedByNumberWithoutBeingAsked() {
    try (Opened opened = open(config().withHistoryCommits(10))) {
      Store store = opened.store();
      Position start = store.status().head();
      List<Position> positions = put(store, 200);
      Opened.await("the trimmer", () -> store.status().oldest().equals(new Revision(190)));
      assertEquals(7, store.count(KeyRange.all()));
      try (Watch watch = store.watch(KeyRange.all(), start)) {
        StoreException.TooOld tooOld =
            assertThrows(StoreException.TooOld.class, () -> watch.next(SOON));
        assertEquals(new Revision(190), tooOld.oldest());
        assertEquals(Watch.State.ENDED, watch.state());
      }
      try (Watch watch = store.watch(KeyRange.all(), positions.get(189))) {
        for (int i = 190; i < 200; i++) {
          assertEquals(positions.get(i), watch.next(SOON).orElseThrow().position());
        }
      }
    }
  }

  @Test
  void h3commitsAreKeptForTheirTimeAndTrimmedAfterIt() {
    try (Opened opened = open(config().withHistoryAge(Duration.ofHours(1)))) {
      put(opened.store(), 5);
      now.set(now.get().plus(Duration.ofMinutes(40)));
      put(opened.store(), 5);
      opened.backend().trim();
      assertEquals(Revision.ZERO, opened.store().status().oldest());
      now.set(now.get().plus(Duration.ofMinutes(40)));
      opened.backend().trim();
      assertEquals(new Revision(5), opened.store().status().oldest());
    }
  }

  @Test
  void h3aClockThatJumpsLosesAndBlocksNothing() {
    try (Opened opened = open(config().withHistoryAge(Duration.ofHours(1)));
        Watch watch = opened.store().watch(KeyRange.all(), opened.store().status().head())) {
      for (Duration jump :
          List.of(Duration.ofDays(3650), Duration.ofDays(-7300), Duration.ofDays(3650))) {
        Position before = opened.store().status().head();
        now.set(now.get().plus(jump));
        List<Position> positions = put(opened.store(), 5);
        assertEquals(before.revision().number() + 1, positions.get(0).revision().number());
        for (Position position : positions) {
          assertEquals(position, watch.next(SOON).orElseThrow().position());
        }
        opened.backend().trim();
        assertEquals(positions.get(4), opened.store().status().head());
        try (Watch again = opened.store().watch(KeyRange.all(), positions.get(4))) {
          assertTrue(again.next(Duration.ZERO).isEmpty());
        }
      }
    }
  }

  @Test
  void h2theNewestTokenIsKeptHoweverOldItIs() {
    Position last;
    try (Opened opened = open(config().withHistoryAge(Duration.ofHours(1)))) {
      last = put(opened.store(), 5).get(4);
      now.set(now.get().plus(Duration.ofDays(1)));
      opened.backend().trim();
      Status status = opened.store().status();
      assertEquals(last, status.head());
      assertEquals(last.revision(), status.oldest());
    }
    try (Opened opened = open(config())) {
      assertEquals(last, opened.store().status().head());
      try (Watch watch = opened.store().watch(KeyRange.all(), last)) {
        Position next = put(opened.store(), 1).get(0);
        assertEquals(next, watch.next(SOON).orElseThrow().position());
      }
    }
  }

  @Test
  void c9aRangeReadBeforeTheHistoryIsAConflict() {
    try (Opened opened = open(config().withHistoryAge(Duration.ofHours(1)))) {
      put(opened.store(), 3);
      Transaction tx = opened.store().begin();
      tx.get(KeyRange.all());
      tx.put(Key.of("other"), new byte[1]);
      opened.store().put(Key.of("elsewhere"), new byte[1]);
      now.set(now.get().plus(Duration.ofDays(1)));
      opened.backend().trim();
      assertThrows(StoreException.Conflict.class, tx::commit);
    }
  }

  /** A transaction that has read a range and writes a key. */
  private static Transaction reading(Store store, KeyRange range, Key result) {
    Transaction tx = store.begin();
    tx.get(range);
    tx.put(result, new byte[1]);
    return tx;
  }

  @Test
  void c4oldReadsAreProvenThroughTheKeys() {
    try (Opened opened = open(config())) {
      Store store = opened.store();
      put(store, 3);
      Transaction untouched = reading(store, KeyRange.under(Key.of("quiet")), Key.of("quiet", 1));
      Transaction touched = reading(store, KeyRange.under(Key.of("key")), Key.of("quiet", 2));
      put(store, 300);
      Position done = untouched.commit();
      assertEquals(new Revision(304), done.revision());
      assertThrows(StoreException.Conflict.class, touched::commit);
    }
  }

  @Test
  void c4oldReadsAreProvenAgainstRemovalsAsWell() {
    try (Opened opened = open(config())) {
      Store store = opened.store();
      store.put(Key.of("a", 1), new byte[1]);
      store.put(Key.of("b", 1), new byte[1]);
      Transaction untouched = reading(store, KeyRange.under(Key.of("a")), Key.of("result", 1));
      Transaction touched = reading(store, KeyRange.under(Key.of("b")), Key.of("result", 2));
      store.delete(Key.of("b", 1));
      for (int i = 0; i < 300; i++) {
        store.put(Key.of("other", i % 3), new byte[1]);
      }
      untouched.commit();
      assertThrows(StoreException.Conflict.class, touched::commit);
    }
  }

  @Test
  void w7aSlowConsumerIsCaughtUpThroughMoreHistoryThanOnePage() {
    try (Opened opened = open(config())) {
      Store store = opened.store();
      Position start = store.status().head();
      IntStream.range(0, 25).parallel().forEach(i -> put(store, 100));
      Position rare = store.put(Key.of("rare"), new byte[1]);
      try (Watch watch = store.watch(KeyRange.single(Key.of("rare")), start);
          Watch all = store.watch(KeyRange.all(), start)) {
        assertEquals(rare, watch.next(SOON).orElseThrow().position());
        for (int i = 1; i <= 2501; i++) {
          assertEquals(new Revision(i), all.next(SOON).orElseThrow().position().revision());
        }
      }
    }
  }

  @Test
  void w2commitsLargerThanAPageArriveWhole() {
    try (Opened opened = open(config())) {
      Store store = opened.store();
      Position start = store.status().head();
      for (int i = 0; i < 4; i++) {
        int n = i;
        store.transact(
            tx -> {
              for (int j = 0; j < 5; j++) {
                tx.put(Key.of("large", j), new byte[300_000 + n]);
              }
            });
      }
      try (Watch watch = store.watch(KeyRange.all(), start)) {
        for (int i = 0; i < 4; i++) {
          var batch = watch.next(SOON).orElseThrow();
          assertEquals(5, batch.events().size());
          int length = 300_000 + i;
          assertTrue(
              batch.events().stream().allMatch(e -> e.now().orElseThrow().valueLength() == length));
        }
      }
    }
  }
}
