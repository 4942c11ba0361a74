package io.holdfast.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.cache.PersistentMap.Edit;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PersistentMapTest {
  @Test
  void growsOneByOneAndShrinksToNothing() {
    PersistentMap<Integer, String> map = PersistentMap.empty();
    for (int i = 0; i < 10_000; i++) {
      map = map.apply(List.of(new Edit<>(i, "v" + i)));
    }
    PersistentMapShape.check(map);
    assertEquals(10_000, map.size());
    PersistentMap<Integer, String> full = map;
    for (int i = 9_999; i >= 0; i--) {
      map = map.apply(List.of(new Edit<>(i * 7919 % 10_000, null)));
    }
    assertTrue(map.isEmpty());
    assertFalse(map.cursor(null, null).hasNext());
    assertEquals("v1234", full.get(1234));
    assertEquals(10_000, full.size());
  }

  @Test
  void fillsAndEmptiesInOneBatch() {
    List<Edit<Integer, String>> puts = new ArrayList<>();
    List<Edit<Integer, String>> removals = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      puts.add(new Edit<>(i, "v"));
      removals.add(new Edit<>(i, null));
    }
    PersistentMap<Integer, String> full = PersistentMap.<Integer, String>empty().apply(puts);
    PersistentMapShape.check(full);
    assertEquals(100_000, full.size());
    assertTrue(full.apply(removals).isEmpty());
    PersistentMap<Integer, String> one = full.apply(removals.subList(1, 100_000));
    assertEquals(List.of("v"), values(one.cursor(null, null)));
  }

  @Test
  void sharesWhatDidNotChange() {
    PersistentMap<Integer, String> map = PersistentMap.<Integer, String>empty();
    map = map.apply(IntStream.range(0, 10_000).mapToObj(i -> new Edit<>(i, "v")).toList());
    PersistentMap<Integer, String> changed = map.apply(List.of(new Edit<>(5_000, "w")));
    assertNotSame(map, changed);
    assertEquals(1, PersistentMapShape.leavesNotIn(changed, map));
    assertSame(map, map.apply(List.of()));
    assertSame(map, map.apply(List.of(new Edit<>(-1, null), new Edit<>(20_000, null))));
  }

  @Test
  void cursorNamesTheNextKeyAndEndsWithAnException() {
    PersistentMap<Integer, String> map =
        PersistentMap.<Integer, String>empty()
            .apply(List.of(new Edit<>(1, "one"), new Edit<>(2, "two")));
    Cursor<Integer, String> cursor = map.cursor(2, 3);
    assertEquals(2, cursor.nextKey());
    assertEquals("two", cursor.next());
    assertThrows(NoSuchElementException.class, cursor::next);
    assertNull(map.get(3));
  }

  private static <V> List<V> values(Cursor<?, V> cursor) {
    List<V> values = new ArrayList<>();
    cursor.forEachRemaining(values::add);
    return values;
  }
}
