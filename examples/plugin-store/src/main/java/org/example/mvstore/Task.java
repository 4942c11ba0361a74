package org.example.mvstore;

import io.holdfast.store.Deadline;
import io.holdfast.store.StoreException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;

/** What one caller wants to have done in the file's thread. */
final class Task<T> {
  private final String what;
  private final boolean writes;
  private final Function<Tables, T> work;
  private final AtomicBoolean taken = new AtomicBoolean();
  private final CompletableFuture<T> answer = new CompletableFuture<>();
  private T result;
  private StoreException refusal;

  Task(String what, boolean writes, Function<Tables, T> work) {
    this.what = what;
    this.writes = writes;
    this.work = work;
  }

  boolean writes() {
    return writes;
  }

  /** Does it, unless the caller has gone; the answer waits for {@link #answer}. */
  void run(Tables tables) {
    if (taken.compareAndSet(false, true)) {
      try {
        result = work.apply(tables);
      } catch (StoreException e) {
        refusal = e;
      }
    }
  }

  /** Whatever the answer would have been, it is this now. */
  void fail(StoreException why) {
    refusal = why;
  }

  void answer() {
    if (refusal != null) {
      answer.completeExceptionally(refusal);
    } else {
      answer.complete(result);
    }
  }

  /** Waits for the answer; who cannot wait any longer takes back what has not begun. */
  T await(Deadline deadline) {
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return answer.get(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException e) {
          if (withdraw() || !writes) {
            throw new StoreException.Interrupted("interrupted while waiting for " + what);
          }
          interrupted = true; // the commit has begun, and it will be over soon
        } catch (TimeoutException e) {
          throw late();
        } catch (ExecutionException e) {
          throw (StoreException) e.getCause();
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private StoreException late() {
    return withdraw() || !writes
        ? new StoreException.Timeout(what + " did not finish before its deadline")
        : new StoreException.UnknownOutcome("the flush did not finish before the deadline", null);
  }

  private boolean withdraw() {
    return taken.compareAndSet(false, true);
  }

  @Override
  public String toString() {
    return what;
  }
}
