package io.holdfast.cache;

import io.holdfast.cache.PersistentMap.Edit;
import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * Makes snapshots: the first from loaded entries, the others each from the one before and a commit.
 *
 * <p>What the decoder or an index refuses is kept out, remembered in the snapshot, and alerted. For
 * use by any number of threads.
 */
final class Updater<V> {
  /**
   * An event whose value was decoded: foreign code has run, what remains is arithmetic.
   *
   * @param event what the store told
   * @param entry null when the key was deleted, or the value was refused
   * @param indexKeys those of the entry, for each index
   */
  record Decoded<V>(Event event, Entry<V> entry, List<Collection<Key>> indexKeys) {
    boolean isRefused() {
      return entry == null && !event.isDelete();
    }
  }

  /**
   * A snapshot and what it changes.
   *
   * @param after the new snapshot
   * @param changes in key order
   */
  record Step<V>(Snapshot<V> after, List<Change<V>> changes) {
    /** One to a snapshot with the same entries. */
    static <V> Step<V> to(Snapshot<V> after) {
      return new Step<>(after, List.of());
    }
  }

  private final Layout<V> layout;
  private final Function<KeyValue, V> decoder;
  private final Entry.Undecoded<V> undecoded;
  private final boolean decodeOnUse;
  private final Alerts alerts;

  Updater(Layout<V> layout, Function<KeyValue, V> decoder, boolean decodeOnUse, Alerts alerts) {
    this.layout = layout;
    this.decoder = decoder;
    this.undecoded = new Entry.Undecoded<>(decoder);
    this.decodeOnUse = decodeOnUse;
    this.alerts = alerts;
  }

  /** The snapshot of these entries, which must ascend by key. */
  Snapshot<V> load(Position position, List<KeyValue> sorted) {
    Loading loading = new Loading();
    for (KeyValue stored : sorted) {
      loading.add(stored, undecoded(stored));
    }
    return loading.finish(position);
  }

  private Entry<V> undecoded(KeyValue stored) {
    return Entry.undecoded(stored, undecoded);
  }

  /** The snapshot of entries that are not decoded yet, which must ascend by key. */
  Snapshot<V> loadUndecoded(Position position, List<Entry<V>> sorted) {
    Loading loading = new Loading();
    for (Entry<V> entry : sorted) {
      loading.add(entry.stored(), entry);
    }
    return loading.finish(position);
  }

  /** Decodes entries and collects their index keys. */
  private final class Loading {
    private final List<Entry<V>> entries = new ArrayList<>();
    private final List<KeyValue> refused = new ArrayList<>();
    private final List<IndexLoad<V>> indexes =
        layout.indexes().stream().map(index -> new IndexLoad<V>()).toList();

    void add(KeyValue stored, Entry<V> read) {
      Decoded<V> decoded = decode(Event.put(stored), read);
      if (decoded.isRefused()) {
        refused.add(stored);
        return;
      }
      for (int slot = 0; slot < indexes.size(); slot++) {
        indexes.get(slot).add(decoded.indexKeys.get(slot), entries.size());
      }
      entries.add(decoded.entry);
    }

    Snapshot<V> finish(Position position) {
      return snapshot(
          position,
          entries,
          indexes.stream().map(index -> index.finish(entries)).toList(),
          PersistentMap.<Key, KeyValue>empty()
              .ofSorted(refused.size(), at -> refused.get(at).key(), refused::get));
    }
  }

  /** The snapshot of entries, which must ascend by key, and of their indexes. */
  Snapshot<V> load(
      Position position,
      List<Entry<V>> entries,
      List<PersistentMap<IndexPlace, Entry<V>>> indexes) {
    return snapshot(position, entries, indexes, PersistentMap.empty());
  }

  private Snapshot<V> snapshot(
      Position position,
      List<Entry<V>> entries,
      List<PersistentMap<IndexPlace, Entry<V>>> indexes,
      PersistentMap<Key, KeyValue> refused) {
    PersistentMap<Key, Entry<V>> items =
        PersistentMap.<Key, Entry<V>>empty()
            .ofSorted(entries.size(), at -> entries.get(at).key(), entries::get);
    KeyTable<V> byKey = new KeyTable<>(new Stamps<>(layout.tags()));
    byKey.fill(items);
    return new Snapshot<>(position, layout, items, byKey, indexes, refused);
  }

  /** What stands for the value of an entry that is decoded when it is first used. */
  Entry.Undecoded<V> undecoded() {
    return undecoded;
  }

  /**
   * The index keys of an entry, made anew, for each index.
   *
   * @throws RuntimeException if the decoder or an index refuses it
   */
  List<Collection<Key>> indexKeysAnew(Entry<V> entry) {
    return indexKeys(entry.decoded(decoder.apply(entry.stored())));
  }

  private List<Collection<Key>> indexKeys(Entry<V> entry) {
    List<Collection<Key>> indexKeys = new ArrayList<>(layout.indexes().size());
    for (int slot = 0; slot < layout.indexes().size(); slot++) {
      indexKeys.add(layout.indexKeys(slot, entry));
    }
    return indexKeys;
  }

  private static <V> void addPlaces(
      Collection<Key> indexKeys, Entry<V> entry, List<Edit<IndexPlace, Entry<V>>> to) {
    for (Key indexKey : indexKeys) {
      to.add(new Edit<>(new IndexPlace(indexKey, entry.key()), entry));
    }
  }

  /** Runs the decoder and the indexes over the events of a commit. */
  List<Decoded<V>> decode(List<Event> events) {
    return events.stream().map(this::decode).toList();
  }

