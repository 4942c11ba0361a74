package io.holdfast.cache;

import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Revision;
import java.util.Objects;

/**
 * One entry of a mirror: what the store holds under a key, and its decoded value. Immutable.
 *
 * @param <V> the decoded value's type
 */
public final class Entry<V> {
  private final KeyValue stored;
  private final V value;

  Entry(KeyValue stored, V value) {
    this.stored = Objects.requireNonNull(stored, "stored");
    this.value = Objects.requireNonNull(value, "value");
  }

  /** The key. */
  public Key key() {
    return stored.key();
  }

  /** The decoded value. */
  public V value() {
    return value;
  }

  /** The revision that created the key. */
  public Revision created() {
    return stored.created();
  }

  /** The revision that last wrote the key. */
  public Revision modified() {
    return stored.modified();
  }

  /** What the store holds: key, bytes and revisions. */
  public KeyValue stored() {
    return stored;
  }

  /** Whether both hold the same stored key, bytes and revisions. */
  @Override
  public boolean equals(Object o) {
    return this == o || (o instanceof Entry<?> other && stored.equals(other.stored));
  }

  @Override
  public int hashCode() {
    return stored.hashCode();
  }

  /** Shows the key, the length and the revisions; never the value, which may be a secret. */
  @Override
  public String toString() {
    return stored.toString();
  }
}
