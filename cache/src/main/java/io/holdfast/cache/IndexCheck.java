package io.holdfast.cache;

import io.holdfast.cache.PersistentMap.Edit;
import io.holdfast.store.Deadline;
import io.holdfast.store.Event;
import io.holdfast.store.Key;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/**
 * Compares the indexes of a mirror, and its look-up by key, with its entries in their order, in
 * both directions; where they differ, the entries win.
 *
 * <p>Goes on in parts, each within one snapshot, so that writes meanwhile do not look like
 * differences and no old snapshot is held for long.
 */
final class IndexCheck<V> {
  private static final int PART = 1000;

  private final Layout<V> layout;
  private final Updater<V> updater;
  private final Published<V> published;
  private final Alerts alerts;
  private final boolean repair;

  IndexCheck(
      Layout<V> layout, Updater<V> updater, Published<V> published, Alerts alerts, boolean repair) {
    this.layout = layout;
    this.updater = updater;
    this.published = published;
    this.alerts = alerts;
    this.repair = repair;
  }

  void run(Tally tally, Deadline deadline, Verifier.Pace pace) {
    Key item = null;
    do {
      item = checkByKey(item, published.awaitLoaded(deadline), tally);
      pace.rest(deadline);
    } while (item != null);
    checkByKeyHasNoMore(tally);
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

  /** Looks for entries that are not found by their key; returns where to go on, or null. */
  private Key checkByKey(Key from, Snapshot<V> snapshot, Tally tally) {
    Cursor<Key, Entry<V>> entries = snapshot.items().cursor(from, null);
    for (int i = 0; i < PART && entries.hasNext(); i++) {
      Entry<V> entry = entries.next();
      Entry<V> found = snapshot.findByKey(entry.key());
      if (KeyTable.isUnsure(found) ? isWrongNow(entry.key()) : !entry.equals(found)) {
        settleByKey(entry.key(), entry, "missing or outdated", tally);
      }
    }
    return entries.hasNext() ? entries.nextKey() : null;
  }

  /**
   * Asks the newest snapshot while nothing changes. Whenever something was removed since, an older
   * one is unsure of all that is missing, so that who removes often would hide it for ever.
   */
  private boolean isWrongNow(Key key) {
    AtomicBoolean wrong = new AtomicBoolean();
    published.inspect(
        now -> {
          Entry<V> found = now.findByKey(key);
          wrong.set(!KeyTable.isUnsure(found) && !Objects.equals(now.items().get(key), found));
        });
    return wrong.get();
  }

  /** Looks for what is found by its key, but is not there; needed only if the numbers differ. */
  private void checkByKeyHasNoMore(Tally tally) {
    List<Key> extra = new ArrayList<>();
    published.inspect(
        now -> {
          if (!now.byKey().has(now.items().size())) {
            now.byKey().forEach(entry -> addUnlessPresent(entry.key(), now, extra));
          }
        });
    extra.forEach(key -> settleByKey(key, null, "extra", tally));
  }

  private void addUnlessPresent(Key key, Snapshot<V> now, List<Key> to) {
    if (now.items().get(key) == null) {
      to.add(key);
    }
  }

  private void settleByKey(Key key, Entry<V> entry, String how, Tally tally) {
    settle(key, entry, "look-up by key has it " + how, now -> mendByKey(key, now), tally);
  }

  private Snapshot<V> mendByKey(Key key, Snapshot<V> now) {
    now.byKey().set(key, now.items().get(key), now.items());
    return now.again();
  }

  /** Looks for places without their entry; returns where to go on, or null at the end. */
  private IndexPlace checkPlaces(int slot, IndexPlace from, Snapshot<V> snapshot, Tally tally) {
    Cursor<IndexPlace, Entry<V>> places = snapshot.indexes().get(slot).cursor(from, null);
    for (int i = 0; i < PART && places.hasNext(); i++) {
      IndexPlace place = places.nextKey();
      Entry<V> shown = places.next();
      Entry<V> entry = snapshot.items().get(place.item());
      tally.indexEntries++;
      Optional<Collection<Key>> keys =
          entry == null ? Optional.of(List.of()) : keysOf(slot, entry, tally);
      if (keys.isPresent() && !keys.get().contains(place.index())) {
        settlePlace(slot, place, entry, "extra", tally);
      } else if (keys.isPresent() && !shown.equals(entry)) {
        settlePlace(slot, place, entry, "outdated", tally);
      }
    }
    return places.hasNext() ? places.nextKey() : null;
  }

  /** Looks for entries without their place; returns where to go on, or null at the end. */
  private Key checkEntries(int slot, Key from, Snapshot<V> snapshot, Tally tally) {
    Cursor<Key, Entry<V>> entries = snapshot.items().cursor(from, null);
    for (int i = 0; i < PART && entries.hasNext(); i++) {
      Entry<V> entry = entries.next();
      for (Key indexKey : keysOf(slot, entry, tally).orElse(List.of())) {
        IndexPlace place = new IndexPlace(indexKey, entry.key());
        if (snapshot.indexes().get(slot).get(place) == null) {
          settlePlace(slot, place, entry, "missing", tally);
        }
      }
    }
    return entries.hasNext() ? entries.nextKey() : null;
  }

  /**
   * The index keys of an entry; empty if it is refused, as one from a file may be, and put aside.
   */
  private Optional<Collection<Key>> keysOf(int slot, Entry<V> entry, Tally tally) {
    try {
      return Optional.of(layout.indexKeys(slot, entry));
    } catch (RuntimeException e) {
      if (isShown(entry, published.newest()) && tally.refused.add(entry.key())) {
        settleRefused(entry, e, tally);
      }
      return Optional.empty();
    }
  }

  private static <V> boolean isShown(Entry<V> entry, Snapshot<V> now) {
    return now != null && entry.equals(now.items().get(entry.key()));
  }

  private void settleRefused(Entry<V> entry, RuntimeException why, Tally tally) {
    tally.drifts++;
    if (repair) {
      var refused = updater.decode(List.of(Event.put(entry.stored()))); // which tells it, too
      published.mend(
          now -> updater.apply(now, now.position(), isShown(entry, now) ? refused : List.of()));
      tally.repaired++;
    } else {
      String refusal = why.getClass().getSimpleName();
      alerts.raise(Drift.undecodable(entry.stored(), layout.isSecret(entry.key()), refusal));
    }
  }

  private void settlePlace(int slot, IndexPlace place, Entry<V> entry, String how, Tally tally) {
    String name = layout.indexes().get(slot).name();
    String detail = "index " + name + " has " + place.index() + " " + how;
    settle(place.item(), entry, detail, now -> mend(slot, place, now), tally);
  }

  private void settle(
      Key key, Entry<V> entry, String detail, UnaryOperator<Snapshot<V>> mend, Tally tally) {
    Drift drift =
        Drift.ofIndex(key, entry == null ? null : entry.stored(), layout.isSecret(key), detail);
    tally.drifts++;
    if (repair) {
      published.mend(now -> Updater.Step.to(mend.apply(now)));
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
    now.byKey().newGeneration(); // what was computed from the wrong index is void
    return new Snapshot<>(
        now.position(), layout, now.items(), now.byKey(), List.copyOf(indexes), now.undecodable());
  }
}
