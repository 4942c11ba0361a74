package io.holdfast.cache;

import io.holdfast.store.Key;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Some entries of a {@link SnapshotFile}, whose index keys are made anew and compared with those in
 * the file: entries at random, all of whose places must be there and no other, and from each index
 * places at random, so that an index of a few entries is looked at as well. For one thread.
 */
final class IndexSample<V> {
  private static final int PLACES_OF_INDEX = 64;

  private final Layout<V> layout;
  private final List<Entry<V>> entries;
  private final RandomGenerator random;
  private final BitSet isDrawn;
  private final int[] drawn; // ascending
  private final int[][] places; // of each that was drawn, how many in each index

  /**
   * Draws entries.
   *
   * @param most how many at most
   */
  IndexSample(Layout<V> layout, List<Entry<V>> entries, int most, RandomGenerator random) {
    this.layout = layout;
    this.entries = entries;
    this.random = random;
    this.isDrawn = new BitSet(entries.size());
    if (entries.size() <= most) {
      isDrawn.set(0, entries.size());
    } else {
      random.ints(most, 0, entries.size()).forEach(isDrawn::set);
    }
    this.drawn = isDrawn.stream().toArray();
    this.places = new int[layout.indexes().size()][drawn.length];
  }

  /** Takes notice of a place of an index in the file. */
  void count(int slot, int entry) {
    if (isDrawn.get(entry)) {
      places[slot][Arrays.binarySearch(drawn, entry)]++;
    }
  }

  /**
   * What is not as it should be, for people; empty if nothing is.
   *
   * @param updater makes index keys anew
   */
  Optional<String> difference(
      Updater<V> updater, List<PersistentMap<IndexPlace, Entry<V>>> indexes) {
    for (int at = 0; at < drawn.length; at++) {
      Optional<String> difference = differenceOf(at, updater, indexes);
      if (difference.isPresent()) {
        return difference;
      }
    }
    for (int slot = 0; slot < indexes.size(); slot++) {
      int size = indexes.get(slot).size();
      for (int i = 0; i < Math.min(size, drawn.length == 0 ? 0 : PLACES_OF_INDEX); i++) {
        Cursor<IndexPlace, Entry<V>> place = indexes.get(slot).cursorAt(random.nextInt(size));
        Key index = place.nextKey().index();
        List<Collection<Key>> made = made(place.next(), updater);
        if (made == null || !made.get(slot).contains(index)) {
          return differs(slot);
        }
      }
    }
    return Optional.empty();
  }

  private Optional<String> differenceOf(
      int at, Updater<V> updater, List<PersistentMap<IndexPlace, Entry<V>>> indexes) {
    Entry<V> entry = entries.get(drawn[at]);
    List<Collection<Key>> made = made(entry, updater);
    if (made == null) {
      return Optional.of("an entry of it can no longer be decoded");
    }
    for (int slot = 0; slot < indexes.size(); slot++) {
      PersistentMap<IndexPlace, Entry<V>> index = indexes.get(slot);
      boolean same = made.get(slot).size() == places[slot][at];
      for (Key key : made.get(slot)) {
        same = same && index.get(new IndexPlace(key, entry.key())) != null;
      }
      if (!same) {
        return differs(slot);
      }
    }
    return Optional.empty();
  }

  private Optional<String> differs(int slot) {
    return Optional.of(
        "index "
            + layout.indexes().get(slot).name()
            + " in it has other keys than this program makes, of the same version");
  }

  /** Null if it is refused. */
  private static <V> List<Collection<Key>> made(Entry<V> entry, Updater<V> updater) {
    try {
      return updater.indexKeysAnew(entry);
    } catch (RuntimeException e) {
      return null;
    }
  }
}
