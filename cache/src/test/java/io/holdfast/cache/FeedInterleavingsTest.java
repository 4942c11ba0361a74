package io.holdfast.cache;

import static io.holdfast.cache.Words.LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Backend;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Count;
import io.holdfast.store.Deadline;
import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Limits;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Status;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The watch that all who follow a store share, in every way in which its followers can take turns
 * with one preemption: each gets its own commits once and in order, and nobody is left asleep.
 * {@code -Dholdfast.interleavings.preemptions=2} tries many more ways.
 */
final class FeedInterleavingsTest {
  private static final int PREEMPTIONS_MAX =
      Integer.getInteger("holdfast.interleavings.preemptions", 1);
  private static final KeyRange LEFT = KeyRange.under(Key.of("left"));
  private static final KeyRange RIGHT = KeyRange.under(Key.of("right"));
  private static final Position BEGIN = Position.of(1, 1);

  /** Each writes into both ranges. */
  private static final int COMMITS = 2;

  private static final List<Integer> ALL = IntStream.rangeClosed(2, COMMITS + 1).boxed().toList();

  /** A history that grows by turns, and watches of it that stop before and after each look. */
  private static final class Stepped implements Backend {
    private final Interleavings turns;
    private final int loss;
    private int head = 1; // whoever has the turn may read and write it

    /** How many commits a watch passes over that is not opened at the begin; right is none. */
    Stepped(Interleavings turns, int loss) {
      this.turns = turns;
      this.loss = loss;
    }

    void commitAll() {
      for (int i = 0; i < COMMITS; i++) {
        turns.stop();
        head++;
      }
    }

    private static List<Event> events(int revision, List<KeyRange> ranges) {
      return Stream.of(Key.of("left"), Key.of("right"))
          .filter(key -> ranges.stream().anyMatch(range -> range.contains(key)))
          .map(key -> Event.put(KeyValue.adopt(key, new byte[0], revision, revision)))
          .toList();
    }

    @Override
    public Watch watch(List<KeyRange> ranges, Position after, Deadline deadline) {
      turns.stop();
      SteppedWatch opened = new SteppedWatch(ranges, after);
      turns.stop();
      return opened;
    }

    private final class SteppedWatch implements Watch {
      private final List<KeyRange> ranges;
      private Position last;
      private int looked;
      private volatile boolean closed;

      SteppedWatch(List<KeyRange> ranges, Position after) {
        this.ranges = ranges;
        this.last = after;
        this.looked = (int) after.revision().number() + (after.equals(BEGIN) ? 0 : loss);
      }

      @Override
      public Optional<WatchBatch> next(Duration timeout) {
        turns.stop(() -> closed || looked < head, timeout.compareTo(Duration.ofSeconds(1)) < 0);
        Optional<WatchBatch> batch = look();
        turns.stop();
        return batch;
      }

      private Optional<WatchBatch> look() {
        if (closed) {
          throw new StoreException.Closed("the watch was closed");
        }
        if (looked >= head) {
          return Optional.empty();
        }
        looked++;
        List<Event> events = events(looked, ranges);
        WatchBatch batch = new WatchBatch(last, Position.of(looked, looked), events);
        last = batch.position();
        return Optional.of(batch);
      }

      @Override
      public State state() {
        return closed ? State.ENDED : State.FOLLOWING;
      }

      @Override
      public void close() {
        closed = true;
      }
    }

    @Override
    public Status status(Deadline deadline) {
      return new Status(BEGIN, BEGIN.revision(), new UUID(0, 1), new Limits(9, 9, 9, 99, 9, 99));
    }

    @Override
    public Page read(KeyRange range, int entriesMax, Deadline deadline) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Count count(KeyRange range, Deadline deadline) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Position commit(CommitRequest request, Deadline deadline) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void close() {}
  }

  /** Some followers, and what each of them got. */
  private static class Followers implements Interleavings.Scenario {
    private final List<KeyRange> ranges;
    private final int loss;
    final Map<Integer, List<Integer>> got = new TreeMap<>();
    Interleavings turns;
    Store store;

    Followers(int loss, KeyRange... ranges) {
      this.ranges = List.of(ranges);
      this.loss = loss;
    }

