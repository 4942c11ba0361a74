package io.holdfast.cache;

import io.holdfast.store.Event;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * What a store that was loaded anew has otherwise than a mirror: so the mirror goes on with all
 * that is the same, and nothing of it is held twice.
 */
final class Reload {
  private Reload() {}

  /**
   * The differences as events, in ascending key order.
   *
   * @param loaded in ascending key order
   */
  static <V> List<Event> changes(Snapshot<V> shown, List<KeyValue> loaded) {
    List<Event> changes = new ArrayList<>();
    Iterator<KeyValue> entries = new StoredEntries<>(shown, KeyRange.all());
    KeyValue mine = next(entries);
    for (KeyValue stored : loaded) {
      while (mine != null && mine.key().compareTo(stored.key()) < 0) {
        changes.add(Event.delete(mine.key()));
        mine = next(entries);
      }
      boolean known = mine != null && mine.key().equals(stored.key());
      if (!known || !mine.equals(stored)) {
        changes.add(Event.put(stored));
      }
      mine = known ? next(entries) : mine;
    }
    while (mine != null) {
      changes.add(Event.delete(mine.key()));
      mine = next(entries);
    }
    return changes;
  }

  /** The same history goes on, so what was loaded of it is not older than what is shown. */
  static void checkNotBehind(Position loaded, Position shown) {
    if (shown.isAfter(loaded) || (!loaded.isAfter(shown) && !loaded.equals(shown))) {
      throw new StoreException.Diverged(
          "the store was read at " + loaded + ", but the mirror has followed it to " + shown);
    }
  }

  private static KeyValue next(Iterator<KeyValue> entries) {
    return entries.hasNext() ? entries.next() : null;
  }
}
