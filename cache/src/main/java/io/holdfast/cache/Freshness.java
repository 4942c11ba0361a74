package io.holdfast.cache;

import io.holdfast.store.Position;
import java.util.Objects;

/**
 * How new a snapshot has to be.
 *
 * <p>Within one timeline of a mirror, snapshots never go back, whatever freshness is asked for.
 * After a reload the timeline is another one, see {@link MirrorState#timeline()}.
 */
public final class Freshness {
  /** Whatever the mirror has: no wait, no question to the store. */
  public static final Freshness CACHED = new Freshness("CACHED", null);

  /**
   * With everything that was acknowledged, to anyone, before the call began. Costs one question for
   * the head of the history, which all who wait for one share.
   */
  public static final Freshness LINEARIZABLE = new Freshness("LINEARIZABLE", null);

  private final String name;
  private final Position least;

  private Freshness(String name, Position least) {
    this.name = name;
    this.least = least;
  }

  /**
   * With everything up to a position: that of an own commit, to read what was just written. Asks
   * the store nothing.
   */
  public static Freshness atLeast(Position position) {
    return new Freshness("at least " + position, Objects.requireNonNull(position, "position"));
  }

  /** The position that must be reached; null unless there is one. */
  Position least() {
    return least;
  }

  @Override
  public String toString() {
    return name;
  }
}
