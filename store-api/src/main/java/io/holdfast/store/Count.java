package io.holdfast.store;

import java.util.Objects;

/**
 * How many keys a range held at one position of the history.
 *
 * @param count number of keys
 * @param position where in the history
 */
public record Count(long count, Position position) {
  /** Checks that a position is given. */
  public Count {
    Objects.requireNonNull(position, "position");
  }
}
