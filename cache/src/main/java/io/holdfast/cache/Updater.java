package io.holdfast.cache;

import io.holdfast.cache.PersistentMap.Edit;
import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Makes snapshots: the first from loaded entries, the others each from the one before and a commit.
 *
 * <p>What the decoder or an index refuses is kept out, remembered in the snapshot, and alerted. For
 * use by any number of threads.
 */
final class Updater<V> {
  /**
   * A snapshot and what it changes.
   *
   * @param after the new snapshot
   * @param changes in key order
   */
  record Step<V>(Snapshot<V> after, List<Change<V>> changes) {}

  private final Layout<V> layout;
  private final Function<KeyValue, V> decoder;
  private final Alerts alerts;

  Updater(Layout<V> layout, Function<KeyValue, V> decoder, Alerts alerts) {
    this.layout = layout;
    this.decoder = decoder;
    this.alerts = alerts;
  }

  /** The snapshot of these entries, which must ascend by key. */
  Snapshot<V> load(Position position, List<KeyValue> sorted) {
    List<Key> keys = new ArrayList<>(sorted.size());
    List<Entry<V>> entries = new ArrayList<>(sorted.size());
    List<KeyValue> refused = new ArrayList<>();
    for (KeyValue stored : sorted) {
      Entry<V> entry = decode(stored);
      if (entry == null) {
        refused.add(stored);
      } else {
        keys.add(stored.key());
        entries.add(entry);
      }
    }
    List<PersistentMap<IndexPlace, Entry<V>>> indexes = new ArrayList<>();
    for (int slot = 0; slot < layout.indexes().size(); slot++) {
      indexes.add(loadIndex(slot, entries));
    }
    return new Snapshot<>(
        position,
        layout,
        PersistentMap.ofSorted(keys, entries),
        List.copyOf(indexes),
        PersistentMap.ofSorted(refused.stream().map(KeyValue::key).toList(), refused));
  }

  private PersistentMap<IndexPlace, Entry<V>> loadIndex(int slot, List<Entry<V>> entries) {
    TreeMap<IndexPlace, Entry<V>> places = new TreeMap<>();
    for (Entry<V> entry : entries) {
      for (Key indexKey : layout.indexKeys(slot, entry)) {
        places.put(new IndexPlace(indexKey, entry.key()), entry);
      }
    }
    return PersistentMap.ofSorted(
        new ArrayList<>(places.keySet()), new ArrayList<>(places.values()));
  }

  /** The snapshot after a commit with these events, which must ascend by key. */
  Step<V> apply(Snapshot<V> before, Position position, List<Event> events) {
    List<Edit<Key, Entry<V>>> items = new ArrayList<>(events.size());
    List<Edit<Key, KeyValue>> refused = new ArrayList<>(0);
    List<Change<V>> changes = new ArrayList<>(events.size());
    for (Event event : events) {
      Key key = event.key();
      Entry<V> old = before.items().get(key);
      Entry<V> now = event.isDelete() ? null : decode(event.now().orElseThrow());
      if (now == null && !event.isDelete()) {
        refused.add(new Edit<>(key, event.now().orElseThrow()));
      } else if (!before.undecodable().isEmpty()) {
        refused.add(new Edit<>(key, null));
      }
      if (old != null || now != null) {
        items.add(new Edit<>(now == null ? old.key() : now.key(), now));
        changes.add(new Change<>(old, now));
      }
    }
    Snapshot<V> after =
        new Snapshot<>(
            position,
            layout,
            before.items().apply(items),
            applyToIndexes(before.indexes(), changes),
            before.undecodable().apply(refused));
    return new Step<>(after, changes);
  }

  private List<PersistentMap<IndexPlace, Entry<V>>> applyToIndexes(
      List<PersistentMap<IndexPlace, Entry<V>>> before, List<Change<V>> changes) {
    if (changes.isEmpty() || before.isEmpty()) {
      return before;
    }
    List<PersistentMap<IndexPlace, Entry<V>>> after = new ArrayList<>(before.size());
    for (int slot = 0; slot < before.size(); slot++) {
      List<Edit<IndexPlace, Entry<V>>> edits = new ArrayList<>();
      for (Change<V> change : changes) {
        addIndexEdits(slot, change, edits);
      }
      edits.sort(Comparator.comparing(Edit::key));
      after.add(before.get(slot).apply(edits));
    }
    return List.copyOf(after);
  }

  private void addIndexEdits(int slot, Change<V> change, List<Edit<IndexPlace, Entry<V>>> edits) {
    Key key = change.key();
    Entry<V> now = change.after().orElse(null);
    Set<Key> kept = now == null ? Set.of() : layout.indexKeys(slot, now);
    kept.forEach(indexKey -> edits.add(new Edit<>(new IndexPlace(indexKey, key), now)));
    change
        .before()
        .ifPresent(
            old ->
                layout.indexKeys(slot, old).stream()
                    .filter(indexKey -> !kept.contains(indexKey))
                    .forEach(gone -> edits.add(new Edit<>(new IndexPlace(gone, key), null))));
  }

  /** The entry, or null if the decoder or an index refuses it. */
  private Entry<V> decode(KeyValue stored) {
    try {
      Entry<V> entry = new Entry<>(stored, decoder.apply(stored));
      for (int slot = 0; slot < layout.indexes().size(); slot++) {
        layout.indexKeys(slot, entry);
      }
      return entry;
    } catch (RuntimeException e) {
      // Only the sort of exception is told: its message may quote the value.
      String refusal = e.getClass().getSimpleName();
      alerts.raise(Drift.undecodable(stored, layout.isSecret(stored.key()), refusal));
      return null;
    }
  }
}
