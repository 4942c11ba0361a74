package io.holdfast.benchmarks;

import io.holdfast.store.Backend;
import io.holdfast.store.Deadline;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.KeyRange;
import io.holdfast.store.MemoryProvider;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** A memory store whose watches can be held up, or told that they are too old. */
final class Gate extends ForwardingBackend {
  private final AtomicInteger expiries = new AtomicInteger();
  private volatile boolean shut;

  private Gate(Backend target) {
    super(target);
  }

  static Gate of(String url) {
    return new Gate(new MemoryProvider().open(StoreConfig.of(url)));
  }

  /** Holds back what watches would deliver, or no longer. */
  void shut(boolean yes) {
    shut = yes;
  }

  /** Ends the watches that there are as too old, so that mirrors are loaded anew. */
  void expireWatches() {
    expiries.incrementAndGet();
  }

  @Override
  public Watch watch(List<KeyRange> ranges, Position after, Deadline deadline) {
    return new GatedWatch(super.watch(ranges, after, deadline));
  }

  private final class GatedWatch implements Watch {
    private final Watch watch;
    private final int born = expiries.get();

    GatedWatch(Watch watch) {
      this.watch = watch;
    }

    @Override
    public Optional<WatchBatch> next(Duration timeout) {
      if (born != expiries.get()) {
        throw new StoreException.TooOld("the benchmark said so", Revision.ZERO);
      }
      if (shut) {
        LockSupport.parkNanos(Math.min(timeout.toNanos(), Duration.ofMillis(1).toNanos()));
        return Optional.empty();
      }
      return watch.next(timeout);
    }

    @Override
    public State state() {
      return watch.state();
    }

    @Override
    public void close() {
      watch.close();
    }
  }
}
