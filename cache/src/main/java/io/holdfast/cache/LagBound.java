package io.holdfast.cache;

import java.time.Duration;
import java.util.Objects;

/**
 * How far behind its store a mirror may be for a read, and what the read does beyond that.
 *
 * @param time at most so long ago may everything have been acknowledged that is missing; below two
 *     seconds it is passed now and then though all is well, see {@link Lag#time}
 * @param revisions at most so many revisions may be missing
 * @param beyond what reads do beyond either
 */
public record LagBound(Duration time, long revisions, Beyond beyond) {
  /** What a read does when the mirror is farther behind. */
  public enum Beyond {
    /** Gets what there is, marked: {@link Snapshot#lag} then tells how far behind it was. */
    SERVE,
    /** Waits, until its timeout, for the mirror to catch up. */
    WAIT,
    /** Fails at once, with {@link io.holdfast.store.StoreException.Unavailable}. */
    FAIL
  }

  /** Checks that the bounds are not negative. */
  public LagBound {
    Objects.requireNonNull(beyond, "beyond");
    if (time.isNegative() || revisions < 0) {
      throw new IllegalArgumentException("bounds are not negative: " + time + ", " + revisions);
    }
  }

  /** A bound of time alone. */
  public static LagBound of(Duration time, Beyond beyond) {
    return new LagBound(time, Long.MAX_VALUE, beyond);
  }

  /** The same with a bound of revisions too. */
  public LagBound orRevisions(long most) {
    return new LagBound(time, most, beyond);
  }

  /** For people, like {@code PT1S} or {@code PT1S or 5 revisions}. */
  @Override
  public String toString() {
    String most = revisions == Long.MAX_VALUE ? "" : " or " + revisions + " revisions";
    return time + most;
  }

  boolean allows(Lag lag) {
    return lag.time().compareTo(time) <= 0 && lag.revisions() <= revisions;
  }
}
