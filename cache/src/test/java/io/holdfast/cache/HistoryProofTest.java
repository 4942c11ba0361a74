package io.holdfast.cache;

import static io.holdfast.cache.Words.ALL;
import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Backend;
import io.holdfast.store.Deadline;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.KeyRange;
import io.holdfast.store.MemoryProvider;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreProvider;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import io.holdfast.store.etcd.EtcdProvider;
import io.holdfast.store.sql.SqlProvider;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.Postgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A position counts as one of the store's history only when the store has said that it is. */
final class HistoryProofTest {
  @TempDir private Path folder;

  /** Its watches ask when they are looked at, and the first looks get no answer. */
  private static final class Slow extends ForwardingBackend {
    private final int looksInVain;

    Slow(Backend backend, int looksInVain) {
      super(backend);
      this.looksInVain = looksInVain;
    }

    @Override
    public Watch watch(List<KeyRange> ranges, Position after, Deadline deadline) {
      return new SlowWatch(ranges, after);
    }

    private final class SlowWatch implements Watch {
      private final List<KeyRange> ranges;
      private final Position after;
      private int looks;
      private Watch watch; // null until an answer came

      SlowWatch(List<KeyRange> ranges, Position after) {
        this.ranges = ranges;
        this.after = after;
      }

      @Override
      public Optional<WatchBatch> next(Duration timeout) {
        if (looks++ < looksInVain) {
          return Optional.empty();
        }
        if (watch == null) {
          watch = backend().watch(ranges, after, Deadline.after(LONG));
        }
        return watch.next(timeout);
      }

      @Override
      public State state() {
        return watch == null ? State.RETRYING : watch.state();
      }

      @Override
      public void close() {
        if (watch != null) {
          watch.close();
        }
      }
    }
  }

  private static Store slow(int looksInVain) {
    StoreConfig config = StoreConfig.of("memory:" + UUID.randomUUID());
    return Store.over(new Slow(new MemoryProvider().open(config), looksInVain), LONG);
  }

  private static void assertProof(Store store) {
    Position first = store.put(key(1), bytes("one"));
    Position second = store.put(key(2), bytes("two"));
    for (Position own : List.of(first, second)) {
      Loader.present(store, List.of(ALL), own);
      Position foreign = new Position(own.revision(), own.token() + 1);
      assertThrows(
          StoreException.Diverged.class, () -> Loader.present(store, List.of(ALL), foreign));
    }
    Position above = Position.of(second.revision().number() + 1000, 7);
    assertThrows(StoreException.Diverged.class, () -> Loader.present(store, List.of(ALL), above));
  }

  @Test
  void watchThatHasNoAnswerYetProvesNothing() {
    try (Store store = slow(3)) {
      assertProof(store);
    }
  }

  @Test
  void storeThatDoesNotAnswerProvesNothing() {
    try (Store store = slow(Integer.MAX_VALUE)) {
      Position first = store.put(key(1), bytes("one"));
      store.put(key(2), bytes("two"));
      Deadline soon = Deadline.after(Duration.ofMillis(50));
      assertThrows(
          StoreException.Timeout.class, () -> Loader.present(store, List.of(ALL), first, soon));
    }
  }

  @Test
  void positionThatIsAskedForIsNotTakenFromAStoreThatHasNotAnswered() {
    try (Store store = slow(1);
        RangeCache<String> cache = RangeCache.open(store, ALL, Words::text, 1 << 20)) {
      Position first = store.put(key(1), bytes("one"));
      store.put(key(2), bytes("two"));
      Position foreign = new Position(first.revision(), first.token() + 1);
      assertThrows(
          StoreException.Diverged.class, () -> cache.get(key(1), Freshness.atLeast(foreign), LONG));
      assertEquals("one", cache.get(key(1), Freshness.atLeast(first), LONG).orElseThrow().value());
    }
  }

  private static void assertProof(StoreProvider provider, StoreConfig place) {
    try (Store store = Store.over(provider.open(place), LONG);
        Mirror<String> mirror = Words.mirror(store).open()) {
      mirror.awaitReady(LONG); // its watch knows some positions already
      assertProof(store);
      assertTrue(mirror.verifyNow(LONG).isClean());
    }
  }

  @Test
  void sqliteProvesIt() {
    assertProof(new SqlProvider(), StoreConfig.of("sqlite:" + folder.resolve("proof.db")));
  }

  @Test
  void postgresProvesIt() {
    Database database = Postgres.shared().freshDatabase();
    assertProof(
        new SqlProvider(), Places.of("postgresql", database).withPassword(database.password()));
  }

  @Test
  void etcdProvesIt() {
    Etcd server = Etcd.shared();
    assertProof(new EtcdProvider(), Places.of(server, server.freshPrefix()));
  }
}
