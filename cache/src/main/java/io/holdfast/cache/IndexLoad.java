package io.holdfast.cache;

import io.holdfast.cache.PersistentMap.Edit;
import io.holdfast.store.Key;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Builds an index of many entries that come in another order than its own. For one thread.
 *
 * <p>Places are several times as large before they are packed, so no more than a fifth of them wait
 * to be sorted and packed with the others.
 */
final class IndexLoad<V> {
  private static final int WAITING_LEAST = 1 << 14;

  private final List<Edit<IndexPlace, Entry<V>>> waiting = new ArrayList<>();
  private PersistentMap<IndexPlace, Entry<V>> places = PersistentMap.emptyIndex();

  /** Adds an entry under its index keys. */
  void add(Collection<Key> indexKeys, Entry<V> entry) {
    for (Key indexKey : indexKeys) {
      waiting.add(new Edit<>(new IndexPlace(indexKey, entry.key()), entry));
    }
    if (waiting.size() >= Math.max(WAITING_LEAST, places.size() / 4)) {
      pack();
    }
  }

  private void pack() {
    waiting.sort(Comparator.comparing(Edit::key));
    places = places.apply(waiting);
    waiting.clear();
  }

  /** The index of all that was added. */
  PersistentMap<IndexPlace, Entry<V>> finish() {
    pack();
    return places;
  }
}
