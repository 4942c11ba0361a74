package io.holdfast.migrate;

import com.google.protobuf.MessageLite;
import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.StoredItems;
import io.holdfast.datastore.StoredItems.StoredItem;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Tells whether a store holds exactly the items of its source, each under its number: by number and
 * digest of each type. Both sides are read once, in their own order, in constant memory; what
 * differs is for {@link Differences} to find.
 */
final class Verification {
  private final Map<ItemType<?>, RecordDigest> source = new LinkedHashMap<>();

  Verification() {
    SpireTypes.all().forEach(type -> source.put(type, new RecordDigest()));
  }

  /** Takes an item of the source. */
  void add(SpireItem<?> item) {
    source.get(item.type()).add(item.number(), item.message().toByteArray());
  }

  /** Reads the store. */
  Result compareWith(Store store, Runnable progress) {
    Map<ItemType<?>, Stored> stored = new LinkedHashMap<>();
    boolean same = true;
    for (Map.Entry<ItemType<?>, RecordDigest> side : source.entrySet()) {
      RecordDigest digest = read(StoredItems.of(store, side.getKey()), progress);
      stored.put(side.getKey(), new Stored(digest.count(), digest.digest()));
      same &=
          digest.count() == side.getValue().count()
              && digest.digest().equals(side.getValue().digest());
    }
    return new Result(stored, same);
  }

  private static <M extends MessageLite> RecordDigest read(
      StoredItems<M> items, Runnable progress) {
    RecordDigest digest = new RecordDigest();
    for (StoredItem<M> item : items.byId()) {
      digest.add(number(item.order()), item.message().toByteArray());
      progress.run();
    }
    return digest;
  }

  /** The number in the source; one that none has there for what was not loaded. */
  private static long number(CreationOrder order) {
    return order.era() == 0 && order.position() == 0 ? order.revision() : -1;
  }

  /**
   * What was found.
   *
   * @param stored what the store holds, by type
   * @param same whether the source holds the same
   */
  record Result(Map<ItemType<?>, Stored> stored, boolean same) {}

  /** Number and digest of a type's items in the store. */
  record Stored(long count, String digest) {}
}
