package io.holdfast.datastore;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Parser;
import io.holdfast.datastore.proto.IncompleteLoad;
import io.holdfast.datastore.proto.StoreEra;
import io.holdfast.store.ItemKey;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What the datastore keeps about a store as a whole, in items of its own. */
final class StoreInfo {
  static final Key INCOMPLETE = key("incomplete");
  static final Key ERA = key("era");
  static final Key REPLICA_BEAT = key("replica.beat");
  static final Key REPLICA_HOLDER = key("replica.holder");

  /** All keys but those that tell who holds a replica, which may be held before it is loaded. */
  static final List<KeyRange> ALL_BUT_HOLDER =
      List.of(
          KeyRange.of(Key.ofBytes(new byte[1]), REPLICA_BEAT),
          KeyRange.all().after(REPLICA_HOLDER));

  private static final int FIRST_ERA = 1;

  private StoreInfo() {}

  private static Key key(String id) {
    return new ItemKey(ItemType.RESERVED + "store", id).toKey();
  }

  /** The era of items that say nothing else. */
  static int era(Store store) {
    return store
        .get(ERA)
        .map(stored -> parse(StoreEra.parser(), stored).getEra())
        .orElse(FIRST_ERA);
  }

  /** When a load was begun that never ended. */
  static Optional<Instant> loadBegunAt(Store store) {
    return store
        .get(INCOMPLETE)
        .map(stored -> incompleteLoad(stored).getBegunAt())
        .map(Instant::ofEpochSecond);
  }

  /** The load that a mark tells of. */
  static IncompleteLoad incompleteLoad(KeyValue mark) {
    return parse(IncompleteLoad.parser(), mark);
  }

  /** Throws if a load into the store was begun and never finished. */
  static void requireComplete(Store store) {
    Optional<Instant> begun = loadBegunAt(store);
    if (begun.isPresent()) {
      throw new StoreException.Unusable(
          Reason.INCOMPLETE,
          "a load into this store was begun at "
              + begun.get()
              + " and not finished, so data are missing: empty the store and load again",
          null);
    }
  }

  private static <M> M parse(Parser<M> parser, KeyValue stored) {
    try {
      return parser.parseFrom(stored.valueBuffer());
    } catch (InvalidProtocolBufferException e) {
      throw new StoreException.Unusable(
          Reason.DAMAGED, "the store's " + stored.key() + " cannot be read", e);
    }
  }
}
