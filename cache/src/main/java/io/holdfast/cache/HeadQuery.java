package io.holdfast.cache;

import io.holdfast.store.Deadline;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;

/**
 * Asks a store for its head, once for all who wait.
 *
 * <p>An answer serves a reader only if the question was asked after the reader came. So while one
 * question is under way, all who come gather for the next; the first of them asks it, as soon as
 * the one before is answered.
 */
final class HeadQuery {
  private final Function<Deadline, Position> ask;
  private final ReentrantLock turn = new ReentrantLock();
  private CompletableFuture<Position> gathering; // null: nobody has come since the last question
  private int gathered;

  HeadQuery(Function<Deadline, Position> ask) {
    this.ask = ask;
  }

  /** How many wait for a question that is not asked yet. */
  synchronized int gathered() {
    return gathering == null ? 0 : gathered;
  }

  /** The head at some moment between this call's begin and its end. */
  Position ask(Deadline deadline) {
    while (true) {
      CompletableFuture<Position> mine;
      boolean first;
      synchronized (this) {
        first = gathering == null;
        if (first) {
          gathering = new CompletableFuture<>();
          gathered = 0;
        }
        gathered++;
        mine = gathering;
      }
      if (first) {
        return lead(mine, deadline);
      }
      try {
        return mine.get(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
      } catch (TimeoutException e) {
        throw new StoreException.Timeout("the store did not tell its head in time", e);
      } catch (InterruptedException e) {
        throw new StoreException.Interrupted("interrupted while waiting for the store's head");
      } catch (ExecutionException e) {
        rethrowUnlessOnlyTheirs(e.getCause());
      }
    }
  }

  /** That the one who asked ran out of time or was interrupted says nothing about others. */
  private static void rethrowUnlessOnlyTheirs(Throwable cause) {
    if (cause instanceof StoreException.Timeout || cause instanceof StoreException.Interrupted) {
      return;
    }
    if (cause instanceof RuntimeException e) {
      throw e;
    }
    throw new IllegalStateException("the question for the head failed", cause);
  }

  private Position lead(CompletableFuture<Position> mine, Deadline deadline) {
    boolean locked = false;
    try {
      locked = turn.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS);
      if (!locked) {
        throw new StoreException.Timeout("the store did not tell its head in time");
      }
      endGathering(mine);
      Position head = ask.apply(deadline);
      mine.complete(head);
      return head;
    } catch (InterruptedException e) {
      throw failed(mine, new StoreException.Interrupted("interrupted before asking for the head"));
    } catch (RuntimeException e) {
      throw failed(mine, e);
    } catch (Error e) {
      throw failed(mine, e);
    } finally {
      if (locked) {
        turn.unlock();
      }
    }
  }

  private <E extends Throwable> E failed(CompletableFuture<Position> mine, E cause) {
    endGathering(mine);
    mine.completeExceptionally(cause);
    return cause;
  }

  private synchronized void endGathering(CompletableFuture<Position> mine) {
    if (gathering == mine) {
      gathering = null;
    }
  }
}
