package io.holdfast.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class IndexLoadTest {
  private final IndexLoad<String> load = new IndexLoad<>();
  private final List<Entry<String>> entries = new ArrayList<>();
  private final NavigableMap<IndexPlace, Entry<String>> model = new TreeMap<>();

  private void add(List<Key> indexKeys) {
    Key item = Key.of("item", entries.size());
    Entry<String> entry = new Entry<>(KeyValue.adopt(item, new byte[0], 1, 1), "v" + item);
    load.add(indexKeys, entries.size());
    entries.add(entry);
    indexKeys.forEach(key -> model.put(new IndexPlace(key, item), entry));
  }

  private void assertIndexIsTheModel() {
    PersistentMap<IndexPlace, Entry<String>> index = load.finish(entries);
    PersistentMapShape.check(index);
    assertEquals(model.size(), index.size());
    Cursor<IndexPlace, Entry<String>> places = index.cursor(null, null);
    model.forEach(
        (place, entry) -> {
          assertEquals(place, places.nextKey());
          assertEquals(entry, places.next());
        });
  }

  @Test
  void entriesBecomeAnIndexInAnotherOrder() {
    Random random = new Random(5);
    for (int i = 0; i < 60_000; i++) {
      add(List.of(Key.of("few", random.nextInt(50)), Key.of("all", -i)));
    }
    assertIndexIsTheModel();
  }

  @Test
  void entriesOfOneIndexKeyStandInTheOrderOfTheirOwn() {
    for (int i = 0; i < 10_000; i++) {
      add(List.of(Key.of("the only one")));
    }
    assertIndexIsTheModel();
  }

  @Test
  void keysThatAreAlikeForLongTakeNoDeepStack() {
    String alike = "alike".repeat(20_000);
    for (int i = 0; i < 300; i++) {
      add(List.of(Key.of(alike.substring(i % 7 * 1000), i % 13)));
    }
    assertIndexIsTheModel();
  }

  @Test
  void nothingIsAnEmptyIndex() {
    assertIndexIsTheModel();
    add(List.of());
    assertIndexIsTheModel();
  }

  @Test
  void whatWasCollectedIsLetGoOf() {
    add(List.of(Key.of("one")));
    assertIndexIsTheModel();
    model.clear();
    assertIndexIsTheModel();
  }
}
