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
  /** How much longer a look may wait behind others, so that who has little time gets on at all. */
  private static final Duration PATIENCE = Duration.ofSeconds(2);

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
      Optional<WatchBatch> batch = look(deadline);
      if (batch.isPresent() || deadline.hasPassed()) {
        batch.ifPresent(found -> last = found.position());
        return batch;
      }
      changed.await(seen, deadline);
    }
  }

  private Optional<WatchBatch> look(Deadline deadline) {
    if (closed) {
      throw new StoreException.Closed("the watch was closed");
    }
    SharedFile file = store.open();
    Deadline patience = Deadline.after(deadline.remaining().plus(PATIENCE));
    try {
      return file.read("watch", patience, tables -> tables.next(ranges, last));
    } catch (StoreException.Timeout e) {
      return Optional.empty(); // the file was busy all the time; the watch is as it was
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
