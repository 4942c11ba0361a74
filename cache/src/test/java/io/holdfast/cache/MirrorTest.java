package io.holdfast.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class MirrorTest {
  private static final Duration LONG = Duration.ofSeconds(10);
  private static final KeyRange WORDS = KeyRange.under(Key.of("word"));

  private final Store store = Store.open("memory:" + UUID.randomUUID());

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void followsPutsAndDeletes() {
    store.put(Key.of("word", 1), bytes("one"));
    try (Mirror<String> mirror = words().open()) {
      assertEquals(List.of("one"), values(mirror.snapshot().range(WORDS)));
      Position added = store.put(Key.of("word", 2), bytes("two"));
      Snapshot<String> both = mirror.snapshot(Freshness.atLeast(added), LONG);
      assertEquals(List.of("one", "two"), values(both.range(WORDS)));
      Position removed = store.delete(Key.of("word", 1));
      Snapshot<String> second = mirror.snapshot(Freshness.atLeast(removed), LONG);
      assertEquals(List.of("two"), values(second.range(WORDS)));
      assertEquals(List.of("one", "two"), values(both.range(WORDS)));
      assertTrue(mirror.verifyNow(LONG).isClean());
    }
  }

  @Test
  void findsByIndex() {
    try (Mirror<String> mirror = words().open()) {
      store.put(Key.of("word", 1), bytes("anna"));
      store.put(Key.of("word", 2), bytes("bob"));
      Position last = store.put(Key.of("word", 3), bytes("alex"));
      Snapshot<String> now = mirror.snapshot(Freshness.atLeast(last), LONG);
      assertEquals(
          List.of("anna", "alex"), values(now.range("initial", KeyRange.under(Key.of("a")))));
      assertEquals(2, now.count("initial", KeyRange.single(Key.of("a"))));
      assertTrue(mirror.verifyNow(LONG).isClean());
    }
  }

  @Test
  void linearizableReadSeesWhatAnotherHandleCommitted() {
    try (Mirror<String> mirror = words().open()) {
      mirror.awaitReady(LONG);
      for (int i = 0; i < 100; i++) {
        store.put(Key.of("word", i), bytes("w" + i));
        assertEquals(i + 1, mirror.snapshot(Freshness.LINEARIZABLE, LONG).size());
      }
    }
  }

  private Mirror.Builder<String> words() {
    return Mirror.of(store, MirrorTest::text)
        .range(WORDS)
        .index(new Index<>("initial", e -> List.of(Key.of(e.value().substring(0, 1)))));
  }

  private static String text(KeyValue stored) {
    return new String(stored.value(), StandardCharsets.UTF_8);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static List<String> values(Iterable<Entry<String>> entries) {
    List<String> values = new ArrayList<>();
    entries.forEach(entry -> values.add(entry.value()));
    return values;
  }
}
