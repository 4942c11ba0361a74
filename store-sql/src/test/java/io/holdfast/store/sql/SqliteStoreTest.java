package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SqliteStoreTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path folder;
  private Store store;

  @BeforeEach
  void open() {
    store = Store.open("sqlite:" + folder.resolve("a.db"));
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void valuesComeBackWithTheirRevisions() {
    Key key = Key.of("a");
    Position first = store.put(key, bytes("one"));
    Position second = store.put(key, bytes("two"));
    KeyValue found = store.get(key).orElseThrow();
    assertArrayEquals(bytes("two"), found.value());
    assertEquals(first.revision(), found.created());
    assertEquals(second.revision(), found.modified());
    assertEquals(new Revision(2), store.status().head().revision());
  }

  @Test
  void anEmptyValueIsNotAMissingKey() {
    Position start = store.status().head();
    store.put(Key.of("empty"), new byte[0]);
    assertEquals(0, store.get(Key.of("empty")).orElseThrow().valueLength());
    assertTrue(store.get(Key.of("missing")).isEmpty());
    try (Watch watch = store.watch(KeyRange.all(), start)) {
      Event event = watch.next(SOON).orElseThrow().events().get(0);
      assertEquals(0, event.now().orElseThrow().valueLength());
    }
  }

  @Test
  void theDataAreThereAfterReopening() {
    Position position = store.put(Key.of("a"), bytes("one"));
    store.close();
    assertFalse(Files.exists(folder.resolve("a.db-wal")), "the log is folded in at the end");
    store = Store.open("sqlite:" + folder.resolve("a.db"));
    assertEquals(position, store.status().head());
    assertArrayEquals(bytes("one"), store.get(Key.of("a")).orElseThrow().value());
  }

  @Test
  void aChangedReadIsAConflictThatLeavesNoTrace() {
    store.put(Key.of("a"), bytes("one"));
    Transaction tx = store.begin();
    tx.get(Key.of("a"));
    Position other = store.put(Key.of("a"), bytes("two"));
    tx.put(Key.of("b"), bytes("mine"));
    StoreException.Conflict conflict = assertThrows(StoreException.Conflict.class, tx::commit);
    assertEquals(other.revision(), conflict.waitFor());
    assertTrue(store.get(Key.of("b")).isEmpty());
    assertEquals(other, store.status().head());
  }

  @Test
  void aDeletionInsideARangeThatWasReadIsAConflict() {
    store.put(Key.of("r", 1), bytes("one"));
    store.put(Key.of("r", 2), bytes("two"));
    Transaction tx = store.begin();
    tx.get(KeyRange.under(Key.of("r")));
    store.delete(Key.of("r", 1));
    tx.put(Key.of("b"), bytes("mine"));
    assertThrows(StoreException.Conflict.class, tx::commit);
  }

  @Test
  void aWatchOfAFreshStoreSeesTheFirstCommit() {
    Position start = store.status().head();
    try (Watch watch = store.watch(KeyRange.under(Key.of("a")), start)) {
      assertEquals(Optional.empty(), watch.next(Duration.ZERO));
      Position one = store.put(Key.of("a", 1), bytes("one"));
      WatchBatch batch = watch.next(SOON).orElseThrow();
      assertEquals(start, batch.previous());
      assertEquals(one, batch.position());
      assertEquals(List.of(Event.put(store.get(Key.of("a", 1)).orElseThrow())), batch.events());
      Position other = store.put(Key.of("b"), bytes("x"));
      WatchBatch progress = watch.next(SOON).orElseThrow();
      assertTrue(progress.isProgress());
      assertEquals(other, progress.position());
      store.delete(Key.of("a", 1));
      assertEquals(List.of(Event.delete(Key.of("a", 1))), watch.next(SOON).orElseThrow().events());
    }
  }
}
