package io.holdfast.store;

import java.util.List;
import java.util.Objects;

/** What must be true at the moment of a commit. */
public sealed interface Condition {
  /**
   * The key exists and was last written by the commit of this revision.
   *
   * @param key the key
   * @param modified its modification revision
   */
  record KeyAt(Key key, Revision modified) implements Condition {}

  /**
   * The key does not exist.
   *
   * @param key the key
   */
  record KeyAbsent(Key key) implements Condition {}

  /**
   * No key of the range exists.
   *
   * @param range the range
   */
  record RangeEmpty(KeyRange range) implements Condition {}

  /**
   * The range is as it was read: nothing in it was created, changed or deleted since.
   *
   * @param range the range that was read to its end
   * @param readAt the position of the read
   * @param keys the keys that were found, in ascending order
   * @param counted whether the range was only counted, so that {@code keys} says nothing
   */
  record RangeUnchanged(KeyRange range, Position readAt, List<Key> keys, boolean counted)
      implements Condition {
    /** Copies the keys. */
    public RangeUnchanged {
      Objects.requireNonNull(range, "range");
      Objects.requireNonNull(readAt, "readAt");
      keys = List.copyOf(keys);
    }
  }
}
