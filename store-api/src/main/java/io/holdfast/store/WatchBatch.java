package io.holdfast.store;

import java.util.List;
import java.util.Objects;

/**
 * One whole commit as a watch delivers it, or a sign of progress.
 *
 * <p>A batch with events holds all events of one commit that lie in the watched ranges, in key
 * order. A batch without events says that the watch has seen everything up to {@code position} and
 * nothing in between touched the ranges.
 *
 * <p>Batches chain: {@code previous} is the position of the batch before (for the first one, where
 * the watch was opened).
 *
 * @param previous where the history stood before this batch
 * @param position where it stands after it
 * @param events at most one for a key, in ascending key order; empty means progress
 */
public record WatchBatch(Position previous, Position position, List<Event> events) {
  /** Copies the events. */
  public WatchBatch {
    Objects.requireNonNull(previous, "previous");
    Objects.requireNonNull(position, "position");
    events = List.copyOf(events);
  }

  /** Whether this batch only says how far the watch has come. */
  public boolean isProgress() {
    return events.isEmpty();
  }
}
