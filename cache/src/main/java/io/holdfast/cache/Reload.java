package io.holdfast.cache;

import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import java.util.ArrayList;
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
    Cursor<Key, Entry<V>> entries = shown.items().cursor(null, null);
    Cursor<Key, KeyValue> refused = shown.undecodable().cursor(null, null);
    KeyValue mine = next(entries, refused);
    for (KeyValue stored : loaded) {
      while (mine != null && mine.key().compareTo(stored.key()) < 0) {
        changes.add(Event.delete(mine.key()));
        mine = next(entries, refused);
      }
      boolean known = mine != null && mine.key().equals(stored.key());
      if (!known || !mine.equals(stored)) {
        changes.add(Event.put(stored));
      }
      mine = known ? next(entries, refused) : mine;
    }
    while (mine != null) {
      changes.add(Event.delete(mine.key()));
      mine = next(entries, refused);
    }
    return changes;
  }

  /** The lower one of what comes next; null at the end. No key is in both. */
  private static <V> KeyValue next(Cursor<Key, Entry<V>> entries, Cursor<Key, KeyValue> refused) {
    if (!refused.hasNext()) {
      return entries.hasNext() ? entries.next().stored() : null;
    }
    boolean refusedFirst = !entries.hasNext() || refused.nextKey().compareTo(entries.nextKey()) < 0;
    return refusedFirst ? refused.next() : entries.next().stored();
  }
}
