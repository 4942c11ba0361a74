package io.holdfast.datastore;

import io.holdfast.store.Backend;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Count;
import io.holdfast.store.Deadline;
import io.holdfast.store.KeyRange;
import io.holdfast.store.MemoryProvider;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Status;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * The store in memory, with its calls counted and a watch that can be held back. Not counted is
 * what the mirrors of a store ask every second, whatever happens: that may come at any moment.
 */
final class TappedBackend implements Backend {
  /** How the thread's name begins that asks for the head. */
  private static final String EVERY_SECOND = "holdfast-mirror-pulse";

  private final Backend inner =
      new MemoryProvider().open(StoreConfig.of("memory:" + UUID.randomUUID()));
  private volatile boolean watchHeld;

  final AtomicInteger calls = new AtomicInteger();

  /** What happens right before a commit. */
  volatile Consumer<CommitRequest> beforeCommit = request -> {};

  /** From now on, watches have nothing to tell. */
  void holdWatch() {
    watchHeld = true;
  }

  void releaseWatch() {
    watchHeld = false;
  }

  private void countCall() {
    if (!Thread.currentThread().getName().startsWith(EVERY_SECOND)) {
      calls.incrementAndGet();
    }
  }

  @Override
  public Status status(Deadline deadline) {
    countCall();
    return inner.status(deadline);
  }

  @Override
  public Page read(KeyRange range, int entriesMax, Deadline deadline) {
    countCall();
    return inner.read(range, entriesMax, deadline);
  }

  @Override
  public Count count(KeyRange range, Deadline deadline) {
    countCall();
    return inner.count(range, deadline);
  }

  @Override
  public Position commit(CommitRequest request, Deadline deadline) {
    countCall();
    beforeCommit.accept(request);
    return inner.commit(request, deadline);
  }

  @Override
  public Watch watch(List<KeyRange> ranges, Position after, Deadline deadline) {
    Watch watch = inner.watch(ranges, after, deadline);
    return new Watch() {
      private final Duration moment = Duration.ofMillis(5);
      private Optional<WatchBatch> held = Optional.empty();

      @Override
      public Optional<WatchBatch> next(Duration timeout) {
        Deadline end = Deadline.after(timeout);
        while (!end.hasPassed()) {
          if (held.isEmpty()) {
            held = watch.next(moment);
          }
          if (watchHeld) {
            LockSupport.parkNanos(1_000_000);
          } else if (held.isPresent()) {
            Optional<WatchBatch> batch = held;
            held = Optional.empty();
            return batch;
          }
        }
        return Optional.empty();
      }

      @Override
      public State state() {
        return watch.state();
      }

      @Override
      public void close() {
        watchHeld = false;
        watch.close();
      }
    };
  }

  @Override
  public void close() {
    inner.close();
  }
}
