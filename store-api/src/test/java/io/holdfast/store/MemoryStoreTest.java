package io.holdfast.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.UUID;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

final class MemoryStoreTest {
  private static final Key K = Key.of("k");

  private static String name() {
    return "memory:test-" + UUID.randomUUID();
  }

  @Test
  void oneNameIsOneStoreUntilTheLastOfItsHandlesCloses() {
    String name = name();
    try (Store one = Store.open(name)) {
      try (Store two = Store.open(name)) {
        one.put(K, new byte[1]);
        assertTrue(two.get(K).isPresent());
      }
      assertTrue(one.get(K).isPresent());
    }
    try (Store anew = Store.open(name)) {
      assertTrue(anew.get(K).isEmpty());
      assertEquals(Revision.ZERO, anew.status().head().revision());
    }
  }

  @Test
  @Tag("H2")
  void aCopyIsTheSameHistoryUntilOneOfThemWrites() {
    String name = name();
    try (Store original = Store.open(name)) {
      original.put(K, new byte[1]);
      try (Store copy = Store.open(name() + "?copy-of=" + name.substring(7))) {
        assertEquals(original.status(), copy.status());
        Position here = original.put(K, new byte[2]);
        assertEquals(1, copy.get(K).orElseThrow().valueLength());
        Position there = copy.put(K, new byte[3]);
        assertEquals(here.revision(), there.revision());
        assertNotEquals(here.token(), there.token());
        assertThrows(StoreException.Diverged.class, () -> copy.watch(KeyRange.all(), here).close());
      }
    }
  }

  @Test
  @Tag("H6")
  void whatCannotBeOpenedIsOneClearError() {
    StoreException.Unusable missing =
        assertThrows(
            StoreException.Unusable.class, () -> Store.open(name() + "?copy-of=nobody").close());
    assertEquals(StoreException.Reason.NOT_FOUND, missing.reason());
    assertThrows(StoreException.Unusable.class, () -> Store.open("memory:").close());
  }

  @Test
  @Tag("H3")
  void aHistoryWithoutABoundIsKeptWhole() {
    StoreConfig config = StoreConfig.of(name()).withHistoryCommits(Long.MAX_VALUE);
    try (Store store = Store.open(config)) {
      store.put(K, new byte[1]);
      store.put(K, new byte[2]);
      assertEquals(Revision.ZERO, store.status().oldest());
    }
  }
}
