package io.holdfast.store.etcd;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How many commits go in how many transactions.
 *
 * <p>While few are under way, each goes by itself and at once. When there are more, two
 * transactions take turns, so that the servers have one while the threads come back from the other,
 * and each takes half of those who commit. Threads that commit again and again come back together:
 * whoever is first waits a moment for the others, else every third transaction would carry a single
 * commit and cost as much as one with many. After a wait in vain some go without one, and twice as
 * many each time that repeats.
 *
 * <p>Guarded by its owner's lock.
 */
final class Batching {
  /** So many commits may be under way each by itself. */
  private static final int SINGLE_MAX = 4;

  private static final int TRANSACTIONS_MAX = 2;

  /** Fewer committers are not worth a wait. */
  private static final int MANY = 8;

  /** Longer than threads take to come back, however long a transaction takes. */
  private static final Duration WAIT_MAX = Duration.ofMillis(1);

  private static final int PASSED_LEAST = 1;
  private static final int PASSED_MOST = 64;

  private final LongSupplier nanoTime;

  /** Transactions and the commits in them. */
  private int transactions;

  private int commits;

  /** How many were there at once when a transaction ended: those in transactions and queued. */
  private int committers;

  private long nanos;
  private int passing;
  private int passNext = PASSED_LEAST;

  Batching() {
    this(System::nanoTime);
  }

  Batching(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** Whether another transaction may begin. */
  boolean hasRoom() {
    return transactions < TRANSACTIONS_MAX || (commits < SINGLE_MAX && transactions < SINGLE_MAX);
  }

  /** For how many commits the next transaction waits; 1 if it does not. */
  int wanted() {
    int half = half();
    return passing > 0 || committers < MANY ? 1 : half - half / 8;
  }

  /** How many commits it takes at most. */
  int most() {
    return committers < MANY ? Integer.MAX_VALUE : half();
  }

  private int half() {
    return (committers + 1) / 2;
  }

  /** How long it waits at most. */
  long nanos() {
    return nanos;
  }

  /** Somebody has waited; says whether all who were wanted came. */
  void waited(boolean allCame) {
    passing = allCame ? 0 : 1 + passNext; // the one that waited is among them
    passNext = allCame ? PASSED_LEAST : Math.min(PASSED_MOST, 2 * passNext);
  }

  /** A place for a transaction is taken. */
  void leads() {
    transactions++;
  }

  /** A transaction begins with so many commits; returns the moment. */
  long begins(int taken) {
    commits += taken;
    passing = Math.max(0, passing - 1);
    return nanoTime.getAsLong();
  }

  /** It has ended, and so many others are in the queue. */
  void ended(int taken, int queued, long begun) {
    committers = commits + queued;
    commits -= taken;
    transactions--;
    nanos = Math.min(WAIT_MAX.toNanos(), (nanoTime.getAsLong() - begun) / 2);
  }
}
