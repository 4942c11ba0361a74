package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.Volume;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The volume of etcd's log is full: the server ends itself in the middle of commits, since it takes
 * room for its log ahead and cannot go on without it. Nothing is lost.
 */
@Timeout(180)
final class LogFullTest {
  /** Two files of the log, each of 64 MB, and not a third. */
  private static final int MEGABYTES = 150;

  private final Map<Key, Position> acknowledged = new HashMap<>();
  private final Map<Key, StoreException> troubles = new HashMap<>();

  @Test
  void c10aFullLogEndsTheServerAndLosesNothing() throws Exception {
    try (Volume volume = Volume.ofMegabytes(MEGABYTES);
        Etcd etcd = Etcd.start("wal-dir=" + volume.path().resolve("wal"))) {
      StoreConfig config = StoreConfig.of(EtcdHarness.url(etcd)).withTimeout(Duration.ofSeconds(3));
      try (Store store = Store.open(config);
          Watch watch = store.watch(KeyRange.all(), store.status().head())) {
        Position start = store.status().head();
        volume.fill();
        for (int i = 0; troubles.isEmpty(); i++) {
          assertTrue(i < 2 * MEGABYTES, "the log goes on without room");
          put(store, i);
        }
        assertFalse(troubles.values().iterator().next() instanceof StoreException.Unusable);
        volume.free();
        etcd.restart();
        Store patient = store.within(Await.PATIENCE);
        Position last = Await.available(() -> patient.put(Key.of("last"), new byte[1]));
        check(history(store, start, last));
        Await.commits(watch, last);
        assertEquals(Watch.State.FOLLOWING, watch.state());
      }
    }
  }

  private void put(Store store, int number) {
    Key key = Key.of("fill", number);
    try {
      acknowledged.put(key, store.put(key, new byte[1 << 20]));
    } catch (StoreException e) {
      troubles.put(key, e);
    }
  }

  private void check(Map<Key, Position> found) {
    acknowledged.forEach((key, position) -> assertEquals(position, found.get(key), key::toString));
    troubles.forEach(
        (key, told) ->
            assertTrue(
                told instanceof StoreException.UnknownOutcome || !found.containsKey(key),
                () -> key + " is there though it was told: " + told));
  }

  private static Map<Key, Position> history(Store store, Position start, Position last) {
    Map<Key, Position> found = new HashMap<>();
    Position at = start;
    try (Watch watch = store.watch(KeyRange.all(), start)) {
      while (last.isAfter(at)) {
        Optional<WatchBatch> batch = watch.next(Await.PATIENCE);
        at = batch.orElseThrow().position();
        for (Event event : batch.get().events()) {
          assertEquals(null, found.put(event.key(), at), () -> event.key() + " is there twice");
        }
      }
    }
    return found;
  }
}
