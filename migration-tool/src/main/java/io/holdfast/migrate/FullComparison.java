package io.holdfast.migrate;

import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.StoredItems;
import io.holdfast.datastore.StoredItems.StoredItem;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Key;
import io.holdfast.store.Store;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Compares a store with a state of its source, record for record, and makes them equal.
 *
 * <p>Both sides are read once, each in its own order, into digests of buckets. Only of buckets that
 * differ the records are read again and held, a bounded number at a time. So memory does not grow
 * with the database. Nobody but the holder of the replica may write to the store meanwhile; what
 * somebody else does is found now or the next time.
 */
final class FullComparison {
  private static final int HELD_RECORDS_MAX = 20_000;
  private static final long HELD_BYTES_MAX = 16L << 20;
  private static final int FLUSHED_AT = 500;
  private static final long NO_PLACE = -1;
  private static final byte[] NOTHING = {};
  private static final BucketDigests NO_ROWS = new BucketDigests();

  private final LegacyDatabase source;
  private final Store store;
  private final ReplicaItems replica;
  private final Consumer<Difference> found;
  private final Runnable step;

  private final Map<ItemType<?>, BucketDigests> there = digests();
  private final Map<ItemType<?>, BucketDigests> here = digests();
  private final Map<ItemType<?>, BucketDigests> rowsThere = new HashMap<>();
  private final Map<ItemType<?>, BucketDigests> rowsHere = new HashMap<>();
  private final List<String> bundlesToDelete = new ArrayList<>();

  /**
   * Prepares one comparison.
   *
   * @param found is told of each difference, after it was repaired or while it is
   * @param step is called for each record that is read
   */
  FullComparison(
      LegacyDatabase source,
      Store store,
      ReplicaItems replica,
      Consumer<Difference> found,
      Runnable step) {
    this.source = source;
    this.store = store;
    this.replica = replica;
    this.found = found;
    this.step = step;
  }

  private static Map<ItemType<?>, BucketDigests> digests() {
    Map<ItemType<?>, BucketDigests> digests = new LinkedHashMap<>();
    SpireTypes.all().forEach(type -> digests.put(type, new BucketDigests()));
    return digests;
  }

  /** Reads both sides; what differs is known by bucket then. */
  void read() {
    source.read(
        replica.of(
            item -> {
              step.run();
              addThere(item);
            }));
    SpireTypes.all().forEach(this::readHere);
  }

  /** How many records the source has. */
  long records() {
    return there.values().stream().mapToLong(BucketDigests::count).sum();
  }

  private <M extends MessageLite> void addThere(SpireItem<M> item) {
    there.get(item.type()).add(item.id(), item.place(), item.message().toByteArray());
    item.type().rowsOf(item.message()).forEach(row -> add(rowsThere, item.type(), item.id(), row));
  }

  /** Of few types the store has rows in indexes. */
  private static void add(
      Map<ItemType<?>, BucketDigests> rows, ItemType<?> type, String id, Key row) {
    rows.computeIfAbsent(type, any -> new BucketDigests()).add(id, NO_PLACE, row.toBytes());
  }

  private <M extends MessageLite> void readHere(ItemType<M> type) {
    BucketDigests digests = here.get(type);
    StoredItems<M> items = StoredItems.of(store, type);
    for (StoredItem<M> item : items.byId(id -> digests.add(id, NO_PLACE, NOTHING))) {
      step.run();
      digests.add(type.id(item.message()), place(type, item), item.message().toByteArray());
    }
    items.forEachRow((id, row) -> add(rowsHere, type, id, row));
  }

  /** The place in the source; one that none has there for what was not brought along. */
  private static long place(ItemType<?> type, StoredItem<?> item) {
    if (!SpireItem.hasPlace(type)) {
      return 0;
    }
    CreationOrder order = item.order();
    return order.era() == 0 && order.position() == 0 ? order.revision() : NO_PLACE;
  }

  /** Finds what differs, and makes the store equal. */
  void repair() {
    for (Map<ItemType<?>, BitSet> part : parts()) {
      repair(part);
    }
    // Now nothing refers to them any more.
    bundlesToDelete.forEach(id -> replica.delete(SpireTypes.BUNDLE, id));
    replica.flush();
  }

