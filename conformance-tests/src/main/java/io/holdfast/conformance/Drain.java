package io.holdfast.conformance;

import io.holdfast.store.Position;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Pulling a watch. */
final class Drain {
  /** How long to look for what must not come. */
  static final Duration MOMENT = Duration.ofMillis(60);

  private Drain() {}

  /** Every batch up to a position; fails when the watch stops before. */
  static List<WatchBatch> to(Watch watch, Position end, Duration patience) {
    List<WatchBatch> batches = new ArrayList<>();
    while (batches.isEmpty() || end.isAfter(last(batches).position())) {
      Optional<WatchBatch> batch = watch.next(patience);
      if (batch.isEmpty()) {
        throw new AssertionError(
            "the watch delivered nothing for " + patience + " after " + batches + ", up to " + end);
      }
      batches.add(batch.get());
    }
    return batches;
  }

  /** As {@link #to}, without the batches that only say how far the watch has come. */
  static List<WatchBatch> commitsTo(Watch watch, Position end, Duration patience) {
    return to(watch, end, patience).stream().filter(batch -> !batch.isProgress()).toList();
  }

  private static WatchBatch last(List<WatchBatch> batches) {
    return batches.get(batches.size() - 1);
  }
}
