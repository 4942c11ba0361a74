package io.holdfast.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** An index that is built at once says what an ordered map of places says. */
final class IndexLoadPropertyTest {
  @Property(tries = 300)
  void indexEqualsItsModel(@ForAll("indexKeys") List<Set<Key>> keysOfEntries) {
    IndexLoad<String> load = new IndexLoad<>();
    List<Entry<String>> entries = new ArrayList<>();
    NavigableMap<IndexPlace, Entry<String>> model = new TreeMap<>();
    for (Set<Key> keys : keysOfEntries) {
      Key item = Key.of("item", entries.size());
      Entry<String> entry = new Entry<>(KeyValue.adopt(item, new byte[0], 1, 1), "");
      load.add(keys, entries.size());
      entries.add(entry);
      keys.forEach(key -> model.put(new IndexPlace(key, item), entry));
    }
    PersistentMap<IndexPlace, Entry<String>> index = load.finish(entries);
    PersistentMapShape.check(index);
    List<IndexPlace> places = new ArrayList<>();
    List<Entry<String>> values = new ArrayList<>();
    for (Cursor<IndexPlace, Entry<String>> all = index.cursor(null, null); all.hasNext(); ) {
      places.add(all.nextKey());
      values.add(all.next());
    }
    assertEquals(List.copyOf(model.keySet()), places);
    assertEquals(List.copyOf(model.values()), values);
  }

  @Provide
  Arbitrary<List<Set<Key>>> indexKeys() {
    Arbitrary<List<Set<Key>>> ofOneSort =
        Arbitraries.of(shortOnes(), alike(), zeros()).flatMap(IndexLoadPropertyTest::entries);
    return Arbitraries.oneOf(
        ofOneSort, entries(Arbitraries.oneOf(shortOnes(), alike(), zeros(), longOnes())));
  }

  private static Arbitrary<List<Set<Key>>> entries(Arbitrary<Key> keys) {
    return keys.set().ofMaxSize(4).list().ofMaxSize(400);
  }

  /** Of few bytes, so that many are equal, or one the beginning of another. */
  private static Arbitrary<Key> shortOnes() {
    return Arbitraries.bytes()
        .between((byte) -1, (byte) 1)
        .array(byte[].class)
        .ofMinSize(1)
        .ofMaxSize(6)
        .map(Key::ofBytes);
  }

  private static Arbitrary<Key> alike() {
    return Combinators.combine(
            Arbitraries.of("spiffe://example.org/agent/", "spiffe://example.org/ns/", "k8s"),
            Arbitraries.integers().between(0, 30))
        .as(Key::of);
  }

  /** The same but for their lengths, around those of the parts that are looked at at once. */
  private static Arbitrary<Key> zeros() {
    return Arbitraries.integers().between(1, 26).map(length -> Key.ofBytes(new byte[length]));
  }

  private static Arbitrary<Key> longOnes() {
    return Arbitraries.integers().between(0, 20).map(i -> Key.of("long".repeat(3000), i));
  }
}
