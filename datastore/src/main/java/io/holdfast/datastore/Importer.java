package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import io.holdfast.datastore.DatastoreException.Code;
import io.holdfast.datastore.proto.IncompleteLoad;
import io.holdfast.store.Committed;
import io.holdfast.store.IndexKey;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Limits;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.store.Transaction;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * Loads items from another system into an empty store, in constant memory.
 *
 * <pre>{@code
 * Importer load = Importer.begin(store);
 * for (Row row : rows) {
 *   load.add(ORDER, row.number(), row.order());
 * }
 * load.finish();
 * }</pre>
 *
 * <p>A load is many commits. From the first to the last the store is marked incomplete, and no data
 * store opens it. A load that was cut off is gone on with by {@link #resume}, if it named what it
 * loads, or cleared with {@link #clearIncomplete} and begun again. A data store that was opened
 * before, on the empty store, is not told: open none before the end. Loaded items come before all
 * that is created later, in the order of the numbers they bring along. To be used by one thread;
 * while the store writes a commit in a thread of its own, the next one is put together.
 */
public final class Importer {
  private static final byte[] NOTHING = {};
  private static final Key AFTER_INCOMPLETE = StoreInfo.INCOMPLETE.successor();
  private static final int IMPORTED_ERA = 0;
  private static final int SOURCE_CHARS_MAX = 100;
  private static final int MARK_BYTES_MAX = 512;

  private final Store store;
  private final IncompleteLoad load;
  private Revision marker;
  private long dealtWith;
  private final Set<ItemType<?>> types = new LinkedHashSet<>();

  private Batch batch = new Batch();
  private Batch sent; // null: all but the batch is written
  private FutureTask<Revision> commit; // of what was sent; null: it is not under way

  /** What goes into one commit. */
  private static final class Batch {
    final Map<Key, byte[]> writes = new LinkedHashMap<>();
    final Map<Key, String> items = new LinkedHashMap<>(); // with descriptions
    final Set<KeyRange> unique = new LinkedHashSet<>(); // rows of unique values
    long bytes;
    long dealtWith; // up to its end
  }

  private Importer(Store store, IncompleteLoad load, Revision marker) {
    this.store = store;
    this.load = load;
    this.marker = marker;
  }

  /**
   * Begins a load.
   *
   * @throws StoreException.Unusable with {@link Reason#INCOMPLETE} if an earlier load was not
   *     finished
   * @throws DatastoreException with {@code FAILED_PRECONDITION} if the store holds data
   */
  public static Importer begin(Store store) {
    return begin(store, "");
  }

  /**
   * Begins a load that can be gone on with.
   *
   * @param source what is loaded, in at most 100 characters: the same text only for the same items
   *     in the same order; empty if that cannot be told
   */
  public static Importer begin(Store store, String source) {
    if (source.length() > SOURCE_CHARS_MAX) {
      throw new IllegalArgumentException("the source's name is longer than " + SOURCE_CHARS_MAX);
    }
    StoreInfo.requireComplete(store);
    for (KeyRange range : StoreInfo.ALL_BUT_HOLDER) {
      if (!store.get(range, 1).entries().isEmpty()) {
        throw notEmpty(null);
      }
    }
    IncompleteLoad load =
        IncompleteLoad.newBuilder()
            .setBegunAt(Instant.now().getEpochSecond())
            .setSource(source)
            .setWriter(UUID.randomUUID().toString())
            .build();
    try (Transaction tx = store.begin()) {
      StoreInfo.ALL_BUT_HOLDER.forEach(tx::expectEmpty);
      tx.put(StoreInfo.INCOMPLETE, load.toByteArray());
      return new Importer(store, load, tx.commit().revision());
    } catch (StoreException.Conflict e) {
      throw notEmpty(e);
    }
  }

  /**
   * Goes on with a load that was cut off. The same items are to be added again in the same order:
   * those that are in the store already are passed over. The load that was cut off, should it still
   * run somewhere, can write no more.
   *
   * @param source as it was when the load began
   * @return empty if the store is not marked incomplete, or not by a load of this source
   */
  public static Optional<Importer> resume(Store store, String source) {
    if (source.isEmpty() || store.get(StoreInfo.INCOMPLETE).isEmpty()) {
      return Optional.empty();
    }
    String writer = UUID.randomUUID().toString();
    Committed<Optional<IncompleteLoad>> taken =
        store.compute(
            tx -> {
              Optional<KeyValue> mark = tx.get(StoreInfo.INCOMPLETE);
              Optional<IncompleteLoad> cut =
                  mark.map(StoreInfo::incompleteLoad)
                      .filter(load -> load.getSource().equals(source))
                      .map(load -> load.toBuilder().setWriter(writer).build());
              cut.ifPresent(load -> tx.put(StoreInfo.INCOMPLETE, load.toByteArray()));
              return cut;
            });
    return taken.value().map(load -> new Importer(store, load, taken.position().revision()));
  }

  /**
   * Checks that no load into a store was begun and not finished.
   *
   * @throws StoreException.Unusable with {@link Reason#INCOMPLETE} if one was
   */
  public static void requireFinished(Store store) {
    StoreInfo.requireComplete(store);
  }

  /** How many items an earlier run has dealt with: so many are passed over. */
  public long resumedAfter() {
    return load.getItems();
  }

  private static DatastoreException notEmpty(Throwable cause) {
    return new DatastoreException(
        Code.FAILED_PRECONDITION,
        "the store holds data already: load into an empty one, nothing was changed",
        cause);
  }

  /**
   * Empties a store whose load was not finished, so that it can be begun again. That load, should
   * it still run somewhere, can write no more.
   *
   * @return how many keys were deleted
   * @throws DatastoreException with {@code FAILED_PRECONDITION} if the store is not marked
   *     incomplete; nothing is deleted then. Also if somebody else clears it at the same time
   */
  public static long clearIncomplete(Store store) {
    Revision mark =
        store
            .compute(
                tx -> {
                  KeyValue found =
                      tx.get(StoreInfo.INCOMPLETE).orElseThrow(Importer::notIncomplete);
                  // Without a source: what is half cleared cannot be gone on with.
                  long begun = StoreInfo.incompleteLoad(found).getBegunAt();
                  tx.put(
                      StoreInfo.INCOMPLETE,
                      IncompleteLoad.newBuilder().setBegunAt(begun).build().toByteArray());
                  return true;
                })
            .position()
            .revision();
    long deleted =
        clear(store, mark, KeyRange.of(Key.ofBytes(new byte[1]), StoreInfo.INCOMPLETE))
            + clear(store, mark, KeyRange.of(AFTER_INCOMPLETE, StoreInfo.REPLICA_BEAT))
            + clear(store, mark, KeyRange.all().after(StoreInfo.REPLICA_HOLDER));
    store.transact(
        tx -> {
          requireMark(tx.get(StoreInfo.INCOMPLETE), mark);
          tx.delete(StoreInfo.INCOMPLETE);
        });
    return deleted;
  }

  private static DatastoreException notIncomplete() {
    return new DatastoreException(
        Code.FAILED_PRECONDITION, "the store is not marked incomplete: nothing was cleared");
  }

  /** Deletes a range in pages, each only while the mark stands. */
  private static long clear(Store store, Revision mark, KeyRange range) {
    long deleted = 0;
    Optional<KeyRange> rest = Optional.of(range);
    while (rest.isPresent()) {
      KeyRange from = rest.get();
      Page page =
          store
              .compute(
                  tx -> {
                    requireMark(tx.get(StoreInfo.INCOMPLETE), mark);
                    Page read = tx.get(from, store.limits().operationsMax());
                    read.entries().forEach(entry -> tx.delete(entry.key()));
                    return read;
                  })
              .value();
      deleted += page.entries().size();
      rest = page.rest();
    }
    return deleted;
  }

  /**
   * Adds an item; it is written now or with one of the next ones, unless an earlier run has.
   *
   * @param number its place in the order of creation: items of a type are sorted by it
   * @throws DatastoreException with {@code ALREADY_EXISTS} if an item with its id or a unique value
   *     was added before, with this item or one of those before it that were not written yet, and
   *     with {@code INVALID_ARGUMENT} if an index cannot hold its values
   * @throws StoreException.LimitExceeded if the store cannot hold the item; the load can go on
   *     without it
   */
  public <M extends MessageLite> void add(ItemType<M> type, long number, M item) {
    String id = type.idOf(item);
    Key key = View.keyOf(type, id);
    type.requireIndexable(item);
    Map<Key, byte[]> writes = writesOf(type, number, item);
    Set<KeyRange> values = new LinkedHashSet<>();
    for (Index<M> index : type.indexes()) {
      if (index.isUnique()) {
        index.valuesOf(item).forEach(value -> values.add(index.rowsWith(type, value)));
      }
    }
    types.add(type);
    try {
      checkFits(type.describe(id), writes, store.limits());
    } catch (StoreException.LimitExceeded e) {
      dealtWith++;
      throw e;
    }
    if (dealtWith < load.getItems()) {
      dealtWith++;
      return;
    }
    makeRoomFor(writes);
    if (batch.writes.containsKey(key) || values.stream().anyMatch(batch.unique::contains)) {
      throw alreadyExists(type.describe(id));
    }
    batch.writes.putAll(writes);
    batch.bytes += bytes(writes);
    batch.items.put(key, type.describe(id));
    batch.unique.addAll(values);
    dealtWith++;
  }

  private static <M extends MessageLite> Map<Key, byte[]> writesOf(
      ItemType<M> type, long number, M item) {
    String id = type.idOf(item);
    Map<Key, byte[]> writes = new LinkedHashMap<>();
    writes.put(View.keyOf(type, id), Item.encode(item, new CreationOrder(IMPORTED_ERA, number, 0)));
    type.rowsOf(item).forEach(row -> writes.put(row, NOTHING));
    return writes;
  }

  /**
   * Tells whether a store with these limits could hold an item, as {@link #add} would.
   *
   * @throws StoreException.LimitExceeded if it could not
   */
  public static <M extends MessageLite> void requireFits(
      ItemType<M> type, long number, M item, Limits limits) {
    checkFits(type.describe(type.idOf(item)), writesOf(type, number, item), limits);
  }

  private static long bytes(Map<Key, byte[]> writes) {
    return writes.entrySet().stream()
        .mapToLong(w -> w.getKey().length() + w.getValue().length)
        .sum();
  }

  /** Refuses what would not fit even alone, before any of it is kept. */
  private static void checkFits(String what, Map<Key, byte[]> writes, Limits limits) {
    for (Map.Entry<Key, byte[]> write : writes.entrySet()) {
      checkLimit(what + " has a key", write.getKey().length(), limits.keyBytesMax(), "bytes");
      checkLimit(what + " has a value", write.getValue().length, limits.valueBytesMax(), "bytes");
    }
    int bytesMax = limits.transactionBytesMax() - MARK_BYTES_MAX;
    checkLimit(what + " takes", bytes(writes), bytesMax, "bytes");
    // One condition and one write more: the mark, which is moved on.
    checkLimit(what + " takes", writes.size(), limits.operationsMax() - 1, "rows");
  }

  private static void checkLimit(String what, long size, long most, String unit) {
    if (size > most) {
      throw new StoreException.LimitExceeded(
          what + " of " + size + " " + unit + "; this store takes " + most);
    }
  }

  private void makeRoomFor(Map<Key, byte[]> writes) {
    Limits limits = store.limits();
    boolean fits =
        batch.writes.size() + writes.size() < limits.operationsMax()
            && batch.bytes + bytes(writes) <= limits.transactionBytesMax() - MARK_BYTES_MAX;
    if (!fits) {
      send();
    }
  }

  /** Writes what was added so far, so that it can be read; the store stays marked incomplete. */
  public void flush() {
    send();
    awaitSent();
  }

  /** Has the batch written once the one before it is. */
  private void send() {
    awaitSent();
    if (!batch.writes.isEmpty()) {
      batch.dealtWith = dealtWith;
      sent = batch;
      batch = new Batch();
      begin(sent);
    }
  }

  private void begin(Batch written) {
    Revision mark = marker;
    FutureTask<Revision> begun = new FutureTask<>(() -> write(written, mark));
    Thread thread = new Thread(begun, "holdfast-import");
    thread.setDaemon(true);
    thread.start();
    commit = begun; // not if there was no room for a thread, which nobody could wait for
  }

  private Revision write(Batch written, Revision mark) {
    IncompleteLoad reached = load.toBuilder().setItems(written.dealtWith).build();
    try (Transaction tx = store.begin()) {
      tx.expect(StoreInfo.INCOMPLETE, mark);
      written.items.keySet().forEach(tx::expectAbsent);
      written.unique.forEach(tx::expectEmpty);
      written.writes.forEach(tx::put);
      tx.put(StoreInfo.INCOMPLETE, reached.toByteArray());
      return tx.commit().revision();
    } catch (StoreException.Conflict e) {
      // Sent again: the first attempt, of which nobody could tell, may have been written.
      return store
          .get(StoreInfo.INCOMPLETE)
          .filter(now -> StoreInfo.incompleteLoad(now).equals(reached))
          .map(KeyValue::modified)
          .orElseThrow(() -> e);
    }
  }

  private void awaitSent() {
    if (sent == null) {
      return;
    }
    if (commit == null) {
      begin(sent);
    }
    try {
      marker = commit.get();
      sent = null;
      commit = null;
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted while a load was written");
    } catch (ExecutionException e) {
      commit = null;
      throw explained(e.getCause(), sent);
    }
  }

  private RuntimeException explained(Throwable cause, Batch written) {
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof StoreException.Conflict conflict
        ? explained(conflict, written)
        : (RuntimeException) cause; // nothing else is thrown above
  }

  private RuntimeException explained(StoreException.Conflict conflict, Batch written) {
    requireMark(store.get(StoreInfo.INCOMPLETE), marker);
    for (Map.Entry<Key, String> item : written.items.entrySet()) {
      if (store.get(item.getKey()).isPresent()) {
        return alreadyExists(item.getValue());
      }
    }
    return written.unique.isEmpty() ? conflict : alreadyExists("an item with a unique value");
  }

  private static DatastoreException alreadyExists(String what) {
    return new DatastoreException(Code.ALREADY_EXISTS, what + " was loaded before");
  }

  private static void requireMark(Optional<KeyValue> found, Revision mark) {
    if (found.isEmpty() || !found.get().modified().equals(mark)) {
      throw new DatastoreException(
          Code.FAILED_PRECONDITION,
          "somebody else has cleared the store or loads into it: nothing more is done");
    }
  }

  /**
   * Writes what is left, checks that all that is referred to is there, and marks the store
   * complete.
   *
   * @return the last commit
   * @throws DatastoreException with {@code FAILED_PRECONDITION} if an item refers to one that was
   *     not loaded; the store stays marked incomplete
   */
  public Position finish() {
    flush();
    types.forEach(this::checkReferences);
    try (Transaction tx = store.begin()) {
      tx.expect(StoreInfo.INCOMPLETE, marker);
      tx.delete(StoreInfo.INCOMPLETE);
      return tx.commit();
    } catch (StoreException.Conflict e) {
      throw explained(e, new Batch());
    }
  }

  private <M extends MessageLite> void checkReferences(ItemType<M> type) {
    for (Index<M> index : type.indexes()) {
      if (index.target().isPresent()) {
        checkReferences(type, index, index.target().get());
      }
    }
  }

  /** Looks at one row for each item that is referred to. */
  private <M extends MessageLite> void checkReferences(
      ItemType<M> type, Index<M> index, ItemType<?> target) {
    KeyRange rows = IndexKey.all(type.name(), index.name());
    Page page = store.get(rows, 1);
    while (!page.entries().isEmpty()) {
      Key row = page.entries().get(0).key();
      IndexKey read = IndexKey.parse(row).orElseThrow();
      for (String id : targetIds(type, index, read)) {
        if (store.get(target.keyOf(id)).isEmpty()) {
          throw new DatastoreException(
              Code.FAILED_PRECONDITION,
              type.describe(read.id())
                  + " refers to "
                  + target.describe(id)
                  + ", which is missing");
        }
      }
      Key last = read.isShortened() ? row : lastOf(index.rowsWith(type, read.value()));
      page = store.get(rows.after(last), 1);
    }
  }

  private static Key lastOf(KeyRange range) {
    return range.end().orElseThrow();
  }

  /** What a row refers to; where the row does not hold the whole id, all that its item does. */
  private <M extends MessageLite> List<String> targetIds(
      ItemType<M> type, Index<M> index, IndexKey row) {
    if (!row.isShortened()) {
      return List.of((String) row.value());
    }
    List<String> ids = new ArrayList<>();
    store
        .get(row.item().toKey())
        .map(stored -> Item.decode(type, IMPORTED_ERA, stored).message())
        .ifPresent(item -> index.valuesOf(item).forEach(id -> ids.add((String) id)));
    return ids;
  }
}
