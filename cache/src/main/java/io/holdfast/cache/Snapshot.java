package io.holdfast.cache;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Everything a mirror holds, as of one commit: entries and indexes together, never half of a
 * commit. Immutable, so it can be kept and shared freely; nothing in it changes or waits.
 *
 * @param <V> the decoded values' type
 */
public final class Snapshot<V> {
  private final Position position;
  private final Layout<V> layout;
  private final PersistentMap<Key, Entry<V>> items;
  private final KeyTable<V> byKey;
  private final int generation;
  private final long revision;
  private final Moment moment;
  private final List<PersistentMap<IndexPlace, Entry<V>>> indexes;
  private final PersistentMap<Key, KeyValue> undecodable;
  private final Lag lag; // null unless it was beyond a bound

  /** The table has all of the items; the maps of the indexes stand in the layout's order. */
  Snapshot(
      Position position,
      Layout<V> layout,
      PersistentMap<Key, Entry<V>> items,
      KeyTable<V> byKey,
      List<PersistentMap<IndexPlace, Entry<V>>> indexes,
      PersistentMap<Key, KeyValue> undecodable) {
    this(
        position,
        layout,
        items,
        byKey,
        new Moment(byKey, byKey.generation(), position.revision().number()),
        indexes,
        undecodable,
        null);
  }

  private Snapshot(
      Position position,
      Layout<V> layout,
      PersistentMap<Key, Entry<V>> items,
      KeyTable<V> byKey,
      Moment moment,
      List<PersistentMap<IndexPlace, Entry<V>>> indexes,
      PersistentMap<Key, KeyValue> undecodable,
      Lag lag) {
    this.position = position;
    this.layout = layout;
    this.items = items;
    this.byKey = byKey;
    this.moment = moment;
    this.generation = moment.generation;
    this.revision = moment.revision;
    this.indexes = indexes;
    this.undecodable = undecodable;
    this.lag = lag;
  }

  /** Where in the history of the store this is an exact copy. */
  public Position position() {
    return position;
  }

  /** How far behind the store it was, if farther than the {@link LagBound} of the read. */
  public Optional<Lag> lag() {
    return Optional.ofNullable(lag);
  }

  /** The same, marked with how far behind the store it is. */
  Snapshot<V> marked(Lag behind) {
    return new Snapshot<>(position, layout, items, byKey, moment, indexes, undecodable, behind);
  }

  /**
   * The entry of a key; empty when the store has none, or one that cannot be decoded. Costs as much
   * as in a hash map, unless the key was written since this snapshot.
   *
   * @throws IllegalArgumentException if the key is outside of the mirrored ranges
   */
  public Optional<Entry<V>> get(Key key) {
    Entry<V> entry = find(key);
    return entry == null ? missing(key) : Optional.of(entry);
  }

  /** The entry of a key, or null. */
  Entry<V> find(Key key) {
    Entry<V> entry = findByKey(key);
    return KeyTable.isUnsure(entry) ? items.get(key) : entry;
  }

  /** What the look-up by key alone says: an entry, null, or unsure. */
  @SuppressWarnings("unchecked") // only entries of this type are in the table
  Entry<V> findByKey(Key key) {
    return (Entry<V>) byKey.find(key, revision, generation);
  }

  private Optional<Entry<V>> missing(Key key) {
    if (!layout.mirrors(key)) {
      throw new IllegalArgumentException(
          "The key is outside of what is mirrored: " + layout.describe(key));
    }
    return Optional.empty();
  }

  /** Whether the store has an entry of a key that the decoder refuses, which is left out here. */
  public boolean isUndecodable(Key key) {
    return undecodable.get(key) != null;
  }

  /** The mirrored entries of a range, in ascending key order. */
  public Iterable<Entry<V>> range(KeyRange range) {
    Objects.requireNonNull(range, "range");
    return () -> entries(range);
  }

  private Iterator<Entry<V>> entries(KeyRange range) {
    return items.cursor(range.start().orElse(null), range.end().orElse(null));
  }

  /** Hands over the mirrored entries of a range, in ascending key order. */
  public void forEach(KeyRange range, Consumer<? super Entry<V>> action) {
    entries(range).forEachRemaining(action);
  }

  /**
   * The entries whose index key lies in a range, in the order of the index keys and then of their
   * own. One that has several index keys in the range comes several times.
   *
   * @throws IllegalArgumentException if the mirror has no such index
   */
  public Iterable<Entry<V>> range(String indexName, KeyRange indexRange) {
    PersistentMap<IndexPlace, Entry<V>> index = index(indexName);
    IndexPlace start = indexRange.start().map(IndexPlace::before).orElse(null);
    IndexPlace end = indexRange.end().map(IndexPlace::before).orElse(null);
    return () -> index.cursor(start, end);
  }

  /**
   * Goes through an index range as {@link #range(String, KeyRange)} does, but in strips.
   *
   * @throws IllegalArgumentException if the mirror has no such index
   */
  public Strips<V> strips(String indexName, KeyRange indexRange) {
    IndexPlace start = indexRange.start().map(IndexPlace::before).orElse(null);
    IndexPlace end = indexRange.end().map(IndexPlace::before).orElse(null);
    return new Strips<>(index(indexName).cursor(start, end));
  }

  private PersistentMap<IndexPlace, Entry<V>> index(String name) {
    return indexes.get(layout.slotOf(name));
  }

  /** A moment in the life of a mirror, for {@link #isUnchangedSince}; immutable. */
  public static final class Moment {
    private final KeyTable<?> table;
    private final int generation;
    private final long revision;

    private Moment(KeyTable<?> table, int generation, long revision) {
      this.table = table;
      this.generation = generation;
      this.revision = revision;
    }
  }

  /** When this is; always the same object. */
  public Moment moment() {
    return moment;
  }

  /**
   * Whether nothing with one of these tags has changed from a moment up to this snapshot; false
   * also where that cannot be told, as for a moment after it, before a reload or of another mirror,
   * and now and then by chance.
   *
   * @param tags some of those that {@link Mirror.Builder#tags} gives entries
   */
  public boolean isUnchangedSince(Moment then, int[] tags) {
    return then == moment
        || (then.table == byKey
            && then.generation == generation
            && then.revision <= revision
            && byKey.isUnchanged(tags, then.revision, generation));
  }

  /** The number of all entries. */
  public long size() {
    return items.size();
  }

  /** The number of mirrored entries in a range; not slower for more of them. */
  public long count(KeyRange range) {
    return items.rank(range.end().orElse(null)) - range.start().map(items::rank).orElse(0L);
  }

  /** The number of places in an index range: how many {@link #range(String, KeyRange)} gives. */
  public long count(String indexName, KeyRange indexRange) {
    PersistentMap<IndexPlace, Entry<V>> index = index(indexName);
    return index.rank(indexRange.end().map(IndexPlace::before).orElse(null))
        - indexRange.start().map(start -> index.rank(IndexPlace.before(start))).orElse(0L);
  }

  /** The same, in the look-up's newest generation. */
  Snapshot<V> again() {
    return new Snapshot<>(position, layout, items, byKey, indexes, undecodable);
  }

  Layout<V> layout() {
    return layout;
  }

  PersistentMap<Key, Entry<V>> items() {
    return items;
  }

  KeyTable<V> byKey() {
    return byKey;
  }

  List<PersistentMap<IndexPlace, Entry<V>>> indexes() {
    return indexes;
  }

  PersistentMap<Key, KeyValue> undecodable() {
    return undecodable;
  }

  /** Shows the position and the size. */
  @Override
  public String toString() {
    return items.size() + " entries at " + position;
  }
}
