package io.holdfast.cache;

import io.holdfast.store.Key;
import java.util.Objects;

/** Where an item stands in an index: by index key, and among equal ones by its own key. */
final class IndexPlace implements Comparable<IndexPlace> {
  private final Key index;
  private final Key item; // null stands before all items of the index key, for searching
  private byte[] bytes; // of the index key, since a search looks at them often

  IndexPlace(Key index, Key item) {
    this.index = Objects.requireNonNull(index, "index");
    this.item = item;
  }

  static IndexPlace before(Key index) {
    return new IndexPlace(index, null);
  }

  /** The index key. */
  Key index() {
    return index;
  }

  /** The item's key, or null. */
  Key item() {
    return item;
  }

  /** The bytes of the index key, which nobody may change. */
  byte[] bytes() {
    if (bytes == null) {
      bytes = index.toBytes();
    }
    return bytes;
  }

  @Override
  public int compareTo(IndexPlace other) {
    int order = index.compareTo(other.index);
    if (order != 0) {
      return order;
    }
    if (item == null || other.item == null) {
      return Boolean.compare(item != null, other.item != null);
    }
    return item.compareTo(other.item);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof IndexPlace other
        && index.equals(other.index)
        && Objects.equals(item, other.item);
  }

  @Override
  public int hashCode() {
    return Objects.hash(index, item);
  }

  @Override
  public String toString() {
    return item + " at " + index;
  }
}
