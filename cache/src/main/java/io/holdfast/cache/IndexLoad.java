package io.holdfast.cache;

import io.holdfast.store.Key;
import java.util.Collection;
import java.util.List;

/**
 * Builds an index of entries that come in the order of their keys, which is another than its own:
 * collects all places, sorts them, and makes the nodes of the tree, each once. For one thread.
 */
final class IndexLoad<V> {
  private UnsortedPlaces places = new UnsortedPlaces();

  /**
   * Adds an entry under its index keys.
   *
   * @param indexKeys each once
   * @param number of the entry, greater than those of all before it
   */
  void add(Collection<Key> indexKeys, int number) {
    for (Key indexKey : indexKeys) {
      places.add(indexKey, number);
    }
  }

  /**
   * The index of all that was added; what was collected is let go of.
   *
   * @param entries by their numbers
   */
  PersistentMap<IndexPlace, Entry<V>> finish(List<Entry<V>> entries) {
    UnsortedPlaces unsorted = places;
    places = new UnsortedPlaces();
    int[] order = PlaceSort.order(unsorted);
    return PersistentMap.<V>emptyIndex()
        .ofLeaves(order.length, (from, end) -> leaf(unsorted, order, from, end, entries));
  }

  private static <V> PersistentMap.Leaf<IndexPlace> leaf(
      UnsortedPlaces unsorted, int[] order, int from, int end, List<Entry<V>> entries) {
    PackedKeys.Builder keys = new PackedKeys.Builder(end - from);
    Object[] values = new Object[end - from];
    for (int at = from; at < end; at++) {
      unsorted.appendTo(keys, order[at]);
      values[at - from] = entries.get(unsorted.entry(order[at]));
    }
    return new PersistentMap.Leaf<>(keys.build(), values);
  }
}
