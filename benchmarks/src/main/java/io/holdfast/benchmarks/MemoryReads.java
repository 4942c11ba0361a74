package io.holdfast.benchmarks;

import io.holdfast.cache.Entry;
import io.holdfast.cache.Snapshot;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/** Reads of a mirror, beside the JDK's maps with the same keys and values. */
final class MemoryReads {
  private static final int ITEMS = 1_000_000;
  private static final int THREADS = 2;
  private static final int READS = 1000;
  private static final int SCAN = 100;

  private final Duel duel;
  private final Catalogue catalogue;

  /** Not those that the maps hold, as with any key that comes from outside. */
  private final List<Key> keys;

  private final ConcurrentHashMap<Key, Item> hashMap = new ConcurrentHashMap<>();
  private final TreeMap<Key, Item> treeMap = new TreeMap<>();

  private MemoryReads(Scale scale, Catalogue catalogue) {
    this.duel = new Duel(scale);
    this.catalogue = catalogue;
    keys = IntStream.range(0, catalogue.size).mapToObj(Item::key).toList();
    for (Entry<Item> entry : catalogue.mirror.snapshot().range(Item.ALL)) {
      hashMap.put(entry.key(), entry.value());
      treeMap.put(entry.key(), entry.value());
    }
  }

  static void run(Scale scale, Consumer<Result> results) throws Exception {
    try (Catalogue catalogue = new Catalogue(scale.items(ITEMS))) {
      MemoryReads reads = new MemoryReads(scale, catalogue);
      results.accept(reads.newest());
      results.accept(reads.inSnapshot());
      results.accept(reads.scans());
      results.accept(reads.lists());
    }
  }

  private Key anyKey(ThreadLocalRandom random) {
    return keys.get(random.nextInt(keys.size()));
  }

  private Result newest() throws Exception {
    return duel.run(
        new Figure(
            "newest value of a random key out of 1,000,000, 2 threads",
            "ConcurrentHashMap",
            "op/CPU-s",
            Bound.atLeast(0.8)),
        time -> Load.perCpuSecond(time, THREADS, i -> this::getNewest),
        time -> Load.perCpuSecond(time, THREADS, i -> this::getFromHashMap));
  }

  private Result inSnapshot() throws Exception {
    return duel.run(
        new Figure(
            "the same inside one snapshot", "ConcurrentHashMap", "op/CPU-s", Bound.atLeast(0.4)),
        time -> Load.perCpuSecond(time, THREADS, i -> this::getInSnapshot),
        time -> Load.perCpuSecond(time, THREADS, i -> this::getFromHashMap));
  }

  private Result scans() throws Exception {
    return duel.run(
        new Figure(
            "range scan of 100 in key order, 2 threads", "TreeMap", "op/CPU-s", Bound.atLeast(1.0)),
        time -> Load.perCpuSecond(time, THREADS, i -> this::scan),
        time -> Load.perCpuSecond(time, THREADS, i -> this::scanTreeMap));
  }

  private Result lists() throws Exception {
    return duel.run(
        new Figure("list by index, 10 results, 2 threads", "", "op/CPU-s", Bound.none()),
        time -> Load.perCpuSecond(time, THREADS, i -> this::listByOwner));
  }

  private long getNewest() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long found = 0;
    for (int i = 0; i < READS; i++) {
      found += 1 - catalogue.mirror.get(anyKey(random)).orElseThrow().value().stamp();
    }
    return check(found);
  }

  private long getInSnapshot() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    Snapshot<Item> now = catalogue.mirror.snapshot();
    long found = 0;
    for (int i = 0; i < READS; i++) {
      found += 1 - now.get(anyKey(random)).orElseThrow().value().stamp();
    }
    return check(found);
  }

  private long getFromHashMap() {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long found = 0;
    for (int i = 0; i < READS; i++) {
      found += 1 - hashMap.get(anyKey(random)).stamp();
    }
    return check(found);
  }

  /** All stamps are 0: what was found is what was asked for, and nothing was optimized away. */
  private static long check(long found) {
    if (found != READS) {
      throw new IllegalStateException("found " + found + " of " + READS);
    }
    return found;
  }

  private KeyRange anyHundred() {
    int from = ThreadLocalRandom.current().nextInt(Math.max(1, keys.size() - SCAN));
    return KeyRange.of(keys.get(from), keys.get(Math.min(keys.size() - 1, from + SCAN)));
  }

  private long scan() {
    long sum = 0;
    KeyRange range = anyHundred();
    for (Entry<Item> entry : catalogue.mirror.snapshot().range(range)) {
      sum += 1 - entry.value().stamp();
    }
    return sum > 0 ? 1 : 0;
  }

  private long scanTreeMap() {
    long sum = 0;
    KeyRange range = anyHundred();
    for (Item item : treeMap.subMap(range.start().get(), range.end().get()).values()) {
      sum += 1 - item.stamp();
    }
    return sum > 0 ? 1 : 0;
  }

  private long listByOwner() {
    int owner = ThreadLocalRandom.current().nextInt(keys.size() / Item.PER_OWNER);
    long sum = 0;
    for (Entry<Item> entry :
        catalogue.mirror.snapshot().range(Catalogue.OWNER, KeyRange.under(Item.ownerKey(owner)))) {
      sum += 1 - entry.value().stamp();
    }
    return sum == Item.PER_OWNER ? 1 : 0;
  }
}
