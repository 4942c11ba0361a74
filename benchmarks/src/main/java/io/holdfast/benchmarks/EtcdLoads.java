package io.holdfast.benchmarks;

import io.holdfast.cache.Index;
import io.holdfast.cache.Mirror;
import io.holdfast.store.Key;
import io.holdfast.store.Store;
import io.holdfast.testbed.Etcd;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** How a million items come into memory from etcd. */
final class EtcdLoads implements AutoCloseable {
  private static final int ITEMS = 1_000_000;
  private static final int VALUE_BYTES = 400;
  private static final int FILL_BATCH = 100;
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private final Duel duel;
  private final int size;
  private final Store store;
  private final RawEtcd raw;

  private EtcdLoads(Scale scale, Etcd etcd) {
    duel = new Duel(scale);
    size = scale.items(ITEMS);
    String address = etcd.endpoint().getAuthority();
    String prefix = etcd.freshPrefix();
    store = Store.open("etcd://" + address + prefix);
    raw = new RawEtcd("http://" + address + prefix + "entry/"); // where the store's entries lie
  }

  static void run(Scale scale, Consumer<Result> results) throws Exception {
    try (EtcdLoads loads = new EtcdLoads(scale, Etcd.shared())) {
      loads.fill();
      results.accept(loads.fullLoad());
    }
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

  private Result fullLoad() throws Exception {
    return duel.run(
        new Figure(
            "full load of 1,000,000 x 400 B from etcd, one index",
            "pages with the bare stubs, with decoding",
            "items/s",
            Bound.atLeast(0.7)),
        time -> size / load(),
        time -> size / scan());
  }

  private double load() {
    long begin = System.nanoTime();
    try (Mirror<Item> mirror =
        Mirror.of(store, Item::parse)
            .range(Item.ALL)
            .index(
                new Index<>(
                    Catalogue.OWNER, entry -> List.of(Item.ownerKey(entry.value().owner()))))
            .verifyEvery(Duration.ZERO)
            .open()) {
      mirror.awaitReady(PATIENCE);
      return (System.nanoTime() - begin) / 1e9;
    }
  }

  private double scan() throws Exception {
    long begin = System.nanoTime();
    List<Item> items = new ArrayList<>();
    raw.scan(value -> items.add(Item.parse(ByteBuffer.wrap(value))));
    if (items.size() != size) {
      throw new IllegalStateException("scanned " + items.size());
    }
    return (System.nanoTime() - begin) / 1e9;
  }

  @Override
  public void close() {
    raw.close();
    store.close();
  }
}