  /** The buckets that differ, in parts whose records may be held at once. */
  private List<Map<ItemType<?>, BitSet>> parts() {
    List<Map<ItemType<?>, BitSet>> parts = new ArrayList<>();
    Map<ItemType<?>, BitSet> part = new LinkedHashMap<>();
    long records = 0;
    long bytes = 0;
    for (ItemType<?> type : SpireTypes.all()) {
      BucketDigests source = there.get(type);
      for (int bucket = 0; bucket < BucketDigests.BUCKETS; bucket++) {
        if (isSame(type, bucket)) {
          continue;
        }
        records += source.count(bucket);
        bytes += source.bytes(bucket);
        if (!part.isEmpty() && (records > HELD_RECORDS_MAX || bytes > HELD_BYTES_MAX)) {
          parts.add(part);
          part = new LinkedHashMap<>();
          records = source.count(bucket);
          bytes = source.bytes(bucket);
        }
        part.computeIfAbsent(type, any -> new BitSet()).set(bucket);
      }
    }
    if (!part.isEmpty()) {
      parts.add(part);
    }
    return parts;
  }

  private boolean isSame(ItemType<?> type, int bucket) {
    return there.get(type).same(here.get(type), bucket)
        && rowsThere.getOrDefault(type, NO_ROWS).same(rowsHere.getOrDefault(type, NO_ROWS), bucket);
  }

  private void repair(Map<ItemType<?>, BitSet> part) {
    Map<ItemType<?>, Map<String, SpireItem<?>>> wanted = new HashMap<>();
    part.keySet().forEach(type -> wanted.put(type, new LinkedHashMap<>()));
    source.read(
        replica.of(
            item -> {
              step.run();
              hold(item, part, wanted);
            }));
    part.forEach((type, buckets) -> repair(type, buckets, wanted.get(type)));
  }

  private static void hold(
      SpireItem<?> item,
      Map<ItemType<?>, BitSet> part,
      Map<ItemType<?>, Map<String, SpireItem<?>>> wanted) {
    String id = item.id();
    BitSet buckets = part.get(item.type());
    if (buckets != null && buckets.get(BucketDigests.bucketOf(id))) {
      wanted.get(item.type()).put(id, item);
    }
  }

  private <M extends MessageLite> void repair(
      ItemType<M> type, BitSet buckets, Map<String, SpireItem<?>> wanted) {
    StoredItems<M> items = StoredItems.of(store, type);
    Map<String, Set<Key>> rows = rowsIn(buckets, items);
    List<String> damaged = new ArrayList<>();
    for (StoredItem<M> stored : items.byId(damaged::add)) {
      step.run();
      String id = type.id(stored.message());
      if (buckets.get(BucketDigests.bucketOf(id))) {
        repair(type, id, stored, wanted.remove(id), takeRows(rows, id));
      }
    }
    damaged.forEach(id -> replaceDamaged(type, id, wanted.remove(id), takeRows(rows, id)));
    wanted.forEach(
        (id, item) -> {
          differ(Difference.missing(type, id));
          replica.mend(item, takeRows(rows, id));
        });
    rows.forEach(
        (id, ofNobody) -> {
          differ(Difference.index(type, id));
          replica.delete(type, id, ofNobody);
        });
    replica.flush();
  }

  /** The rows in indexes that the store has for the ids in some buckets. */
  private static Map<String, Set<Key>> rowsIn(BitSet buckets, StoredItems<?> items) {
    Map<String, Set<Key>> rows = new LinkedHashMap<>();
    items.forEachRow(
        (id, row) -> {
          if (buckets.get(BucketDigests.bucketOf(id))) {
            rows.computeIfAbsent(id, any -> new HashSet<>()).add(row);
          }
        });
    return rows;
  }

  private static Set<Key> takeRows(Map<String, Set<Key>> rows, String id) {
    Set<Key> taken = rows.remove(id);
    return taken == null ? Set.of() : taken;
  }

  private <M extends MessageLite> void repair(
      ItemType<M> type, String id, StoredItem<M> stored, SpireItem<?> wanted, Set<Key> rows) {
    if (wanted == null) {
      differ(Difference.extra(type, id));
      delete(type, id, rows);
    } else if (place(type, stored) != wanted.place()
        || !Arrays.equals(stored.message().toByteArray(), wanted.message().toByteArray())) {
      differ(Difference.between(type, id, (Message) stored.message(), (Message) wanted.message()));
      replica.mend(wanted, rows);
    } else if (!rows.equals(type.rowsOf(stored.message()))) {
      differ(Difference.index(type, id));
      replica.mend(wanted, rows);
    }
    if (replica.waiting() >= FLUSHED_AT) {
      replica.flush();
    }
  }

  private void replaceDamaged(ItemType<?> type, String id, SpireItem<?> wanted, Set<Key> rows) {
    differ(Difference.damaged(type, id));
    if (wanted == null) {
      delete(type, id, rows);
    } else {
      replica.mend(wanted, rows);
    }
  }

  private void delete(ItemType<?> type, String id, Set<Key> rows) {
    if (type == SpireTypes.BUNDLE) {
      bundlesToDelete.add(id);
    } else {
      replica.delete(type, id, rows);
    }
  }

  private void differ(Difference difference) {
    found.accept(difference);
  }
}
