package io.holdfast.store;

import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/** Runs a transaction's body until its commit meets no conflict. */
final class Retry {
  private static final long PAUSE_NANOS_MAX = TimeUnit.MILLISECONDS.toNanos(50);

  private Retry() {}

  static <T> Committed<T> untilNoConflict(
      Deadline deadline, Supplier<Transaction> begin, Function<Transaction, T> body) {
    for (int attempt = 0; ; attempt++) {
      try (Transaction tx = begin.get()) {
        T value = run(body, tx);
        return new Committed<>(value, tx.commit());
      } catch (StoreException.Conflict conflict) {
        pause(attempt, deadline, conflict);
      }
    }
  }

  /**
   * A body that throws may have seen two reads that were never true together. Only if its reads
   * hold is the exception about something real; otherwise it is a conflict.
   */
  private static <T> T run(Function<Transaction, T> body, Transaction tx) {
    try {
      return body.apply(tx);
    } catch (StoreException e) {
      throw e;
    } catch (RuntimeException e) {
      validate(tx, e);
      throw e;
    }
  }

  private static void validate(Transaction tx, RuntimeException thrown) {
    if (!tx.isOpen()) {
      return;
    }
    try {
      tx.validate();
    } catch (StoreException.Conflict e) {
      throw e;
    } catch (StoreException e) {
      thrown.addSuppressed(e);
    }
  }

  /** Full jitter: a random pause below a bound that doubles. */
  private static void pause(int attempt, Deadline deadline, StoreException.Conflict conflict) {
    long most = Math.min(PAUSE_NANOS_MAX, 100_000L << Math.min(attempt, 20));
    long nanos = ThreadLocalRandom.current().nextLong(most + 1);
    if (nanos >= deadline.remainingNanos()) {
      throw conflict;
    }
    try {
      TimeUnit.NANOSECONDS.sleep(nanos);
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted while retrying after: " + conflict);
    }
  }
}
