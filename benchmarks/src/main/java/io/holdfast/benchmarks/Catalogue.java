package io.holdfast.benchmarks;

import io.holdfast.cache.Index;
import io.holdfast.cache.Mirror;
import io.holdfast.store.Key;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ThreadLocalRandom;

/** Items in a memory store, with a mirror of them that has one index. */
final class Catalogue implements AutoCloseable {
  static final String OWNER = "owner";
  static final int VALUE_BYTES = 100;
  private static final int FILL_BATCH = 1000;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  final int size;
  final Gate gate;
  final Store store;
  final Mirror<Item> mirror;

  Catalogue(int size) {
    this.size = size;
    gate = Gate.of("memory:" + UUID.randomUUID());
    store = Store.over(gate, PATIENCE);
    fill();
    mirror = mirror(store);
    mirror.awaitReady(PATIENCE);
  }

  static Mirror<Item> mirror(Store store) {
    return Mirror.of(store, Item::parse)
        .range(Item.ALL)
        .index(new Index<>(OWNER, entry -> List.of(Item.ownerKey(entry.value().owner()))))
        .verifyEvery(Duration.ZERO)
        .open();
  }

  private void fill() {
    for (int from = 0; from < size; from += FILL_BATCH) {
      Map<Key, byte[]> batch = new HashMap<>();
      for (int i = from; i < Math.min(size, from + FILL_BATCH); i++) {
        batch.put(Item.key(i), Item.bytes(i, 0, VALUE_BYTES));
      }
      store.put(batch);
    }
  }

  /** Writes one item anew. */
  Position change() {
    int number = ThreadLocalRandom.current().nextInt(size);
    return store.put(Item.key(number), Item.bytes(number, System.nanoTime(), VALUE_BYTES));
  }

  boolean shows(Position position) {
    return !position.isAfter(mirror.snapshot().position());
  }

  /** Waits, busily, until the mirror shows a commit. */
  void awaitShown(Position position) {
    while (!shows(position)) {
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    mirror.close();
    store.close();
  }
}