    @Override
    public List<Runnable> threads(Interleavings takenTurns) {
      turns = takenTurns;
      Stepped stepped = new Stepped(turns, loss);
      store = Store.over(stepped, LONG);
      List<Runnable> threads = new ArrayList<>();
      threads.add(stepped::commitAll);
      for (int i = 0; i < ranges.size(); i++) {
        int number = i;
        got.put(number, new CopyOnWriteArrayList<>());
        threads.add(() -> follow(number));
      }
      return threads;
    }

    private void follow(int number) {
      Position last = BEGIN;
      KeyRange range = ranges.get(number);
      try (FeedWatch watch = FeedWatch.open(store, List.of(range), BEGIN)) {
        if (number == 0 && doubts()) {
          watch.doubt();
        }
        while (got.get(number).size() < wanted(number)) {
          Optional<WatchBatch> next = watch.next(LONG);
          if (next.isPresent()) {
            assertEquals(last, next.get().previous());
            last = next.get().position();
            int revision = (int) last.revision().number();
            assertEquals(Stepped.events(revision, List.of(range)), next.get().events());
            got.get(number).add(revision);
          }
          turns.stop();
        }
      }
    }

    /** How many commits a follower waits for. */
    int wanted(int number) {
      return COMMITS;
    }

    /** Whether the first follower has the watch opened anew before it asks for anything. */
    boolean doubts() {
      return false;
    }

    @Override
    public int asleep() {
      return Feed.of(store).map(Feed::waiting).orElse(0);
    }

    @Override
    public void check() {
      for (int i = 0; i < ranges.size(); i++) {
        assertEquals(ALL, got.get(i));
      }
      assertTrue(Feed.of(store).isEmpty(), "the last one has left");
    }
  }

  private static void tryAll(Interleavings.Begin begin, int preemptionsMax) {
    int ways = Interleavings.tryAll(begin, preemptionsMax);
    assertTrue(ways >= 50, "there are many ways: " + ways);
  }

  @Test
  void followersOfOneRangeGetEachCommitOnce() {
    tryAll(() -> new Followers(0, LEFT, LEFT), PREEMPTIONS_MAX);
  }

  @Test
  void followersOfTwoRangesGetEachCommitOnce() {
    tryAll(() -> new Followers(0, LEFT, RIGHT), PREEMPTIONS_MAX);
  }

  /** While the watch is opened anew somebody comes whose range it does not cover. */
  @Test
  void whoComesWhileTheWatchIsOpenedAnewMissesNothing() {
    Interleavings.Begin begin =
        () ->
            new Followers(0, LEFT, RIGHT) {
              @Override
              boolean doubts() {
                return true;
              }
            };
    tryAll(begin, PREEMPTIONS_MAX);
  }

  /** The first follower goes when it has got so many commits, while the other one goes on. */
  private static final class OneLeaves extends Followers {
    private final int wanted;

    OneLeaves(int wanted, KeyRange... ranges) {
      super(0, ranges);
      this.wanted = wanted;
    }

    @Override
    int wanted(int number) {
      return number == 0 ? wanted : COMMITS;
    }

    @Override
    public void check() {
      assertEquals(ALL.subList(0, wanted), got.get(0).subList(0, wanted));
      assertEquals(ALL, got.get(1));
      assertTrue(Feed.of(store).isEmpty(), "the last one has left");
    }
  }

  @Test
  void whoLeavesLeavesTheOthersWhole() {
    for (int wanted = 0; wanted < COMMITS; wanted++) {
      int commits = wanted;
      tryAll(() -> new OneLeaves(commits, LEFT, RIGHT), PREEMPTIONS_MAX);
      tryAll(() -> new OneLeaves(commits, LEFT, LEFT), PREEMPTIONS_MAX);
    }
  }

  @Test
  void commitLostWhenTheWatchIsOpenedAnewWouldBeNoticed() {
    AssertionError e =
        assertThrows(AssertionError.class, () -> tryAll(() -> new Followers(1, LEFT, RIGHT), 1));
    assertTrue(e.getMessage().startsWith("way"), e.getMessage());
  }

  @Test
  void followerThatIsLeftAsleepWouldBeNoticed() {
    Interleavings.Begin begin =
        () ->
            new Followers(0, LEFT, LEFT) {
              @Override
              public List<Runnable> threads(Interleavings turns) {
                return super.threads(turns).subList(1, 3); // nobody commits
              }
            };
    AssertionError e = assertThrows(AssertionError.class, () -> tryAll(begin, 1));
    assertTrue(e.getCause().getMessage().contains("never"), e.getCause().getMessage());
  }
}
