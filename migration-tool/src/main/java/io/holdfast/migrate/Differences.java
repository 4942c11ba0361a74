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
import java.util.stream.Stream;

/**
 * Finds what differs between a store and its source, in the order of creation, side by side. A
 * large store is sorted on disk for it, so it is for those that are known to differ.
 */
final class Differences implements AutoCloseable {
  private static final int DIFFERENCES_MAX = 20;

  private final Map<ItemType<?>, Side<?>> sides = new LinkedHashMap<>();
  private final List<String> differences = new ArrayList<>();
  private long count;

  /** Begins with what the store holds now. */
  Differences(Store store) {
    for (ItemType<?> type : SpireTypes.all()) {
      sides.put(type, new Side<>(StoredItems.of(store, type).inCreationOrder()));
    }
  }

  /** Takes the next item of the source. */
  void compare(SpireItem<?> item) {
    sides.get(item.type()).compare(item);
  }

  /** The first few; to be asked after the last item. */
  List<String> finish() {
    sides.forEach((type, side) -> side.finish(type));
    if (count > differences.size()) {
      differences.add("and %,d more".formatted(count - differences.size()));
    }
    return List.copyOf(differences);
  }

  @Override
  public void close() {
    sides.values().forEach(Side::close);
  }

  private void differ(String difference) {
    if (count++ < DIFFERENCES_MAX) {
      differences.add(difference);
    }
  }

  /** One type on both sides. */
  private final class Side<M extends MessageLite> {
    private final Stream<StoredItem<M>> items;
    private Iterator<StoredItem<M>> rest;
    private StoredItem<M> next; // null at the end

    Side(Stream<StoredItem<M>> items) {
      this.items = items;
    }

    void compare(SpireItem<?> item) {
      CreationOrder place = new CreationOrder(0, item.number(), 0);
      start();
      while (next != null && next.order().compareTo(place) < 0) {
        differ(item.type() + ": the target has one more at " + next.order());
        advance();
      }
      if (next == null || !next.order().equals(place)) {
        differ(item + " is missing in the target");
        return;
      }
      if (!Arrays.equals(next.message().toByteArray(), item.message().toByteArray())) {
        differ(item + " is another one in the target");
      }
      advance();
    }

    /** Not before the type's first item comes: what is read is held in memory. */
    private void start() {
      if (rest == null) {
        rest = items.iterator();
        advance();
      }
    }

    private void advance() {
      next = rest.hasNext() ? rest.next() : null;
    }

    void finish(ItemType<?> type) {
      start();
      while (next != null) {
        differ(type + ": the target has one more at " + next.order());
        advance();
      }
    }

    void close() {
      items.close();
    }
  }
}
