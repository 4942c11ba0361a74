package io.holdfast.datastore;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import io.holdfast.datastore.proto.Envelope;
import io.holdfast.datastore.proto.ImportedOrder;
import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;

/**
 * A stored record, decoded: its message and its place in the order of creation.
 *
 * @param <M> the message
 */
final class Item<M extends MessageLite> {
  /**
   * Raised whenever the keys of items in indexes, or their place in the order, get another form, or
   * other items are refused.
   */
  static final int KEYS_VERSION = 3;

  private static final int RANKED_ERAS = 126;
  private static final int RANKED_REVISION = 40; // bits, here and below
  private static final int RANKED_POSITION = 16;

  private final ItemType<M> type;
  private final M message;
  private final int eraAndOrigin; // the complement of the era if the place was brought along
  private final long revision;
  private final int position;

  /** 0 until first asked for; a race computes the same number twice. */
  private int sketch;

  private Item(ItemType<M> type, M message, CreationOrder order, boolean imported) {
    this.type = type;
    this.message = message;
    this.eraAndOrigin = imported ? ~order.era() : order.era();
    this.revision = order.revision();
    this.position = order.position();
  }

  /**
   * Reads an item.
   *
   * @param storeEra the era of items that were not brought along
   * @throws DatastoreException if the bytes are no such item, or one with another key: found by its
   *     values it could be neither changed nor deleted by its id
   */
  static <M extends MessageLite> Item<M> decode(ItemType<M> type, int storeEra, KeyValue stored) {
    try {
      Envelope envelope = Envelope.parseFrom(stored.valueBuffer());
      CreationOrder order = orderOf(envelope, storeEra, stored.created().number());
      M message = type.parser().parseFrom(envelope.getRecord());
      if (!type.keyOf(type.idOf(message)).equals(stored.key())) {
        throw new DatastoreException(
            DatastoreException.Code.DATA_LOSS,
            "an item of type "
                + type
                + " is stored under a key that is not its own: somebody wrote"
                + " to the store past the datastore");
      }
      return new Item<>(type, message, order, envelope.hasImported());
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      throw new DatastoreException(
          DatastoreException.Code.DATA_LOSS,
          "what is stored as " + type.describe(stored.key()) + " is no such item",
          e);
    }
  }

  private static CreationOrder orderOf(Envelope envelope, int storeEra, long created) {
    if (!envelope.hasImported()) {
      return new CreationOrder(storeEra, created, envelope.getPosition());
    }
    ImportedOrder order = envelope.getImported();
    return new CreationOrder(order.getEra(), order.getRevision(), order.getPosition());
  }

  /** The value of a new item. */
  static byte[] encode(MessageLite message, int position) {
    return Envelope.newBuilder()
        .setRecord(message.toByteString())
        .setPosition(position)
        .build()
        .toByteArray();
  }

  /** The value of an item that keeps a place it has had elsewhere. */
  static byte[] encode(MessageLite message, CreationOrder order) {
    return imported(message.toByteString(), order).toByteArray();
  }

  private static Envelope imported(ByteString record, CreationOrder order) {
    ImportedOrder.Builder place =
        ImportedOrder.newBuilder()
            .setEra(order.era())
            .setRevision(order.revision())
            .setPosition(order.position());
    return Envelope.newBuilder().setRecord(record).setImported(place).build();
  }

  /** The value after an update of this item, which stays where it is in the order. */
  byte[] encodeUpdate(MessageLite updated) {
    return eraAndOrigin < 0 ? encode(updated, order()) : encode(updated, position);
  }

  ItemType<M> type() {
    return type;
  }

  M message() {
    return message;
  }

  CreationOrder order() {
    return new CreationOrder(era(), revision, position);
  }

  private int era() {
    return eraAndOrigin < 0 ? ~eraAndOrigin : eraAndOrigin;
  }

  /** Compares the places in the order of creation. */
  int compareOrder(Item<?> other) {
    int order = Integer.compare(era(), other.era());
    if (order == 0) {
      order = Long.compare(revision, other.revision);
    }
    return order != 0 ? order : Integer.compare(position, other.position);
  }

  /**
   * The place in the order of creation as one number that is not 0: of two items the one with the
   * lower number comes first; if theirs are equal, {@link #compareOrder} tells.
   */
  long rank() {
    int era = era();
    if (era >= RANKED_ERAS) {
      return (long) (RANKED_ERAS + 1) << (RANKED_REVISION + RANKED_POSITION);
    }
    long revisionMost = (1L << RANKED_REVISION) - 1;
    long behind = revision >= revisionMost ? 0 : Math.min(position, (1 << RANKED_POSITION) - 1);
    long within = Math.min(revision, revisionMost) << RANKED_POSITION | behind;
    return (long) (era + 1) << (RANKED_REVISION + RANKED_POSITION) | within;
  }

  /** What the type's {@link ItemType.Builder#sketch} makes of the message. */
  int sketch() {
    int known = sketch;
    if (known == 0) {
      known = type.sketchOf(message);
      sketch = known;
    }
    return known;
  }

  /** The keys of the rows that a store keeps for this item in indexes. */
  Set<Key> rows() {
    return type.rowsOf(message);
  }

  /** The keys of this item in an index in memory: each value with the order behind. */
  Collection<Key> keysIn(Index<M> index) {
    List<Key> keys = new ArrayList<>();
    for (Object value : index.valuesOf(message)) {
      keys.add(Key.of(Index.elementOf(value), era(), revision, position));
    }
    return keys;
  }

  /** The key of this item in the list of all of its type. */
  Key keyInCreationOrder() {
    return Key.of(type.name(), era(), revision, position);
  }
}
