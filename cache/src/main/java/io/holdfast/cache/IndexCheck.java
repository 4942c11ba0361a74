package io.holdfast.cache;

import io.holdfast.cache.PersistentMap.Edit;
import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares the indexes of a mirror with its entries, in both directions; where they differ, the
 * entries win.
 *
 * <p>Goes on in parts, each within one snapshot, so that writes meanwhile do not look like
 * differences and no old snapshot is held for long.
 */
final class IndexCheck<V> {
  private static final int PART = 1000;

  private final Layout<V> layout;
  private final Published<V> published;
  private final Alerts alerts;
  private final boolean repair;

  IndexCheck(Layout<V> layout, Published<V> published, Alerts alerts, boolean repair) {
    this.layout = layout;
    this.published = published;
    this.alerts = alerts;
    this.repair = repair;
  }

  void run(Verifier.Tally tally, Deadline deadline, Verifier.Pace pace) {
    for (int slot = 0; slot < layout.indexes().size(); slot++) {
      IndexPlace place = null;
      do {
        place = checkPlaces(slot, place, published.awaitLoaded(deadline), tally);
        pace.rest(deadline);
      } while (place != null);
      Key key = null;
      do {
        key = checkEntries(slot, key, published.awaitLoaded(deadline), tally);
        pace.rest(deadline);
      } while (key != null);
    }
  }

  /** Looks for places without their entry; returns where to go on, or null at the end. */
  private IndexPlace checkPlaces(
      int slot, IndexPlace from, Snapshot<V> snapshot, Verifier.Tally tally) {
    Cursor<IndexPlace, Entry<V>> places = snapshot.indexes().get(slot).cursor(from, null);
    for (int i = 0; i < PART && places.hasNext(); i++) {
      IndexPlace place = places.nextKey();
      Entry<V> shown = places.next();
      Entry<V> entry = snapshot.items().get(place.item());
      tally.indexEntries++;
      if (entry == null || !layout.indexKeys(slot, entry).contains(place.index())) {
        settle(slot, place, entry, "extra", tally);
      } else if (!shown.equals(entry)) {
        settle(slot, place, entry, "outdated", tally);
      }
    }
    return places.hasNext() ? places.nextKey() : null;
  }

  /** Looks for entries without their place; returns where to go on, or null at the end. */
  private Key checkEntries(int slot, Key from, Snapshot<V> snapshot, Verifier.Tally tally) {
    Cursor<Key, Entry<V>> entries = snapshot.items().cursor(from, null);
    for (int i = 0; i < PART && entries.hasNext(); i++) {
      Entry<V> entry = entries.next();
      for (Key indexKey : layout.indexKeys(slot, entry)) {
        IndexPlace place = new IndexPlace(indexKey, entry.key());
        if (snapshot.indexes().get(slot).get(place) == null) {
          settle(slot, place, entry, "missing", tally);
        }
      }
    }
    return entries.hasNext() ? entries.nextKey() : null;
  }

  private void settle(
      int slot, IndexPlace place, Entry<V> entry, String how, Verifier.Tally tally) {
    Key key = place.item();
    String detail =
        "index " + layout.indexes().get(slot).name() + " has " + place.index() + " " + how;
    Drift drift =
        Drift.ofIndex(key, entry == null ? null : entry.stored(), layout.isSecret(key), detail);
    tally.drifts++;
    if (repair) {
      published.replace(now -> mend(slot, place, now));
      tally.repaired++;
      drift = drift.asRepaired();
    }
    alerts.raise(drift);
  }

  /** Makes one place of an index what the entries of the same snapshot say. */
  private Snapshot<V> mend(int slot, IndexPlace place, Snapshot<V> now) {
    Entry<V> entry = now.items().get(place.item());
    boolean shown = entry != null && layout.indexKeys(slot, entry).contains(place.index());
    List<PersistentMap<IndexPlace, Entry<V>>> indexes = new ArrayList<>(now.indexes());
    indexes.set(slot, indexes.get(slot).apply(List.of(new Edit<>(place, shown ? entry : null))));
    return new Snapshot<>(
        now.position(), layout, now.items(), List.copyOf(indexes), now.undecodable());
  }
}
