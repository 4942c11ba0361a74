package io.holdfast.campaign;

import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Tries again while a server is down, for what a campaign cannot go on without. */
final class Patience {
  private static final Duration MOST = Duration.ofMinutes(2);

  private Patience() {}

  static Store open(String url) {
    return until(() -> Store.open(url));
  }

  static Position head(Store store) {
    return until(() -> store.status().head());
  }

  /** The result of the first attempt that is neither unavailable nor late. */
  static <T> T until(Supplier<T> attempt) {
    return until(attempt, Patience::isNotDone);
  }

  /** The same of one that may be made again also when nobody knows what has become of it. */
  static <T> T untilKnown(Supplier<T> attempt) {
    return until(attempt, e -> isNotDone(e) || e instanceof StoreException.UnknownOutcome);
  }

  private static boolean isNotDone(StoreException e) {
    return e instanceof StoreException.Unavailable || e instanceof StoreException.Timeout;
  }

  private static <T> T until(Supplier<T> attempt, Predicate<StoreException> passes) {
    long end = System.nanoTime() + MOST.toNanos();
    while (true) {
      try {
        return attempt.get();
      } catch (StoreException e) {
        if (!passes.test(e) || System.nanoTime() > end) {
          throw e;
        }
        LockSupport.parkNanos(100_000_000);
      }
    }
  }
}
