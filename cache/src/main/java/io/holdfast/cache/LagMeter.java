package io.holdfast.cache;

import io.holdfast.store.Position;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/**
 * Measures how far a mirror is behind: when it has reached a head of the store, it has everything
 * that was acknowledged before that head was asked for. Safe for use by many threads.
 */
final class LagMeter {
  private record Head(long askedNanos, long revision) {}

  /** More unreached heads tell nothing more; the newest ones are dropped. */
  private static final int HEADS_MAX = 1000;

  private final LongSupplier nanoClock;
  private final Deque<Head> unreached = new ArrayDeque<>();
  private volatile long currentNanos;
  private volatile long headRevision;
  private volatile long revision;

  LagMeter(LongSupplier nanoClock) {
    this.nanoClock = nanoClock;
    this.currentNanos = nanoClock.getAsLong();
  }

  /**
   * The store's head, as of a moment not before the one given. It is the head of everything that
   * was acknowledged before: what an earlier answer had more was lost in a failover, and who waits
   * for it would wait for as many new commits.
   */
  synchronized void heard(Position head, long askedNanos) {
    headRevision = head.revision().number();
    while (!unreached.isEmpty() && unreached.peekLast().revision > headRevision) {
      unreached.removeLast();
    }
    if (unreached.size() < HEADS_MAX) {
      unreached.add(new Head(askedNanos, headRevision));
    }
    reached(revision);
  }

  /** Where the mirror stands now. */
  synchronized void reached(long now) {
    revision = now;
    while (!unreached.isEmpty() && unreached.peek().revision <= now) {
      currentNanos = Math.max(currentNanos, unreached.poll().askedNanos);
    }
  }

  /** Another history begins, in which old heads mean nothing. */
  synchronized void restart(long now, long askedNanos) {
    unreached.clear();
    headRevision = now;
    revision = now;
    currentNanos = askedNanos;
  }

  Lag lag() {
    return new Lag(
        Duration.ofNanos(Math.max(0, nanoClock.getAsLong() - currentNanos)),
        Math.max(0, headRevision - revision));
  }
}
