package io.holdfast.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.holdfast.cache.PersistentMap.Edit;
import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** An index with packed keys says what an ordered map of places says, in all of its versions. */
final class PackedKeysPropertyTest {
  /** What becomes of a place. */
  private record Change(IndexPlace place, boolean removed) {}

  @Property(tries = 60)
  void everyVersionEqualsItsModelForever(
      @ForAll("places") List<IndexPlace> built, @ForAll("batches") List<List<Change>> batches) {
    NavigableMap<IndexPlace, Entry<String>> model = new TreeMap<>();
    built.forEach(place -> model.put(place, entry(place, 0)));
    List<IndexPlace> keys = List.copyOf(model.keySet());
    PersistentMap<IndexPlace, Entry<String>> map =
        PersistentMap.<String>emptyIndex()
            .ofSorted(keys.size(), keys::get, at -> model.get(keys.get(at)));
    List<PersistentMap<IndexPlace, Entry<String>>> versions = new ArrayList<>(List.of(map));
    List<NavigableMap<IndexPlace, Entry<String>>> models = new ArrayList<>();
    models.add(new TreeMap<>(model));
    for (List<Change> batch : batches) {
      map = map.apply(edits(batch, versions.size(), model));
      versions.add(map);
      models.add(new TreeMap<>(model));
    }
    for (int i = 0; i < versions.size(); i++) {
      assertEqualsModel(models.get(i), versions.get(i));
    }
  }

  /** Equal bytes at the beginning and at the end, one the beginning of another, zeros, and long. */
  private static Arbitrary<Key> indexKeys() {
    Arbitrary<byte[]> few =
        Arbitraries.bytes().between((byte) -1, (byte) 1).array(byte[].class).ofMinSize(1);
    Arbitrary<Key> shortOnes = few.filter(bytes -> bytes.length <= 5).map(Key::ofBytes);
    Arbitrary<Key> alike =
        Combinators.combine(
                Arbitraries.of("spiffe://example.org/agent/", "k8s"),
                Arbitraries.integers().between(0, 300))
            .as(Key::of);
    Arbitrary<Key> longOnes =
        Arbitraries.integers().between(0, 20).map(i -> Key.of("long".repeat(20_000), i));
    return Arbitraries.frequencyOf(
        net.jqwik.api.Tuple.of(6, shortOnes),
        net.jqwik.api.Tuple.of(12, alike),
        net.jqwik.api.Tuple.of(1, longOnes));
  }

  private static Arbitrary<IndexPlace> place() {
    Arbitrary<Key> items = Arbitraries.integers().between(0, 400).map(i -> Key.of("item", i));
    return Combinators.combine(indexKeys(), items).as(IndexPlace::new);
  }

  @Provide
  Arbitrary<List<IndexPlace>> places() {
    return place().list().ofMaxSize(700);
  }

  @Provide
  Arbitrary<List<List<Change>>> batches() {
    Arbitrary<Change> change =
        Combinators.combine(place(), Arbitraries.of(true, false)).as(Change::new);
    return change.list().ofMaxSize(150).list().ofMaxSize(6);
  }

  private static Entry<String> entry(IndexPlace place, int version) {
    return new Entry<>(KeyValue.adopt(place.item(), new byte[0], version, version), "v" + version);
  }

  /** Makes the changes to the model, and gives them as edits; some of what is there goes, too. */
  private static List<Edit<IndexPlace, Entry<String>>> edits(
      List<Change> batch, int version, NavigableMap<IndexPlace, Entry<String>> model) {
    NavigableMap<IndexPlace, Boolean> changes = new TreeMap<>();
    batch.forEach(change -> changes.put(change.place, change.removed));
    int number = 0;
    for (IndexPlace there : model.keySet()) {
      if (++number % 5 == version % 5) {
        changes.put(there, version % 2 == 0);
      }
    }
    List<Edit<IndexPlace, Entry<String>>> edits = new ArrayList<>();
    changes.forEach(
        (place, removed) -> {
          Entry<String> entry = removed ? null : entry(place, version);
          edits.add(new Edit<>(place, entry));
          if (removed) {
            model.remove(place);
          } else {
            model.put(place, entry);
          }
        });
    return edits;
  }

  private static void assertEqualsModel(
      NavigableMap<IndexPlace, Entry<String>> model, PersistentMap<IndexPlace, Entry<String>> map) {
    PersistentMapShape.check(map);
    assertEquals(model.size(), map.size());
    Cursor<IndexPlace, Entry<String>> all = map.cursor(null, null);
    long rank = 0;
    for (var expected : model.entrySet()) {
      assertEquals(expected.getKey(), all.nextKey());
      assertEquals(expected.getValue(), all.next());
      assertEquals(expected.getValue(), map.get(expected.getKey()));
      assertEquals(rank++, map.rank(expected.getKey()));
      IndexPlace before = IndexPlace.before(expected.getKey().index());
      assertNull(map.get(before));
      assertEquals(model.headMap(before).size(), map.rank(before));
      IndexPlace end = IndexPlace.before(expected.getKey().index().successor());
      assertEquals(
          List.copyOf(model.subMap(before, end).values()), values(map.cursor(before, end)));
    }
    assertEquals(false, all.hasNext());
  }

  private static <V> List<V> values(Cursor<?, V> cursor) {
    List<V> values = new ArrayList<>();
    cursor.forEachRemaining(values::add);
    return values;
  }
}
