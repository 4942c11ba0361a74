package io.holdfast.cache;

import io.holdfast.store.Key;
import java.util.Optional;

/**
 * What became of one entry of a mirror. At least one of the two sides is there.
 *
 * @param <V> the decoded value's type
 */
public final class Change<V> {
  private final Entry<V> before;
  private final Entry<V> after;

  Change(Entry<V> before, Entry<V> after) {
    this.before = before;
    this.after = after;
  }

  /** The entry's key. */
  public Key key() {
    return (after == null ? before : after).key();
  }

  /** The entry as it was; empty when it is new. */
  public Optional<Entry<V>> before() {
    return Optional.ofNullable(before);
  }

  /** The entry as it is; empty when it is gone, or can no longer be decoded. */
  public Optional<Entry<V>> after() {
    return Optional.ofNullable(after);
  }

  @Override
  public String toString() {
    return before == null ? "new " + after : after == null ? "gone " + before : "now " + after;
  }
}
