package io.holdfast.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("W3")
final class ProvenWatchTest {
  private static final Position START = Position.of(4, 44);
  private static final KeyRange RANGE = KeyRange.under(Key.of("a"));

  /** A watch that delivers what it is given; then it ends. */
  private static final class Given implements Watch {
    private final Deque<WatchBatch> batches;
    private boolean closed;

    Given(WatchBatch... batches) {
      this.batches = new ArrayDeque<>(Arrays.asList(batches));
    }

    @Override
    public Optional<WatchBatch> next(Duration timeout) {
      if (batches.isEmpty()) {
        throw new StoreException.TooOld("no more", new Revision(9));
      }
      return Optional.of(batches.removeFirst());
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

  private static Position at(long revision) {
    return Position.of(revision, revision * 11);
  }

  private static WatchBatch batch(Position previous, Position position, Object... names) {
    List<Event> events = Arrays.stream(names).map(name -> Event.delete(Key.of("a", name))).toList();
    return new WatchBatch(previous, position, events);
  }

  private static void assertDiverged(WatchBatch... batches) {
    ProvenWatch watch = new ProvenWatch(new Given(batches), List.of(RANGE), START);
    for (int i = 1; i < batches.length; i++) {
      watch.next(Duration.ZERO);
    }
    StoreException first =
        assertThrows(StoreException.Diverged.class, () -> watch.next(Duration.ZERO));
    StoreException again =
        assertThrows(StoreException.Diverged.class, () -> watch.next(Duration.ZERO));
    assertEquals(first.getMessage(), again.getMessage());
    assertEquals(Watch.State.ENDED, watch.state());
  }

  @Test
  void batchesThatFollowAreDelivered() {
    WatchBatch one = batch(START, at(5), "x", "y");
    WatchBatch progress = batch(at(5), at(9));
    WatchBatch two = batch(at(9), at(10), "x");
    ProvenWatch watch = new ProvenWatch(new Given(one, progress, two), List.of(RANGE), START);
    for (WatchBatch batch : List.of(one, progress, two)) {
      assertEquals(Optional.of(batch), watch.next(Duration.ZERO));
    }
    assertEquals(Watch.State.FOLLOWING, watch.state());
  }

  @Test
  void aBatchThatDoesNotFollowWhereTheWatchWasOpenedIsBroken() {
    assertDiverged(batch(at(3), at(5), "x"));
  }

  @Test
  void aBatchThatFollowsAnotherTokenIsBroken() {
    assertDiverged(batch(START, at(5), "x"), batch(Position.of(5, 7), at(6), "x"));
  }

  @Test
  void aBatchLeftOutIsNoticed() {
    assertDiverged(batch(START, at(5), "x"), batch(at(6), at(7), "x"));
  }

  @Test
  void aBatchDeliveredTwiceIsNoticed() {
    assertDiverged(batch(START, at(5), "x"), batch(START, at(5), "x"));
  }

  @Test
  void aBatchThatGoesNowhereIsBroken() {
    assertDiverged(batch(START, START, "x"));
    assertDiverged(batch(START, at(3), "x"));
  }

  @Test
  @Tag("W2")
  void eventsOutOfOrderAreNoticed() {
    assertDiverged(batch(START, at(5), "y", "x"));
  }

  @Test
  @Tag("C8")
  void twoEventsForOneKeyAreNoticed() {
    assertDiverged(batch(START, at(5), "x", "x"));
  }

  @Test
  @Tag("W1")
  void eventsOutsideTheRangesAreNoticed() {
    WatchBatch foreign = new WatchBatch(START, at(5), List.of(Event.delete(Key.of("b", "x"))));
    assertDiverged(foreign);
  }

  @Test
  @Tag("W4")
  void theEndIsSaidAgain() {
    ProvenWatch watch = new ProvenWatch(new Given(), List.of(RANGE), START);
    for (int i = 0; i < 2; i++) {
      StoreException.TooOld end =
          assertThrows(StoreException.TooOld.class, () -> watch.next(Duration.ZERO));
      assertEquals(new Revision(9), end.oldest());
    }
    assertEquals(Watch.State.ENDED, watch.state());
  }

  @Test
  void closeClosesTheBackendsWatch() {
    Given given = new Given();
    new ProvenWatch(given, List.of(RANGE), START).close();
    assertTrue(given.closed);
  }
}
