package io.holdfast.campaign;

import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;

/**
 * Watches the store and logs what it sees, until it has seen a given revision. Now and then it is
 * slow, and now and then it closes its watch and opens another one where it was.
 */
final class Follower implements Runnable {
  private static final Duration PATIENCE = Duration.ofMillis(100);
  private static final int SLOW = 400; // one batch in so many is followed by a rest
  private static final int REOPENED = 2000;

  private final Store store;
  private final Space space;
  private final WatchLog log;
  private final SplittableRandom random;
  private final LongConsumer reached;
  private volatile Position last;
  private volatile long target = Long.MAX_VALUE;

  /**
   * Makes one.
   *
   * @param space what it watches; null for everything
   * @param reached gets each revision that was logged
   */
  Follower(
      Store store,
      Space space,
      Position after,
      WatchLog log,
      SplittableRandom random,
      LongConsumer reached) {
    this.store = store;
    this.space = space;
    this.last = after;
    this.log = log;
    this.random = random;
    this.reached = reached;
  }

  /** Ends when it has seen this revision. */
  void until(long revision) {
    target = revision;
  }

  /** The last revision that it has logged, or the one that it began behind. */
  long logged() {
    return last.revision().number();
  }

  @Override
  public void run() {
    try (log) {
      logUntilDone();
    }
  }

  private void logUntilDone() {
    try {
      while (!isDone()) {
        followOne();
      }
    } catch (StoreException e) {
      log.end(e.toString());
    } catch (RuntimeException e) {
      log.end("with what no store may throw: " + e);
    }
  }

  private void followOne() {
    Watch watch;
    try {
      watch = store.watch(space == null ? KeyRange.all() : space.all(), last);
    } catch (StoreException.Unavailable | StoreException.Timeout e) {
      LockSupport.parkNanos(50_000_000); // it could not be opened
      return;
    }
    try (watch) {
      follow(watch); // once it is open, it has no trouble to tell of but its end
    }
  }

  private boolean isDone() {
    return logged() >= target;
  }

  private void follow(Watch watch) {
    while (!isDone()) {
      Optional<WatchBatch> batch = watch.next(PATIENCE);
      if (batch.isPresent()) {
        log.batch(batch.get());
        last = batch.get().position();
        reached.accept(last.revision().number());
        if (random.nextInt(SLOW) == 0) {
          LockSupport.parkNanos(random.nextInt(300_000_000));
        }
        if (random.nextInt(REOPENED) == 0) {
          return;
        }
      }
    }
  }
}
