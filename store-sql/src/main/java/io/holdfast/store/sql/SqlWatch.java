package io.holdfast.store.sql;

import io.holdfast.store.Backoff;
import io.holdfast.store.Deadline;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * A watch that reads the history behind the position it has reached, whenever it is asked for the
 * next batch and has none at hand. A slow consumer costs nobody anything: all that waits for it is
 * the history.
 */
final class SqlWatch implements Watch {
  private static final Duration LEAST_READ = Duration.ofMillis(50);

  /** However slow the server was. */
  private static final Duration LONGEST_READ = Duration.ofSeconds(2);

  private final ReadPool pool;
  private final WakeUp wakeUp;
  private final List<KeyRange> ranges;
  private final Deque<WatchBatch> ahead = new ArrayDeque<>();

  /** The position of the last batch that was delivered, or where the watch was opened. */
  private Position delivered;

  /** How far the history was read. */
  private Position reached;

  /** The number of wake-ups before the last look, and whether that look came to the head. */
  private long seen;

  private boolean atHead;

  /**
   * How long a look may take though less is left: more where the server was slow to answer. Who
   * asks with little time, again and again, would else never get anything from it.
   */
  private Duration patience = LEAST_READ;

  /** How many commits a look goes through: fewer behind one that ran out of time. */
  private long span = HistoryPage.COMMITS_MAX;

  /** When the last look ended. */
  private long lookedNanos;

  private volatile StoreException end;
  private volatile boolean closed;
  private volatile boolean retrying;

  SqlWatch(ReadPool pool, WakeUp wakeUp, List<KeyRange> ranges, Position after) {
    this.pool = pool;
    this.wakeUp = wakeUp;
    this.ranges = List.copyOf(ranges);
    this.delivered = after;
    this.reached = after;
  }

  @Override
  public Optional<WatchBatch> next(Duration timeout) {
    Deadline deadline = Deadline.after(timeout);
    Backoff backoff = Pauses.forTrouble();
    if (ahead.isEmpty() && atHead && !deadline.hasPassed()) {
      // Under load a look would find something each time, and would never end.
      wakeUp.await(seen, deadline, () -> closed);
    }
    while (true) {
      checkNotEnded();
      if (!ahead.isEmpty()) {
        return Optional.of(deliver(ahead.remove()));
      }
      if (deadline.hasPassed() && hasJustLooked()) {
        return Optional.empty();
      }
      seen = wakeUp.signals();
      boolean more = lookAhead(deadline);
      atHead = !more && !retrying;
      if (ahead.isEmpty() && (!more || deadline.hasPassed())) {
        checkNotEnded();
        if (!reached.equals(delivered)) {
          return Optional.of(deliver(new WatchBatch(delivered, reached, List.of())));
        }
        if (deadline.hasPassed()) {
          return Optional.empty();
        }
        await(deadline, backoff);
      }
    }
  }

  /** Nothing is known to be new: who asks again and again, without time to wait, rests as well. */
  private boolean hasJustLooked() {
    return atHead
        && wakeUp.signals() == seen
        && System.nanoTime() - lookedNanos < wakeUp.rest().toNanos();
  }

  private void await(Deadline deadline, Backoff backoff) {
    if (retrying) {
      Duration pause =
          Duration.ofNanos(Math.min(backoff.next().toNanos(), deadline.remainingNanos()));
      wakeUp.pause(Deadline.after(pause), () -> closed);
    } else {
      wakeUp.await(seen, deadline, () -> closed);
    }
  }

  private WatchBatch deliver(WatchBatch batch) {
    delivered = batch.position();
    return batch;
  }

  /** Reads the next stretch of history; true if it goes on behind it. */
  private boolean lookAhead(Deadline deadline) {
    Duration most = longer(deadline.remaining(), patience);
    Deadline reading = Deadline.after(most);
    try {
      long begun = System.nanoTime();
      HistoryPage page =
          pool.readUnlessAway(
              "watch", reading, session -> HistoryPage.read(session, ranges, reached, span));
      lookedNanos = System.nanoTime();
      wakeUp.looked(lookedNanos - begun, !page.reached().equals(reached));
      bearWith(longer(patience.dividedBy(2), Duration.ofNanos(4 * (lookedNanos - begun))));
      if (lookedNanos - begun < LEAST_READ.toNanos()) {
        span = Math.min(HistoryPage.COMMITS_MAX, 2 * span);
      }
      Position previous = delivered;
      for (HistoryPage.Commit commit : page.commits()) {
        ahead.add(new WatchBatch(previous, commit.position(), commit.events()));
        previous = commit.position();
      }
      reached = page.reached();
      retrying = false;
      return page.more();
    } catch (StoreException.TooOld | StoreException.Diverged | StoreException.Closed e) {
      end = e;
    } catch (StoreException.Interrupted e) {
      throw e;
    } catch (StoreException.Unusable e) {
      if (e.reason() == Reason.NOT_FOUND) {
        end = new StoreException.Diverged(e.getMessage());
      } else {
        retrying = true;
      }
    } catch (StoreException.Timeout e) {
      bearWith(most.multipliedBy(2));
      span = Math.max(1, span / 4);
      retrying = true;
    } catch (StoreException e) {
      retrying = true;
    }
    return false;
  }

  private void bearWith(Duration time) {
    patience = time.compareTo(LONGEST_READ) < 0 ? longer(time, LEAST_READ) : LONGEST_READ;
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? other : one;
  }

  private void checkNotEnded() {
    if ((closed || pool.isClosed()) && end == null) {
      end = new StoreException.Closed("the watch was closed");
    }
    if (end != null) {
      throw end;
    }
  }

  @Override
  public State state() {
    if (closed || end != null || pool.isClosed()) {
      return State.ENDED;
    }
    return retrying ? State.RETRYING : State.FOLLOWING;
  }

  @Override
  public void close() {
    closed = true;
    wakeUp.signal();
  }
}
