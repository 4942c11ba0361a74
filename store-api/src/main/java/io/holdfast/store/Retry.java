package io.holdfast.store;

import java.time.Duration;
import java.util.function.Function;
import java.util.function.Supplier;

/** Runs a transaction's body until its commit meets no conflict. */
final class Retry {
  private static final Duration FIRST_PAUSE = Duration.ofNanos(100_000);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(50);

  private Retry() {}

  static <T> Committed<T> untilNoConflict(
      Deadline deadline, Supplier<Transaction> begin, Function<Transaction, T> body) {
    Deadline lastBegin = deadline.lastBegin();
    Backoff backoff = Backoff.between(FIRST_PAUSE, LONGEST_PAUSE);
    while (true) {
      try (Transaction tx = begin.get()) {
        T value = run(body, tx);
        return new Committed<>(value, tx.commit());
      } catch (StoreException.Conflict conflict) {
        backoff.pause("after " + conflict, lastBegin);
        if (lastBegin.hasPassed()) {
          throw conflict;
        }
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
}
