package org.example.mvstore;

import io.holdfast.store.Deadline;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Looks into the history, and waits for it to grow. */
final class MvWatch implements Watch {
  /** A look is quick; this bounds only how long it may wait behind others. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private final MvBackend store;
  private final Signal changed;
  private final List<KeyRange> ranges;
  private Position last;
  private volatile boolean closed;

  MvWatch(MvBackend store, List<KeyRange> ranges, Position after) {
    this.store = store;
    this.changed = store.open().changed();
    this.ranges = ranges;
    this.last = after;
  }

  @Override
  public Optional<WatchBatch> next(Duration timeout) {
    Deadline deadline = Deadline.after(timeout);
    while (true) {
      long seen = changed.changes();
      Optional<WatchBatch> batch = look();
      if (batch.isPresent() || deadline.hasPassed()) {
        batch.ifPresent(found -> last = found.position());
        return batch;
      }
      changed.await(seen, deadline);
    }
  }

  private Optional<WatchBatch> look() {
    if (closed) {
      throw new StoreException.Closed("the watch was closed");
    }
    SharedFile file = store.open();
    try {
      return file.read("watch", Deadline.after(PATIENCE), tables -> tables.next(ranges, last));
    } catch (StoreException.Unavailable e) {
      // The file will not come back under this handle.
      throw new StoreException.Closed("the watch has ended: " + e.getMessage());
    }
  }

  @Override
  public State state() {
    return closed || store.isClosed() ? State.ENDED : State.FOLLOWING;
  }

  @Override
  public void close() {
    closed = true;
    changed.raise();
  }
}
