package io.holdfast.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

final class HashTriePropertyTest {
  /** Numbers below this one are keys that all have one hash. */
  private static final int COLLIDING = 8;

  private static final int KEYS = 600;

  /** The bytes (n, 255 - 31 * n) have one hash, since that of arrays weighs the first 31 times. */
  private static Key key(int number) {
    return number < COLLIDING
        ? Key.ofBytes(new byte[] {(byte) number, (byte) (120 - 31 * number)})
        : Key.of("key", number);
  }

  private static Entry<Integer> entry(int number, int value) {
    return new Entry<>(KeyValue.adopt(key(number), new byte[0], 1, value + 1), value);
  }

  @Property(tries = 200)
  void everyVersionEqualsItsModelForever(@ForAll("batches") List<Map<Integer, Integer>> batches) {
    Map<Integer, Integer> model = new HashMap<>();
    HashTrie<Integer> trie = HashTrie.empty();
    List<HashTrie<Integer>> versions = new ArrayList<>(List.of(trie));
    List<Map<Integer, Integer>> models = new ArrayList<>(List.of(Map.of()));
    for (Map<Integer, Integer> batch : batches) {
      HashTrie.Editor<Integer> editor = trie.edit();
      batch.forEach(
          (number, value) -> {
            if (value < 0) {
              model.remove(number);
              editor.remove(key(number));
            } else {
              model.put(number, value);
              editor.put(entry(number, value));
            }
          });
      trie = editor.done();
      versions.add(trie);
      models.add(Map.copyOf(model));
    }
    for (int i = 0; i < versions.size(); i++) {
      assertEqualsModel(models.get(i), versions.get(i));
    }
  }

  private static void assertEqualsModel(Map<Integer, Integer> model, HashTrie<Integer> trie) {
    assertEquals(model.size(), trie.size());
    List<Integer> values = new ArrayList<>();
    trie.forEach(entry -> values.add(entry.value()));
    assertEquals(model.values().stream().sorted().toList(), values.stream().sorted().toList());
    for (int number = 0; number < KEYS; number++) {
      Entry<Integer> found = trie.get(key(number));
      assertEquals(model.get(number), found == null ? null : found.value());
    }
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
  void keysOfOneHashLiveTogetherAndLeaveOneByOne() {
    HashTrie.Editor<Integer> editor = HashTrie.<Integer>empty().edit();
    for (int number = 0; number < COLLIDING; number++) {
      assertEquals(key(0).hashCode(), key(number).hashCode());
      editor.put(entry(number, number));
    }
    HashTrie<Integer> trie = editor.done();
    for (int gone = 0; gone < COLLIDING; gone++) {
      HashTrie.Editor<Integer> next = trie.edit();
      next.remove(key(gone));
      trie = next.done();
      for (int number = 0; number < COLLIDING; number++) {
        Entry<Integer> found = trie.get(key(number));
        if (number <= gone) {
          assertNull(found);
        } else {
          assertEquals(number, found.value());
        }
      }
    }
  }
}
