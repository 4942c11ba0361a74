package io.holdfast.store;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * A backend's watch whose contiguity is proven batch by batch instead of trusted: each batch must
 * follow the one before, and hold only sorted events of the watched ranges. What does not is
 * reported as a divergence, since the consumer's copy can no longer be believed.
 */
final class ProvenWatch implements Watch {
  private final Watch watch;
  private final List<KeyRange> ranges;
  private Position last;
  private volatile StoreException end;

  ProvenWatch(Watch watch, List<KeyRange> ranges, Position after) {
    this.watch = watch;
    this.ranges = ranges;
    this.last = after;
  }

  @Override
  public Optional<WatchBatch> next(Duration timeout) {
    if (end != null) {
      throw end;
    }
    try {
      Optional<WatchBatch> batch = watch.next(timeout);
      batch.ifPresent(this::prove);
      return batch;
    } catch (StoreException.TooOld | StoreException.Diverged | StoreException.Closed e) {
      end = e;
      throw e;
    }
  }

  private void prove(WatchBatch batch) {
    if (!batch.previous().equals(last)) {
      throw broken(batch, "does not follow " + last + " but " + batch.previous());
    }
    if (!batch.position().isAfter(last)) {
      throw broken(batch, "is not after " + last);
    }
    Key previous = null;
    for (Event event : batch.events()) {
      Key key = event.key();
      if (previous != null && previous.compareTo(key) >= 0) {
        throw broken(batch, "has key " + key + " behind " + previous);
      }
      if (ranges.stream().noneMatch(range -> range.contains(key))) {
        throw broken(batch, "has key " + key + " that nobody asked for");
      }
      previous = key;
    }
    last = batch.position();
  }

  private static StoreException broken(WatchBatch batch, String how) {
    return new StoreException.Diverged("the store's batch at " + batch.position() + " " + how);
  }

  @Override
  public State state() {
    return end != null ? State.ENDED : watch.state();
  }

  @Override
  public void close() {
    watch.close();
  }
}
