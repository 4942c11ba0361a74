package io.holdfast.migrate;

import com.google.protobuf.MessageLite;
import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.StoredItems;
import io.holdfast.datastore.StoredItems.StoredItem;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares a store with the items of its source, in the order of creation, side by side: each
 * item's place and bytes, and count and digest of each type. Memory does not grow with either.
 */
final class Verification {
  private static final int DIFFERENCES_MAX = 20;

  private final Map<ItemType<?>, Side<?>> sides = new LinkedHashMap<>();
  private final List<String> differences = new ArrayList<>();
  private long differencesCount;

  /** Begins a comparison with what the store holds now. */
  Verification(Store store) {
    for (ItemType<?> type : SpireTypes.all()) {
      sides.put(type, new Side<>(StoredItems.of(store, type)));
    }
  }

  /** Takes the next item of the source. */
  void compare(SpireItem<?> item) {
    sides.get(item.type()).compare(item);
  }

  /** Looks what the store has beyond the source; to be called after the last item. */
  Result finish() {
    Map<ItemType<?>, Stored> stored = new LinkedHashMap<>();
    sides.forEach((type, side) -> stored.put(type, side.finish(type)));
    if (differencesCount > differences.size()) {
      differences.add("and %,d more".formatted(differencesCount - differences.size()));
    }
    return new Result(stored, differences);
  }

  private void differ(String difference) {
    if (differencesCount++ < DIFFERENCES_MAX) {
      differences.add(difference);
    }
  }

  /**
   * What was found.
   *
   * @param stored what the store holds, by type
   * @param differences between the two, the first few; empty if there are none
   */
  record Result(Map<ItemType<?>, Stored> stored, List<String> differences) {
    Result {
      differences = List.copyOf(differences);
    }
  }

  /** Number and digest of a type's items in the store. */
  record Stored(long count, String digest) {}

  /** One type on both sides. */
  private final class Side<M extends MessageLite> {
    private final StoredItems<M> items;
    private final RecordDigest inSource = new RecordDigest();
    private final RecordDigest inStore = new RecordDigest();
    private Iterator<StoredItem<M>> rest;
    private StoredItem<M> next; // null at the end

    Side(StoredItems<M> items) {
      this.items = items;
    }

    void compare(SpireItem<?> item) {
      byte[] expected = item.message().toByteArray();
      inSource.add(item.number(), expected);
      CreationOrder place = new CreationOrder(0, item.number(), 0);
      start();
      while (next != null && next.order().compareTo(place) < 0) {
        differ(item.type() + ": the target has one more at " + next.order());
        advance();
      }
      if (next == null || !next.order().equals(place)) {
        differ(item + " is missing in the target");
      } else {
        if (!Arrays.equals(next.message().toByteArray(), expected)) {
          differ(item + " is another one in the target");
        }
        advance();
      }
    }

    /** Not before the type's first item comes: what is read is held in memory. */
    private void start() {
      if (rest == null) {
        rest = items.inCreationOrder().iterator();
        next = rest.hasNext() ? rest.next() : null;
      }
    }

    private void advance() {
      inStore.add(next.order().revision(), next.message().toByteArray());
      next = rest.hasNext() ? rest.next() : null;
    }

    Stored finish(ItemType<?> type) {
      start();
      while (next != null) {
        differ(type + ": the target has one more at " + next.order());
        advance();
      }
      String source = inSource.finish();
      String stored = inStore.finish();
      if (inSource.count() != inStore.count()) {
        differ(type + ": " + inSource.count() + " in the source, " + inStore.count() + " here");
      }
      if (!source.equals(stored)) {
        differ(type + ": digest " + source + " of the source, " + stored + " of the target");
      }
      return new Stored(inStore.count(), stored);
    }
  }
}
