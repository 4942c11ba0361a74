package io.holdfast.cache;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Predicate;

/** What a mirror mirrors: ranges that neither overlap nor touch, in order, and the indexes. */
final class Layout<V> {
  static final Key SMALLEST = Key.ofBytes(new byte[1]);

  private final List<KeyRange> ranges;
  private final List<Index<V>> indexes;
  private final Map<String, Integer> slots = new HashMap<>();
  private final Predicate<Key> secret; // null: none
  private final Function<? super Entry<V>, int[]> tags; // null: entries have none

  /**
   * The predicate tells which keys are secrets; null if none is. The function tells what entries
   * belong to; null if to nothing.
   */
  Layout(
      Collection<KeyRange> ranges,
      Collection<Index<V>> indexes,
      Predicate<Key> secret,
      Function<? super Entry<V>, int[]> tags) {
    this.tags = tags;
    this.ranges = union(ranges);
    this.indexes = List.copyOf(indexes);
    this.secret = secret;
    for (int slot = 0; slot < this.indexes.size(); slot++) {
      String name = this.indexes.get(slot).name();
      if (slots.put(name, slot) != null) {
        throw new IllegalArgumentException("Two indexes of a mirror have the name " + name);
      }
    }
  }

  /** The same keys in as few ranges as possible, in ascending order. */
  static List<KeyRange> union(Collection<KeyRange> ranges) {
    List<KeyRange> sorted = new ArrayList<>(ranges);
    sorted.removeIf(KeyRange::isEmpty);
    sorted.sort(
        Comparator.comparing(
            range -> range.start().orElse(null), Comparator.nullsFirst(Comparator.naturalOrder())));
    List<KeyRange> union = new ArrayList<>();
    for (KeyRange range : sorted) {
      int last = union.size() - 1;
      if (last >= 0 && touches(union.get(last), range)) {
        union.set(last, joined(union.get(last), range));
      } else {
        union.add(range);
      }
    }
    if (union.isEmpty()) {
      throw new IllegalArgumentException("A mirror needs at least one range that can hold a key");
    }
    return List.copyOf(union);
  }

  private static boolean touches(KeyRange lower, KeyRange higher) {
    return lower.intersects(higher) || lower.end().equals(higher.start());
  }

  private static KeyRange joined(KeyRange lower, KeyRange higher) {
    Optional<Key> end = lower.end().flatMap(a -> higher.end().map(b -> a.compareTo(b) > 0 ? a : b));
    return rangeOf(lower.start().orElse(null), end.orElse(null));
  }

  /** The range between two bounds, either of which may be null: there is none. */
  static KeyRange rangeOf(Key start, Key end) {
    if (start == null) {
      return end == null ? KeyRange.all() : KeyRange.of(SMALLEST, end);
    }
    return end == null ? KeyRange.from(start) : KeyRange.of(start, end);
  }

  /** The keys that lie in both, in ascending order. */
  static List<KeyRange> common(List<KeyRange> some, List<KeyRange> others) {
    return some.stream()
        .flatMap(one -> others.stream().flatMap(other -> one.intersection(other).stream()))
        .toList();
  }

  /** What is left of ranges, in ascending order, without others. */
  static List<KeyRange> minus(List<KeyRange> ranges, List<KeyRange> others) {
    List<KeyRange> left = ranges;
    for (KeyRange other : others) {
      List<KeyRange> next = new ArrayList<>();
      left.forEach(range -> addMinus(range, other, next));
      left = next;
    }
    return left;
  }

  private static void addMinus(KeyRange range, KeyRange other, List<KeyRange> to) {
    if (!range.intersects(other)) {
      to.add(range);
      return;
    }
    Key start = range.start().orElse(SMALLEST);
    other
        .start()
        .filter(key -> start.compareTo(key) < 0)
        .ifPresent(key -> to.add(KeyRange.of(start, key)));
    Optional<Key> end = range.end();
    other
        .end()
        .filter(key -> end.isEmpty() || key.compareTo(end.get()) < 0)
        .ifPresent(key -> to.add(rangeOf(key, end.orElse(null))));
  }

  List<KeyRange> ranges() {
    return ranges;
  }

  List<Index<V>> indexes() {
    return indexes;
  }

  /** The form of the indexes, whose functions have a version; empty where nobody says it. */
  SnapshotFile.Form form(String version) {
    List<String> names = indexes.stream().map(Index::name).toList();
    return version.isEmpty() ? SnapshotFile.Form.NONE : new SnapshotFile.Form(version, names);
  }

  boolean mirrors(Key key) {
    return ranges.stream().anyMatch(range -> range.contains(key));
  }

  int slotOf(String indexName) {
    Integer slot = slots.get(indexName);
    if (slot == null) {
      throw new IllegalArgumentException(
          "The mirror has no index " + indexName + "; it has " + new TreeSet<>(slots.keySet()));
    }
    return slot;
  }

  /** The index keys of an entry, each once. */
  Collection<Key> indexKeys(int slot, Entry<V> entry) {
    Collection<Key> keys = indexes.get(slot).keys().apply(entry);
    return switch (keys.size()) {
      case 0 -> List.of(); // as most indexes have it that are of another type than the entry
      case 1 -> List.of(keys.iterator().next());
      default -> new TreeSet<>(keys);
    };
  }

  Function<? super Entry<V>, int[]> tags() {
    return tags;
  }

  boolean isSecret(Key key) {
    return secret != null && secret.test(key);
  }

  /** Whether any key may be a secret, so that texts of the store are not to be repeated. */
  boolean hasSecrets() {
    return secret != null;
  }

  /** The key for people to read, unless it is a secret. */
  String describe(Key key) {
    return isSecret(key) ? "a secret key" : key.toString();
  }
}
