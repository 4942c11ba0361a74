package io.holdfast.cache;

import io.holdfast.store.Key;

/**
 * Where an item stands in an index: by index key, and among equal ones by its own key.
 *
 * @param index the index key
 * @param item the item's key; null stands before all items of the index key, for searching
 */
record IndexPlace(Key index, Key item) implements Comparable<IndexPlace> {
  static IndexPlace before(Key index) {
    return new IndexPlace(index, null);
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
}
