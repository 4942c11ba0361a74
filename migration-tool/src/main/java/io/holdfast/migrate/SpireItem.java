package io.holdfast.migrate;

import com.google.protobuf.MessageLite;
import io.holdfast.datastore.Importer;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.store.Limits;

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
