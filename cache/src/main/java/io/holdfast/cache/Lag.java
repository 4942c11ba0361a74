package io.holdfast.cache;

import java.time.Duration;
import java.util.Objects;

/**
 * How far a mirror may be behind its store.
 *
 * @param time the mirror has everything that was acknowledged longer ago than this; about a second
 *     while all is well, since the store is asked for its head every second
 * @param revisions how many revisions the head was ahead of the mirror when it was last asked for
 */
public record Lag(Duration time, long revisions) {
  /** Checks that the time is given. */
  public Lag {
    Objects.requireNonNull(time, "time");
  }

  /** For people, like {@code PT1.25S and 3 revisions}. */
  @Override
  public String toString() {
    return time + " and " + revisions + " revisions";
  }
}
