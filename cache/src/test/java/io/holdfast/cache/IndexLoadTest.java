package io.holdfast.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import java.util.List;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

final class IndexLoadTest {
  @Test
  void entriesInAnyOrderBecomeOneIndex() {
    Random random = new Random(5);
    IndexLoad<String> load = new IndexLoad<>();
    NavigableMap<IndexPlace, Entry<String>> model = new TreeMap<>();
    for (int i = 0; i < 60_000; i++) {
      Key item = Key.of("item", i);
      Entry<String> entry = new Entry<>(KeyValue.adopt(item, new byte[0], 1, 1), "v" + i);
      List<Key> keys = List.of(Key.of("few", random.nextInt(50)), Key.of("all", -i));
      load.add(keys, entry);
      keys.forEach(key -> model.put(new IndexPlace(key, item), entry));
    }
    PersistentMap<IndexPlace, Entry<String>> index = load.finish();
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
  void nothingIsAnEmptyIndex() {
    assertEquals(0, new IndexLoad<String>().finish().size());
  }
}
