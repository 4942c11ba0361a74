package io.holdfast.migrate;

import com.google.protobuf.MessageLite;
import io.holdfast.datastore.Importer;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.Replica;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Key;
import io.holdfast.store.Limits;
import java.util.Set;

/**
 * An item of the data store as it comes out of a legacy database.
 *
 * @param type its type
 * @param number its place among the items of its type: the id of the row it comes from, or for node
 *     selectors, which have no order there, a running number
 * @param message the item
 */
record SpireItem<M extends MessageLite>(ItemType<M> type, long number, M message) {
  void addTo(Importer load) {
    load.add(type, number, message);
  }

  /** Has a replica hold it. */
  void putInto(Replica replica) {
    if (hasPlace(type)) {
      replica.put(type, number, message);
    } else {
      replica.putInItsPlace(type, number, message);
    }
  }

  /** Has a replica hold it, and just its rows in indexes, of which these are there. */
  void mendIn(Replica replica, Set<Key> rows) {
    if (hasPlace(type)) {
      replica.mend(type, id(), number, message, rows);
    } else {
      putInto(replica);
    }
  }

  /** Its id, which may be a secret. */
  String id() {
    return type.id(message);
  }

  /** Whether the items of a type have an order in a legacy database. */
  static boolean hasPlace(ItemType<?> type) {
    return type != SpireTypes.NODE_SELECTORS;
  }

  /** The number where it means something, else 0. */
  long place() {
    return hasPlace(type) ? number : 0;
  }

  /** Throws if a store with these limits cannot hold it. */
  void requireFits(Limits limits) {
    Importer.requireFits(type, number, message, limits);
  }

  /** The item for people; without its id, which may be a secret. */
  @Override
  public String toString() {
    return message instanceof NodeSelectors selectors
        ? "selectors of " + selectors.getSpiffeId()
        : type + " of row " + number;
  }
}
