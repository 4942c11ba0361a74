package io.holdfast.cache;

import static io.holdfast.cache.Words.INITIAL;
import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static io.holdfast.cache.Words.values;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class StripsTest {
  private static final int WORDS = 2000;
  private static final int RANGES = 500;

  private final Store store = Store.open("memory:" + UUID.randomUUID());

  @BeforeEach
  void fill() {
    Map<Key, byte[]> words = new LinkedHashMap<>();
    for (int i = 0; i < WORDS; i++) {
      words.put(key(i), bytes((char) ('a' + i % 20) + " word"));
    }
    store.put(words);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static List<String> words(Strips<String> strips) {
    List<String> words = new ArrayList<>();
    while (strips.next()) {
      for (int at = strips.from(); at < strips.end(); at++) {
        words.add(strips.entry(at).value());
      }
    }
    return words;
  }

  /** Some letters, or from one of them on, or up to one, or all. */
  private static KeyRange range(Random random) {
    Key from = Key.of(Character.toString('`' + random.nextInt(23)));
    Key to = Key.of(Character.toString('a' + random.nextInt(23)));
    return switch (random.nextInt(4)) {
      case 0 -> KeyRange.all();
      case 1 -> KeyRange.from(from);
      default -> from.compareTo(to) < 0 ? KeyRange.of(from, to) : KeyRange.under(from);
    };
  }

  @Test
  void stripsOfARangeHoldWhatTheRangeHolds() {
    Random random = new Random(7);
    try (Mirror<String> mirror = Words.mirror(store).open()) {
      Snapshot<String> snapshot = mirror.snapshot();
      for (int i = 0; i < RANGES; i++) {
        KeyRange range = range(random);
        Strips<String> strips = snapshot.strips(INITIAL, range);
        assertEquals(values(snapshot.range(INITIAL, range)), words(strips));
        assertFalse(strips.next());
      }
    }
  }

  @Test
  void whatIsBesideAStripStaysUntilTheStripChanges() {
    AtomicInteger made = new AtomicInteger();
    try (Mirror<String> mirror = Words.mirror(store).open()) {
      int strips = goBy(mirror.snapshot(), made);
      assertTrue(strips > WORDS / 64, () -> strips + " strips");
      assertEquals(strips, made.get());
      assertEquals(strips, goBy(mirror.snapshot(), made));
      assertEquals(strips, made.get(), "nothing is made again");
      Position changed = store.put(key(0), bytes("a longer word"));
      goBy(mirror.snapshot(Freshness.atLeast(changed), LONG), made);
      assertEquals(strips + 1, made.get(), "one strip has changed");
    }
  }

  /** Goes by all strips, and leaves beside each the words in it; how many there are. */
  private static int goBy(Snapshot<String> snapshot, AtomicInteger made) {
    int strips = 0;
    for (Strips<String> all = snapshot.strips(INITIAL, KeyRange.all()); all.next(); strips++) {
      String[] beside =
          all.beside(
              String[].class,
              length -> {
                made.incrementAndGet();
                return new String[length];
              });
      for (int at = all.from(); at < all.end(); at++) {
        String word = all.entry(at).value();
        assertTrue(beside[at] == null || beside[at].equals(word), "what is beside is of the strip");
        beside[at] = word;
      }
    }
    return strips;
  }
}