  private Decoded<V> decode(Event event) {
    if (event.isDelete()) {
      return new Decoded<>(event, null, List.of());
    }
    return decode(event, undecoded(event.now().orElseThrow()));
  }

  private Decoded<V> decode(Event event, Entry<V> read) {
    KeyValue stored = event.now().orElseThrow();
    try {
      Entry<V> entry = read.decoded(decoder.apply(stored));
      return new Decoded<>(event, decodeOnUse ? read : entry, indexKeys(entry));
    } catch (RuntimeException e) {
      // Only the sort of exception is told: its message may quote the value.
      String refusal = e.getClass().getSimpleName();
      alerts.raise(Drift.undecodable(stored, layout.isSecret(stored.key()), refusal));
      return new Decoded<>(event, null, List.of());
    }
  }

  /**
   * The snapshot after a commit, a repair or a reload with these events, which must ascend by key.
   * From here on the look-up by key is ahead of the snapshot before, so the one after has to be
   * shown.
   */
  Step<V> apply(Snapshot<V> before, Position position, List<Decoded<V>> events) {
    List<Edit<Key, Entry<V>>> items = new ArrayList<>(events.size());
    List<Change<V>> changes = new ArrayList<>(events.size());
    List<List<Edit<IndexPlace, Entry<V>>>> places = new ArrayList<>(before.indexes().size());
    before.indexes().forEach(index -> places.add(new ArrayList<>(events.size())));
    for (Decoded<V> decoded : events) {
      Entry<V> old = before.find(decoded.event.key());
      if (old != null || decoded.entry != null) {
        Change<V> change = new Change<>(old, decoded.entry);
        changes.add(change);
        items.add(new Edit<>(change.key(), decoded.entry));
        for (int slot = 0; slot < places.size(); slot++) {
          addIndexEdits(slot, before, old, decoded, places.get(slot));
        }
      }
    }
    PersistentMap<Key, Entry<V>> itemsAfter = before.items().apply(items);
    List<PersistentMap<IndexPlace, Entry<V>>> indexes = applyToIndexes(before.indexes(), places);
    PersistentMap<Key, KeyValue> undecodable = before.undecodable().apply(refused(before, events));
    KeyTable<V> byKey = before.byKey();
    if (!isNewCommit(before.position(), position, items)) {
      byKey.newGeneration();
    }
    Snapshot<V> after = new Snapshot<>(position, layout, itemsAfter, byKey, indexes, undecodable);
    byKey.stamp(changes, itemsAfter.size(), position.revision().number());
    byKey.apply(items, itemsAfter, position.revision().number());
    return new Step<>(after, changes);
  }

  /** The snapshot after a reload that found these differences. */
  Snapshot<V> reload(Snapshot<V> before, Position position, List<Decoded<V>> changes) {
    before.byKey().newGeneration();
    return apply(before, position, changes).after();
  }

  /** Whether revisions tell what is written here from what was there before. */
  private static <V> boolean isNewCommit(
      Position before, Position after, List<Edit<Key, Entry<V>>> edits) {
    long shown = before.revision().number();
    return after.isAfter(before)
        && edits.stream()
            .allMatch(edit -> edit.value() == null || edit.value().modifiedNumber() > shown);
  }

  private static <V> List<Edit<Key, KeyValue>> refused(
      Snapshot<V> before, List<Decoded<V>> events) {
    if (before.undecodable().isEmpty() && events.stream().noneMatch(Decoded::isRefused)) {
      return List.of();
    }
    return events.stream().map(Updater::refusal).toList();
  }

  private static <V> Edit<Key, KeyValue> refusal(Decoded<V> decoded) {
    KeyValue refused = decoded.isRefused() ? decoded.event.now().orElseThrow() : null;
    return new Edit<>(decoded.event.key(), refused);
  }

  private void addIndexEdits(
      int slot,
      Snapshot<V> before,
      Entry<V> old,
      Decoded<V> decoded,
      List<Edit<IndexPlace, Entry<V>>> to) {
    Collection<Key> kept = decoded.entry == null ? List.of() : decoded.indexKeys.get(slot);
    addPlaces(kept, decoded.entry, to);
    if (old != null) {
      for (Key indexKey : shownKeys(slot, before, old)) {
        if (!kept.contains(indexKey)) {
          to.add(new Edit<>(new IndexPlace(indexKey, old.key()), null));
        }
      }
    }
  }

  /** The index keys of an entry; those of one from a file that is refused by now are looked for. */
  private Collection<Key> shownKeys(int slot, Snapshot<V> before, Entry<V> old) {
    try {
      return layout.indexKeys(slot, old);
    } catch (RuntimeException e) {
      Set<Key> found = new HashSet<>();
      Cursor<IndexPlace, Entry<V>> places = before.indexes().get(slot).cursor(null, null);
      while (places.hasNext()) {
        IndexPlace place = places.nextKey();
        if (places.next().key().equals(old.key())) {
          found.add(place.index());
        }
      }
      return found;
    }
  }

  private static <V> List<PersistentMap<IndexPlace, Entry<V>>> applyToIndexes(
      List<PersistentMap<IndexPlace, Entry<V>>> before,
      List<List<Edit<IndexPlace, Entry<V>>>> places) {
    List<PersistentMap<IndexPlace, Entry<V>>> after = new ArrayList<>(before.size());
    for (int slot = 0; slot < before.size(); slot++) {
      places.get(slot).sort(Comparator.comparing(Edit::key));
      after.add(before.get(slot).apply(places.get(slot)));
    }
    return after;
  }
}
