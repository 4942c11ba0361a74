package io.holdfast.migrate;

import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.StoredItems;
import io.holdfast.datastore.StoredItems.StoredItem;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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

  private final LegacyDatabase source;
  private final Store store;
  private final ReplicaItems replica;
  private final Consumer<Difference> found;
  private final Runnable step;

  private final Map<ItemType<?>, BucketDigests> there = digests();
  private final Map<ItemType<?>, BucketDigests> here = digests();
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

  private void addThere(SpireItem<?> item) {
    there.get(item.type()).add(item.id(), item.place(), item.message().toByteArray());
  }

  private <M extends MessageLite> void readHere(ItemType<M> type) {
    BucketDigests digests = here.get(type);
    StoredItems<M> items = StoredItems.of(store, type);
    for (StoredItem<M> item : items.byId(id -> digests.add(id, NO_PLACE, NOTHING))) {
      step.run();
      digests.add(type.id(item.message()), place(type, item), item.message().toByteArray());
    }
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
        if (source.same(here.get(type), bucket)) {
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
    List<String> damaged = new ArrayList<>();
    for (StoredItem<M> stored : StoredItems.of(store, type).byId(damaged::add)) {
      step.run();
      String id = type.id(stored.message());
      if (buckets.get(BucketDigests.bucketOf(id))) {
        repair(type, id, stored, wanted.remove(id));
      }
    }
    damaged.forEach(id -> replaceDamaged(type, id, wanted.remove(id)));
    wanted.forEach(
        (id, item) -> {
          differ(Difference.missing(type, id));
          replica.put(item);
        });
    replica.flush();
  }

  private <M extends MessageLite> void repair(
      ItemType<M> type, String id, StoredItem<M> stored, SpireItem<?> wanted) {
    if (wanted == null) {
      differ(Difference.extra(type, id));
      delete(type, id);
    } else if (place(type, stored) != wanted.place()
        || !Arrays.equals(stored.message().toByteArray(), wanted.message().toByteArray())) {
      differ(Difference.between(type, id, (Message) stored.message(), (Message) wanted.message()));
      replica.put(wanted);
    }
    if (replica.waiting() >= FLUSHED_AT) {
      replica.flush();
    }
  }

  private void replaceDamaged(ItemType<?> type, String id, SpireItem<?> wanted) {
    differ(Difference.damaged(type, id));
    if (wanted == null) {
      delete(type, id);
    } else {
      replica.put(wanted);
    }
  }

  private void delete(ItemType<?> type, String id) {
    if (type == SpireTypes.BUNDLE) {
      bundlesToDelete.add(id);
    } else {
      replica.delete(type, id);
    }
  }

  private void differ(Difference difference) {
    found.accept(difference);
  }
}
