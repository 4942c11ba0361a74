package io.holdfast.cache;

import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.Position;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The snapshots that a mirror has passed since a moment, kept while a page is fetched: the page is
 * of a position that nobody knows beforehand, and has to be compared with the mirror as of there.
 *
 * <p>Guarded by the lock of {@link Published}.
 */
final class Trail<V> {
  private record Step<V>(Snapshot<V> after, List<Event> events) {}

  private final Deque<Step<V>> steps = new ArrayDeque<>();
  private volatile boolean ended;

  Trail(Snapshot<V> first) {
    steps.add(new Step<>(first, List.of()));
  }

  void add(Snapshot<V> after, List<Event> events) {
    if (!ended) {
      steps.add(new Step<>(after, events));
    }
  }

  /** The mirror was loaded anew: its snapshots no longer follow those in here. */
  void end() {
    ended = true;
    steps.clear();
  }

  boolean hasEnded() {
    return ended;
  }

  boolean hasReached(Position position) {
    return !position.isAfter(steps.getLast().after.position());
  }

  /**
   * The mirror as of a position that was reached: the last snapshot at or before it, since what the
   * watch passed over did not touch the mirrored ranges. Empty when the position is before the
   * first, or the mirror has another token there.
   */
  Optional<Snapshot<V>> at(Position position) {
    Snapshot<V> last = null;
    for (Step<V> step : steps) {
      if (step.after.position().isAfter(position)) {
        break;
      }
      last = step.after;
    }
    return Optional.ofNullable(last)
        .filter(found -> position.isAfter(found.position()) || position.equals(found.position()));
  }

  /** Whether a commit after the position has written or deleted the key. */
  boolean touchedAfter(Position position, Key key) {
    return steps.stream()
        .filter(step -> step.after.position().isAfter(position))
        .flatMap(step -> step.events.stream())
        .anyMatch(event -> event.key().equals(key));
  }
}
