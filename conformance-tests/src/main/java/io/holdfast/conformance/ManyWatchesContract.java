package io.holdfast.conformance;

import static io.holdfast.conformance.Bytes.bytes;
import static io.holdfast.conformance.Bytes.key;
import static io.holdfast.conformance.Bytes.raw;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Rule W1 for many watches of one handle, and for many or odd ranges of one watch. */
interface ManyWatchesContract extends StoreContract {
  private static List<Position> positions(List<WatchBatch> batches) {
    return batches.stream().map(WatchBatch::position).toList();
  }

  @Rule("W1")
  default void theEndOfOneWatchIsNotThatOfAnother(Store store, Fixture fixture) {
    Position start = store.status().head();
    try (Watch stays = store.watch(KeyRange.all(), start)) {
      try (Watch ends = store.watch(KeyRange.all(), start)) {
        Position first = store.put(key("k"), bytes("1"));
        Drain.to(ends, first, fixture.patience());
        Drain.to(stays, first, fixture.patience());
      }
      Position second = store.put(key("k"), bytes("2"));
      List<WatchBatch> batches = Drain.commitsTo(stays, second, fixture.patience());
      assertEquals(List.of(second), positions(batches), "commits behind the end of another watch");
    }
  }

  @Rule("W1")
  default void manyWatchesOfOneHandleGetOnTogether(Store store, Fixture fixture) {
    int many = 40;
    Position start = store.status().head();
    List<Watch> watches = new ArrayList<>();
    try {
      for (int i = 0; i < many; i++) {
        watches.add(store.watch(KeyRange.all(), start));
      }
      Position commit = store.put(key("k"), bytes("v"));
      for (Watch watch : watches) {
        List<WatchBatch> batches = Drain.commitsTo(watch, commit, fixture.patience());
        assertEquals(List.of(commit), positions(batches), "commits that one of " + many + " sees");
      }
    } finally {
      watches.forEach(Watch::close);
    }
  }

  @Rule("W1")
  default void aWatchOfManyRangesCoversEach(Store store, Fixture fixture) {
    List<KeyRange> ranges = new ArrayList<>();
    List<Position> touching = new ArrayList<>();
    Position start = store.status().head();
    for (int i = 100; i < 200; i++) {
      ranges.add(KeyRange.prefix(key("r" + i)));
      if (i % 7 == 0 || i == 199) {
        touching.add(store.put(key("r" + i + "x"), bytes("v")));
        store.put(key("x" + i), bytes("v"));
      }
    }
    Collections.reverse(ranges);
    try (Watch watch = store.watch(ranges, start)) {
      Position head = store.status().head();
      assertEquals(touching, positions(Drain.commitsTo(watch, head, fixture.patience())));
    }
  }

  @Rule({"W1", "K3"})
  default void aWatchOfAPrefixThatEndsIn0xFfCoversItsKeys(Store store, Fixture fixture) {
    List<Key> keys =
        List.of(
            raw('p', 0xFE, 0xFF),
            raw('p', 0xFF),
            raw('p', 0xFF, 0),
            raw('p', 0xFF, 0xFF, 7),
            raw('q'),
            raw(0xFF, 0xFE),
            raw(0xFF, 0xFF),
            raw(0xFF, 0xFF, 0xFF));
    Position start = store.status().head();
    Position commit = store.transact(tx -> keys.forEach(key -> tx.put(key, bytes("v"))));
    for (Key prefix : List.of(raw('p'), raw('p', 0xFF), raw(0xFF), raw(0xFF, 0xFF))) {
      try (Watch watch = store.watch(KeyRange.prefix(prefix), start)) {
        List<WatchBatch> batches = Drain.commitsTo(watch, commit, fixture.patience());
        assertEquals(
            keys.stream().filter(key -> key.startsWith(prefix)).toList(),
            batches.stream().flatMap(batch -> batch.events().stream()).map(Event::key).toList(),
            "keys that a watch of the prefix " + prefix + " sees");
      }
    }
  }
}
