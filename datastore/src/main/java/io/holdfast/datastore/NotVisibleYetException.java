package io.holdfast.datastore;

import io.holdfast.store.Position;

/**
 * A write that is committed, but did not come back to this process's memory before the timeout.
 *
 * <p>Do not write again: it happened. Reads that must show it ask for at least {@link #position}.
 */
public final class NotVisibleYetException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final transient Position position;

  NotVisibleYetException(Position position, Throwable cause) {
    super(
        "the write is committed at "
            + position
            + ", but is not visible in memory yet: do not"
            + " write it again",
        cause);
    this.position = position;
  }

  /** Where the write is committed. */
  public Position position() {
    return position;
  }
}
