package io.holdfast.cache;

import io.holdfast.cache.PersistentMap.Edit;
import io.holdfast.store.Key;
import java.util.ArrayList;
import java.util.List;

/** Snapshots that are wrong, as a fault of the mirror or of the memory could make them. */
final class Corruption {
  private Corruption() {}

  /** The index still shows it. */
  static <V> Snapshot<V> withoutItem(Snapshot<V> now, Key key) {
    return withItem(now, key, null);
  }

  /** The index knows nothing of it. */
  static <V> Snapshot<V> withItem(Snapshot<V> now, Key key, Entry<V> entry) {
    now.byKey().set(key, entry, now.items());
    return new Snapshot<>(
        now.position(),
        now.layout(),
        now.items().apply(List.of(new Edit<>(key, entry))),
        now.byKey(),
        now.indexes(),
        now.undecodable());
  }

  /** Only the look-up by key knows of it. */
  static <V> Snapshot<V> withByKey(Snapshot<V> now, Key key, Entry<V> entry) {
    now.byKey().set(key, entry, now.items());
    return now.again();
  }

  /** The item knows nothing of it. */
  static <V> Snapshot<V> withPlace(Snapshot<V> now, int slot, IndexPlace place, Entry<V> entry) {
    List<PersistentMap<IndexPlace, Entry<V>>> indexes = new ArrayList<>(now.indexes());
    indexes.set(slot, indexes.get(slot).apply(List.of(new Edit<>(place, entry))));
    return new Snapshot<>(
        now.position(), now.layout(), now.items(), now.byKey(), indexes, now.undecodable());
  }
}
