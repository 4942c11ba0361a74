package io.holdfast.cache;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * When those who subscribe to a mirror are woken: at once after a single commit, and together for
 * commits that come together. To wake a hundred threads takes longer than to apply a commit, and
 * twice as much in the threads; so after that the mirror goes on for sixteen times as long before
 * it wakes them again, though not for longer than anybody notices.
 *
 * <p>Guarded by its owner's lock.
 */
final class Waking {
  private static final int RESTS = 16;
  private static final long REST_MOST = Duration.ofMillis(10).toNanos();

  /** Far fewer than wait for a subscriber at most. */
  private static final int STEPS_MAX = Subscription.QUEUE_MAX / 8;

  private final LongSupplier nanoTime;
  private int owed;
  private long begun;
  private long rested;

  Waking(LongSupplier nanoTime) {
    this.nanoTime = nanoTime;
    rested = nanoTime.getAsLong();
  }

  /** There is one more step to tell of; true if there are too many to wait for more. */
  boolean isDueAfterStep() {
    return ++owed >= STEPS_MAX;
  }

  /** Whether there are steps of which nobody was told yet. */
  boolean isOwed() {
    return owed > 0;
  }

  /** For how long further steps may be waited for; {@code most} if nothing is to be told. */
  Duration untilDue(Duration most) {
    if (owed == 0) {
      return most;
    }
    long rest = Math.max(0, rested - nanoTime.getAsLong());
    return Duration.ofNanos(Math.min(rest, most.toNanos()));
  }

  /** They are being woken. */
  void begin() {
    begun = nanoTime.getAsLong();
    owed = 0;
  }

  /** They have been woken. */
  void end() {
    long now = nanoTime.getAsLong();
    rested = now + Math.min(REST_MOST, RESTS * (now - begun));
  }
}
