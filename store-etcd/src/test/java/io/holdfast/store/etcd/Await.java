package io.holdfast.store.etcd;

import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Waiting for what must happen, with a bound. */
final class Await {
  static final Duration PATIENCE = Duration.ofSeconds(30);

  private Await() {}

  static void until(String what, BooleanSupplier condition) {
    long start = System.nanoTime();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > PATIENCE.toNanos()) {
        throw new AssertionError("waited in vain for " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
    }
  }

  /** Tries again as long as the store is not available. */
  static <T> T available(Supplier<T> call) {
    long start = System.nanoTime();
    while (true) {
      try {
        return call.get();
      } catch (StoreException.Unavailable | StoreException.Timeout e) {
        if (System.nanoTime() - start > PATIENCE.toNanos()) {
          throw new AssertionError("still not available", e);
        }
      }
    }
  }

  /** Asks until it is told that nobody is there; that the time was over before says less. */
  static void unavailable(Supplier<?> call) {
    until("to be told that nobody is there", () -> isToldUnavailable(call));
  }

  private static boolean isToldUnavailable(Supplier<?> call) {
    try {
      throw new AssertionError("was answered: " + call.get());
    } catch (StoreException.Unavailable e) {
      return true;
    } catch (StoreException.Timeout e) {
      return false;
    }
  }

  /** The positions of the commits that a watch delivers up to one of them. */
  static List<Position> commits(Watch watch, Position last) {
    List<Position> positions = new ArrayList<>();
    long start = System.nanoTime();
    while (positions.isEmpty() || last.isAfter(positions.get(positions.size() - 1))) {
      Optional<WatchBatch> batch = watch.next(Duration.ofSeconds(1));
      batch.filter(b -> !b.isProgress()).ifPresent(b -> positions.add(b.position()));
      if (System.nanoTime() - start > PATIENCE.toNanos()) {
        throw new AssertionError("the watch delivered " + positions + ", not up to " + last);
      }
    }
    return positions;
  }

  /** How a watch ends. */
  static StoreException end(Watch watch) {
    long start = System.nanoTime();
    while (System.nanoTime() - start < PATIENCE.toNanos()) {
      try {
        watch.next(Duration.ofSeconds(1));
      } catch (StoreException e) {
        return e;
      }
    }
    throw new AssertionError("the watch goes on");
  }
}
