package io.holdfast.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.cache.PersistentMap.Edit;
import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.BeforeTry;

/** The table answers for each version of the entries what the version itself does, or is unsure. */
final class KeyTablePropertyTest {
  /** Numbers below this one are keys that all have one hash, more than one chain holds. */
  private static final int COLLIDING = 100;

  private static final int KEYS = 700;

  private KeyTable<Integer> table;
  private List<PersistentMap<Key, Entry<Integer>>> versions;
  private List<Integer> generations;

  @BeforeTry
  void begin() {
    table = new KeyTable<>(new Stamps<>(null));
    versions = new ArrayList<>(List.of(PersistentMap.empty()));
    generations = new ArrayList<>(List.of(0));
  }

  /** The second half of a low number's key undoes what the first half does to the hash. */
  private static Key key(int number) {
    if (number >= COLLIDING) {
      return Key.of("key", number);
    }
    long product = (2 * Long.BYTES ^ number) * 0x9E3779B97F4A7C15L;
    ByteBuffer bytes = ByteBuffer.allocate(2 * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    return Key.ofBytes(bytes.putLong(number).putLong(product ^ product >>> 32).array());
  }

  private void step(Map<Integer, Integer> batch, boolean isCommit) {
    PersistentMap<Key, Entry<Integer>> before = versions.get(versions.size() - 1);
    int revision = versions.size();
    Map<Key, Entry<Integer>> sorted = new TreeMap<>();
    batch.forEach(
        (number, value) -> {
          Entry<Integer> entry =
              new Entry<>(
                  KeyValue.adopt(key(number), new byte[0], 1, isCommit ? revision : 1), value);
          if (value >= 0 || before.get(key(number)) != null) {
            sorted.put(key(number), value < 0 ? null : entry);
          }
        });
    List<Edit<Key, Entry<Integer>>> edits = new ArrayList<>();
    sorted.forEach((key, entry) -> edits.add(new Edit<>(key, entry)));
    PersistentMap<Key, Entry<Integer>> after = before.apply(edits);
    if (!isCommit) {
      table.newGeneration();
    }
    versions.add(after);
    generations.add(table.generation());
    table.apply(edits, after, revision);
  }

  @Property(tries = 200)
  void tableAnswersForEveryVersion(@ForAll("batches") List<Map<Integer, Integer>> batches) {
    for (int i = 0; i < batches.size(); i++) {
      step(batches.get(i), i % 4 != 3);
      for (int version = 0; version < versions.size(); version++) {
        assertAnswersFor(version, version == versions.size() - 1);
      }
    }
  }

  private void assertAnswersFor(int version, boolean newest) {
    PersistentMap<Key, Entry<Integer>> entries = versions.get(version);
    for (int number = 0; number < KEYS; number++) {
      Entry<?> found = table.find(key(number), version, generations.get(version));
      if (!KeyTable.isUnsure(found)) {
        assertSame(entries.get(key(number)), found);
      } else if (newest) {
        assertTrue(isCrowded(entries), "unsure of " + key(number));
      }
    }
  }

  /** A chain of so many keys with one hash may be full, for others too that fall into it. */
  private static boolean isCrowded(PersistentMap<Key, Entry<Integer>> entries) {
    long colliding =
        IntStream.range(0, COLLIDING).filter(number -> entries.get(key(number)) != null).count();
    return colliding > 20;
  }

  @Provide
  Arbitrary<List<Map<Integer, Integer>>> batches() {
    Arbitrary<Integer> numbers =
        Arbitraries.oneOf(
            Arbitraries.integers().between(0, COLLIDING - 1),
            Arbitraries.integers().between(COLLIDING, KEYS - 1));
    Arbitrary<Integer> values = Arbitraries.integers().between(-10, 10);
    return Arbitraries.maps(numbers, values).ofMaxSize(200).list().ofMaxSize(8);
  }

  @Example
  void keysOfOneHashAreFoundOrLeftToTheTree() {
    Map<Integer, Integer> all = new TreeMap<>();
    for (int number = 0; number < COLLIDING; number++) {
      assertEquals(key(0).hashCode(), key(number).hashCode());
      all.put(number, number);
    }
    step(all, true);
    int unsure = 0;
    for (int number = 0; number < COLLIDING; number++) {
      Entry<?> found = table.find(key(number), 1, 0);
      unsure += KeyTable.isUnsure(found) ? 1 : 0;
    }
    assertEquals(COLLIDING - 64, unsure);
    assertAnswersFor(1, true);
    assertNull(table.find(Key.of("other"), 1, 0));
  }
}
