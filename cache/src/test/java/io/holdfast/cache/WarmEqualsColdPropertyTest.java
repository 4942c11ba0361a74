package io.holdfast.cache;

import static io.holdfast.cache.Words.ALL;
import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** A mirror that starts from a file is the one that loads from the store, now and later. */
final class WarmEqualsColdPropertyTest {
  /** What becomes of a word; null deletes it. */
  private record Change(int number, String word) {}

  /** Every letter of a word, its length, and for some all of it; one word is refused. */
  private static Mirror.Builder<String> words(Store store) {
    return Mirror.of(store, stored -> refuseQ(Words.text(stored)))
        .range(ALL)
        .index(
            new Index<>(
                "letter", e -> e.value().chars().mapToObj(c -> Key.of("letter", c)).toList()))
        .index(new Index<>("length", e -> List.of(Key.of(e.value().length()))))
        .index(
            new Index<>(
                "word",
                e -> e.value().isEmpty() ? List.of() : List.of(Key.ofBytes(bytes(e.value())))))
        .verifyEvery(Duration.ZERO);
  }

  private static String refuseQ(String word) {
    if (word.startsWith("q")) {
      throw new IllegalArgumentException("the test said so");
    }
    return word;
  }

  @Property(tries = 40)
  void warmEqualsCold(
      @ForAll("changes") List<Change> before,
      @ForAll("changes") List<Change> meanwhile,
      @ForAll("changes") List<Change> after,
      @ForAll boolean decodeOnUse,
      @ForAll boolean partlyOffDisk)
      throws IOException {
    Path file = Files.createTempFile("words", ".mirror");
    try (Store store = Store.open("memory:" + UUID.randomUUID())) {
      WarmStart start = WarmStart.from(file);
      start = partlyOffDisk ? start.without(KeyRange.of(key(50), key(350))) : start;
      Mirror.Builder<String> warm = words(store).warmStart(start).indexVersion("1");
      warm = decodeOnUse ? warm.decodeOnUse() : warm;
      Files.delete(file);
      apply(before, store);
      try (Mirror<String> mirror = warm.open()) {
        mirror.awaitReady(LONG);
        apply(meanwhile.subList(0, meanwhile.size() / 2), store);
        mirror.snapshot(Freshness.LINEARIZABLE, LONG);
      }
      apply(meanwhile, store);
      try (Mirror<String> mirror = warm.open()) {
        assertEqualsCold(store, mirror);
        assertTrue(mirror.state().startedFromFile());
        assertTrue(mirror.state().ignoredFile().isEmpty());
        apply(after, store);
        assertEqualsCold(store, mirror);
        assertTrue(mirror.verifyNow(LONG).isClean());
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static void apply(List<Change> changes, Store store) {
    for (int from = 0; from < changes.size(); from += 200) {
      Map<Key, byte[]> puts = new HashMap<>();
      for (Change change : changes.subList(from, Math.min(changes.size(), from + 200))) {
        if (change.word == null) {
          store.delete(key(change.number));
        } else {
          puts.put(key(change.number), bytes(change.word));
        }
      }
      if (!puts.isEmpty()) {
        store.put(puts);
      }
    }
  }

  private static void assertEqualsCold(Store store, Mirror<String> warm) {
    Snapshot<String> mine = warm.snapshot(Freshness.LINEARIZABLE, LONG);
    try (Mirror<String> cold = words(store).open()) {
      Snapshot<String> other = cold.snapshot(Freshness.LINEARIZABLE, LONG);
      assertEquals(other.position(), mine.position());
      assertEquals(all(other.items().cursor(null, null)), all(mine.items().cursor(null, null)));
      PersistentMapShape.check(mine.items());
      for (int slot = 0; slot < other.indexes().size(); slot++) {
        PersistentMapShape.check(mine.indexes().get(slot));
        assertEquals(
            all(other.indexes().get(slot).cursor(null, null)),
            all(mine.indexes().get(slot).cursor(null, null)));
      }
      for (Entry<String> entry : other.range(ALL)) {
        assertEquals(entry.value(), mine.get(entry.key()).orElseThrow().value());
      }
      assertEquals(
          all(other.undecodable().cursor(null, null)), all(mine.undecodable().cursor(null, null)));
    }
  }

  private static <K extends Comparable<? super K>, V> Map<String, V> all(Cursor<K, V> cursor) {
    Map<String, V> all = new java.util.LinkedHashMap<>();
    List<String> keys = new ArrayList<>();
    while (cursor.hasNext()) {
      keys.add(cursor.nextKey().toString());
      all.put(keys.get(keys.size() - 1), cursor.next());
    }
    assertEquals(List.copyOf(all.keySet()), keys);
    return all;
  }

  @Provide
  Arbitrary<List<Change>> changes() {
    Arbitrary<String> words = Arbitraries.strings().withChars("abq").ofMaxLength(5).injectNull(0.2);
    return Combinators.combine(Arbitraries.integers().between(0, 400), words)
        .as(Change::new)
        .list()
        .ofMaxSize(600);
  }
}
