package io.holdfast.store;

import java.time.Duration;
import java.util.Objects;

/** A moment on this process's monotonic clock after which a call gives up. */
public final class Deadline {
  private static final Duration LONGEST = Duration.ofDays(365);
  private final long nanoTime;

  private Deadline(long nanoTime) {
    this.nanoTime = nanoTime;
  }

  /** The moment {@code duration} from now; a year at most. */
  public static Deadline after(Duration duration) {
    Objects.requireNonNull(duration, "duration");
    Duration begun = duration.isNegative() ? Duration.ZERO : duration;
    Duration bounded = begun.compareTo(LONGEST) > 0 ? LONGEST : begun;
    return new Deadline(System.nanoTime() + bounded.toNanos());
  }

  /** Nanoseconds until the deadline; 0 when it has passed. */
  public long remainingNanos() {
    return Math.max(0, nanoTime - System.nanoTime());
  }

  /** Time until the deadline; zero when it has passed. */
  public Duration remaining() {
    return Duration.ofNanos(remainingNanos());
  }

  /**
   * Until when an attempt that ends by this deadline may begin after a conflict: nine tenths of the
   * time that remains. So an attempt that runs out of time had a tenth of it at least, and the
   * store is too slow; else the conflict is what there is to tell.
   */
  public Deadline lastBegin() {
    return after(Duration.ofNanos(remainingNanos() / 10 * 9));
  }

  /** Whether the deadline has passed. */
  public boolean hasPassed() {
    return remainingNanos() == 0;
  }

  /**
   * Throws when the deadline has passed.
   *
   * @param what the call that gives up, for the message
   */
  public void check(String what) {
    if (hasPassed()) {
      throw new StoreException.Timeout(what + " did not finish before its deadline");
    }
  }
}
