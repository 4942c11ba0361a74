package io.holdfast.store;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A watch of a memory store: looks into the history and waits for it to grow. */
final class MemoryWatch implements Watch {
  private final MemoryDatabase database;
  private final List<KeyRange> ranges;
  private final BooleanSupplier storeClosed;
  private Position last;
  private boolean closed;

  MemoryWatch(
      MemoryDatabase database, List<KeyRange> ranges, Position after, BooleanSupplier storeClosed) {
    this.database = database;
    this.ranges = ranges;
    this.last = after;
    this.storeClosed = storeClosed;
  }

  @Override
  public Optional<WatchBatch> next(Duration timeout) {
    Deadline deadline = Deadline.after(timeout);
    synchronized (database) {
      Optional<WatchBatch> batch = look();
      while (batch.isEmpty() && !deadline.hasPassed()) {
        await(deadline);
        batch = look();
      }
      batch.ifPresent(found -> last = found.position());
      return batch;
    }
  }

  private Optional<WatchBatch> look() {
    if (closed || storeClosed.getAsBoolean()) {
      throw new StoreException.Closed("the watch was closed");
    }
    if (database.oldest().isAfter(last.revision())) {
      throw new StoreException.TooOld(
          "the history begins at " + database.oldest() + ", behind " + last, database.oldest());
    }
    return database.next(ranges, last);
  }

  private void await(Deadline deadline) {
    try {
      TimeUnit.NANOSECONDS.timedWait(database, Math.max(deadline.remainingNanos(), 1));
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted while watching");
    }
  }

  @Override
  public State state() {
    synchronized (database) {
      return closed || storeClosed.getAsBoolean() ? State.ENDED : State.FOLLOWING;
    }
  }

  @Override
  public void close() {
    synchronized (database) {
      closed = true;
      database.notifyAll();
    }
  }
}
