package io.holdfast.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.cache.PersistentMap.Edit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

final class PersistentMapPropertyTest {
  /** Values at and above this one stand for a removal. */
  private static final int REMOVAL = 500;

  @Property(tries = 40)
  void everyVersionEqualsItsModelForever(
      @ForAll("sizes") int size, @ForAll("batches") List<Map<Integer, Integer>> batches) {
    NavigableMap<Integer, String> model = new TreeMap<>();
    IntStream.range(0, size).forEach(i -> model.put(i * 2, "built"));
    PersistentMap<Integer, String> map = built(model);
    List<PersistentMap<Integer, String>> versions = new ArrayList<>(List.of(map));
    List<NavigableMap<Integer, String>> models = new ArrayList<>(List.of(new TreeMap<>(model)));
    for (Map<Integer, Integer> batch : batches) {
      List<Edit<Integer, String>> edits = edits(batch);
      edits.forEach(edit -> applyTo(model, edit));
      map = map.apply(edits);
      versions.add(map);
      models.add(new TreeMap<>(model));
    }
    for (int i = 0; i < versions.size(); i++) {
      assertEqualsModel(models.get(i), versions.get(i));
    }
  }

  @Provide
  Arbitrary<Integer> sizes() {
    return Arbitraries.of(0, 1, 48, 49, 64, 65, 700, 5000);
  }

  @Provide
  Arbitrary<List<Map<Integer, Integer>>> batches() {
    Arbitrary<Integer> keys = Arbitraries.integers().between(-100, 11_000);
    Arbitrary<Integer> values = Arbitraries.integers().between(0, 999);
    Arbitrary<Map<Integer, Integer>> batch = Arbitraries.maps(keys, values).ofMaxSize(300);
    return batch.list().ofMaxSize(8);
  }

  private static List<Edit<Integer, String>> edits(Map<Integer, Integer> batch) {
    List<Edit<Integer, String>> edits = new ArrayList<>();
    new TreeMap<>(batch)
        .forEach((key, v) -> edits.add(new Edit<>(key, v >= REMOVAL ? null : "v" + v)));
    return edits;
  }

  private static void applyTo(Map<Integer, String> model, Edit<Integer, String> edit) {
    if (edit.value() == null) {
      model.remove(edit.key());
    } else {
      model.put(edit.key(), edit.value());
    }
  }

  private static PersistentMap<Integer, String> built(NavigableMap<Integer, String> model) {
    List<Integer> keys = List.copyOf(model.keySet());
    return PersistentMap.<Integer, String>empty()
        .ofSorted(keys.size(), keys::get, at -> model.get(keys.get(at)));
  }

  private static void assertEqualsModel(
      NavigableMap<Integer, String> model, PersistentMap<Integer, String> map) {
    PersistentMapShape.check(map);
    assertEquals(model.size(), map.size());
    for (int key = -110; key < 11_010; key += 7) {
      assertEquals(model.get(key), map.get(key));
      assertEquals(model.headMap(key, false).size(), map.rank(key));
    }
    assertEquals(model.size(), map.rank(null));
    assertEquals(List.copyOf(model.values()), values(map.cursor(null, null)));
    for (int start = -110; start < 11_010; start += 997) {
      for (int end = start; end < 11_010; end += 1499) {
        assertEquals(
            List.copyOf(model.subMap(start, end).values()), values(map.cursor(start, end)));
      }
    }
  }

  private static <V> List<V> values(Cursor<?, V> cursor) {
    List<V> values = new ArrayList<>();
    cursor.forEachRemaining(values::add);
    return values;
  }
}
