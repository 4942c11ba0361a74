package io.holdfast.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
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
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a watcher saw, and why it ended, is in its log. */
final class FollowerTest {
  @TempDir Path folder;

  private final List<Long> reached = new ArrayList<>();

  private List<Watched.Step> follow(Store store, Position after, long until) {
    Path file = folder.resolve("w.watch");
    WatchLog log = new WatchLog(file, null, after);
    Follower follower =
        new Follower(store, null, after, log, new SplittableRandom(1), reached::add);
    follower.until(until);
    follower.run();
    List<Watched.Step> steps = new ArrayList<>();
    WatchLog.read(file, true).steps().forEach(steps::add);
    return steps;
  }

  @Test
  void allCommitsAreLoggedWithTheirWriters() {
    try (Store store = Store.open("memory:follower")) {
      Position start = store.status().head();
      int key = Space.ITEM.number(5);
      store.put(Space.key(key), Value.encode(4711, key, 1));
      Position deleted = store.delete(Space.key(key));
      List<Watched.Step> steps = follow(store, start, deleted.revision().number());
      assertEquals(2, steps.size());
      assertEquals(4711, steps.get(0).batch().writer(0));
      assertEquals(0, steps.get(1).batch().writer(0));
      assertEquals(deleted.token(), steps.get(1).batch().token());
    }
  }

  @Test
  void aWatchThatCannotGoOnWithoutAnEndIsLogged() {
    Backend memory = new MemoryProvider().open(StoreConfig.of("memory:follower-in-trouble"));
    try (Store store = Store.over(new Troubled(memory), Duration.ofSeconds(10))) {
      Position start = store.status().head();
      int key = Space.ITEM.number(5);
      long written = store.put(Space.key(key), Value.encode(4711, key, 1)).revision().number();
      List<Watched.Step> steps = follow(store, start, written);
      assertEquals(1, steps.size());
      assertTrue(String.valueOf(steps.get(0).end()).contains("Unavailable"), steps::toString);
    }
  }

  /** Passes on to who watches what a watch is to overcome by itself. */
  private static final class Troubled extends ForwardingBackend {
    private boolean told;

    Troubled(Backend backend) {
      super(backend);
    }

    @Override
    public Watch watch(List<KeyRange> ranges, Position after, Deadline deadline) {
      Watch watch = super.watch(ranges, after, deadline);
      return new Watch() {
        @Override
        public Optional<WatchBatch> next(Duration timeout) {
          if (!told) {
            told = true;
            throw new StoreException.Unavailable("the connection was cut", null);
          }
          return watch.next(timeout);
        }

        @Override
        public State state() {
          return watch.state();
        }

        @Override
        public void close() {
          watch.close();
        }
      };
    }
  }

  @Test
  void theEndOfAWatchIsLogged() {
    try (Store store = Store.open("memory:diverged")) {
      List<Watched.Step> steps = follow(store, Position.of(3, 4), 5);
      assertEquals(1, steps.size());
      assertTrue(steps.get(0).end().contains("Diverged"), steps::toString);
    }
  }
}
