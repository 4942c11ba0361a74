package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import io.holdfast.cache.Entry;
import io.holdfast.datastore.DatastoreException.Code;
import io.holdfast.store.IndexKey;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Reads and writes of items of any types that become true together, in one commit.
 *
 * <p>Reads come from memory, with the transaction's own writes in them. The commit succeeds only if
 * each item that was read, found absent, or written is still as it was read; else the body runs
 * again. A list is not guarded against items that appear meanwhile: ask {@link #isNone} about what
 * must not be there, or forbid it by a unique index or a reference.
 *
 * <p>Unique values and references are checked at the end, for what the whole transaction leaves: so
 * an item and those that refer to it can be created, or deleted, in any order. Used by one thread,
 * inside the body; after that every call is an {@link IllegalStateException}. To touch an id under
 * which something is stored that cannot be read is a {@link DatastoreException} with {@code
 * DATA_LOSS}.
 */
public final class ItemTransaction {
  private final View view;
  private final Map<Key, Change<?>> changes = new LinkedHashMap<>();
  private final List<KeyRange> none = new ArrayList<>(); // rows of values that none may have
  private final List<KeyRange> expectedNone = new ArrayList<>(); // the same, and of constraints
  private boolean touchesSecrets;
  private volatile boolean ended;

  ItemTransaction(View view) {
    this.view = view;
  }

  /**
   * Memory as the transaction found it, without its own writes. What is read here is not guarded:
   * it may have changed when the transaction commits.
   */
  public View view() {
    checkOpen();
    return view;
  }

  /** No call is taken from now on: what a kept transaction writes would go nowhere. */
  void end() {
    ended = true;
  }

  private void checkOpen() {
    if (ended) {
      throw new IllegalStateException("the transaction has ended: use it inside its body only");
    }
  }

  /** The item with an id. */
  public <M extends MessageLite> Optional<M> get(ItemType<M> type, String id) {
    return Optional.ofNullable(change(type, id).now);
  }

  /** All items that a query finds; those that this transaction has written come last. */
  public <M extends MessageLite> List<M> list(Query<M> query) {
    checkOpen();
    List<M> items = new ArrayList<>();
    for (M stored : view.list(query)) {
      Change<M> change = change(query.type(), query.type().idOf(stored));
      if (!change.isWritten()) {
        items.add(stored);
      }
    }
    for (Change<?> change : changes.values()) {
      if (change.isWritten() && change.type == query.type() && change.now != null) {
        addMatching(query, change, items);
      }
    }
    return items;
  }

  @SuppressWarnings("unchecked") // the change is of the query's type
  private static <M extends MessageLite> void addMatching(
      Query<M> query, Change<?> change, List<M> items) {
    M written = (M) change.now;
    if (query.matches(written)) {
      items.add(written);
    }
  }

  /**
   * Whether no item has a value; if so, the transaction commits only if that stays true but for
   * what it writes itself.
   *
   * @throws IllegalArgumentException if the store keeps no rows of the index, as of a look-up
   */
  public <M extends MessageLite> boolean isNone(ItemType<M> type, Index<M> index, Object value) {
    Query<M> query = type.by(index, value);
    if (!index.isStored()) {
      throw new IllegalArgumentException(
          "index " + index + " of " + type + " is a look-up: make it a guard");
    }
    if (!list(query).isEmpty()) {
      return false;
    }
    expectNoRows(type, index, value);
    return true;
  }

  /**
   * Has the transaction commit only if no item has a value then, but those that it writes itself.
   * As long as there is one the body runs again, so it is to look in {@link #view} first.
   *
   * @throws IllegalArgumentException if the store keeps no rows of the index, as of a look-up
   */
  public <M extends MessageLite> void expectNone(ItemType<M> type, Index<M> index, Object value) {
    checkOpen();
    if (!type.indexes().contains(index) || !index.isStored()) {
      throw new IllegalArgumentException(
          "the store keeps no rows of index " + index + " of " + type);
    }
    expectNoRows(type, index, value);
  }

  private <M extends MessageLite> void expectNoRows(
      ItemType<M> type, Index<M> index, Object value) {
    touchesSecrets |= type.isSecret();
    none.add(index.rowsWith(type, value));
  }

  /**
   * Creates an item.
   *
   * @return the item
   * @throws DatastoreException with {@code ALREADY_EXISTS} if there is one with its id
   */
  public <M extends MessageLite> M create(ItemType<M> type, M item) {
    Change<M> change = change(type, type.idOf(item));
    if (change.now != null) {
      throw new DatastoreException(
          Code.ALREADY_EXISTS, type.describe(type.idOf(item)) + " already exists");
    }
    return write(change, item);
  }

  /**
   * Creates an item, or replaces the one with its id, which keeps its place in the order.
   *
   * @return the item
   */
  public <M extends MessageLite> M put(ItemType<M> type, M item) {
    return write(change(type, type.idOf(item)), item);
  }

  /**
   * Changes an item.
   *
   * @param update makes the new item of the old one; the id must stay
   * @return the new item
   * @throws DatastoreException with {@code NOT_FOUND} if there is none, or {@code INVALID_ARGUMENT}
   *     if the update gave it another id
   */
  public <M extends MessageLite> M update(ItemType<M> type, String id, UnaryOperator<M> update) {
    Change<M> change = existing(type, id);
    M updated = Objects.requireNonNull(update.apply(change.now), "an update may not give null");
    if (!type.idOf(updated).equals(id)) {
      throw new DatastoreException(
          Code.INVALID_ARGUMENT, "an update may not give " + type.describe(id) + " another id");
    }
    return write(change, updated);
  }

  /**
   * Deletes an item.
   *
   * @return the item as it was
   * @throws DatastoreException with {@code NOT_FOUND} if there is none
   */
  public <M extends MessageLite> M delete(ItemType<M> type, String id) {
    Change<M> change = existing(type, id);
    M was = change.now;
    write(change, null);
    return was;
  }

  /** Keeps the changes in the order in which items come into being. */
  private <M extends MessageLite> M write(Change<M> change, M message) {
    if (change.was == null && change.now == null) {
      changes.remove(change.key);
      changes.put(change.key, change);
    }
    change.now = message;
    change.written = true;
    return message;
  }

  private <M extends MessageLite> Change<M> existing(ItemType<M> type, String id) {
    Change<M> change = change(type, id);
    if (change.now == null) {
      throw new DatastoreException(Code.NOT_FOUND, type.describe(id) + " does not exist");
    }
    return change;
  }

  @SuppressWarnings("unchecked") // the key says the type
  private <M extends MessageLite> Change<M> change(ItemType<M> type, String id) {
    checkOpen();
    touchesSecrets |= type.isSecret();
    Key key = View.keyOf(type, id);
    return (Change<M>)
        changes.computeIfAbsent(key, k -> new Change<>(type, id, k, stored(type, id, k)));
  }

  /** Null if there is nothing; what memory left out is not nothing, and would be in the way. */
  private Entry<Item<?>> stored(ItemType<?> type, String id, Key key) {
    Entry<Item<?>> entry = view.entry(type, key).orElse(null);
    if (entry == null && view.snapshot().isUndecodable(key)) {
      throw new DatastoreException(
          Code.DATA_LOSS,
          "what is stored as " + type.describe(id) + " cannot be read: mend or delete its key");
    }
    return entry;
  }

  boolean hasWrites() {
    return changes.values().stream().anyMatch(Change::isWritten);
  }

  /** Checks the constraints on what the transaction leaves, and commits it. */
  Position commit(Store store, Constraints constraints) {
    try (io.holdfast.store.Transaction tx = store.begin()) {
      tx.readAt(view.position());
      int position = 0;
      for (Change<?> change : changes.values()) {
        change.expect(tx);
        position += change.stage(tx, position);
      }
      constraints.check(view, Collections.unmodifiableMap(changes), none, expectedNone, tx);
      return tx.commit();
    } catch (StoreException e) {
      throw touchesSecrets ? SecretKeys.withoutKeys(e) : e;
    }
  }

  /**
   * Refuses a transaction that was in conflict with a row of no item that the view has: so it would
   * be each time, as long as that is not mended.
   *
   * @throws DatastoreException with {@code DATA_LOSS}
   */
  void requireNoStrayRows(Store store) {
    for (KeyRange rows : expectedNone) {
      for (KeyValue row : store.get(rows).entries()) {
        IndexKey index = IndexKey.parse(row.key()).orElseThrow();
        if (!row.modified().isAfter(view.position().revision()) && !view.hasRow(index)) {
          throw new DatastoreException(
              Code.DATA_LOSS,
              "index %s has a row of %s, which is not there or cannot be read: mend or delete it"
                  .formatted(index.field(), view.describe(index.item())));
        }
      }
    }
  }

  /**
   * An item that the transaction has touched: how it was, and how it will be.
   *
   * @param <M> the message
   */
  static final class Change<M extends MessageLite> {
    final ItemType<M> type;
    final String id;
    final Key key;
    final M was; // null if absent
    private final Item<M> item;
    private final Entry<Item<?>> stored;
    M now; // null if absent
    private boolean written;

    Change(ItemType<M> type, String id, Key key, Entry<Item<?>> stored) {
      this.type = type;
      this.id = id;
      this.key = key;
      this.stored = stored;
      this.item = stored == null ? null : View.item(type, stored);
      this.was = item == null ? null : item.message();
      this.now = was;
    }

    /** Whether the item will be another than it was; what was created and deleted is not. */
    boolean isWritten() {
      return written && (was != null || now != null);
    }

    void expect(io.holdfast.store.Transaction tx) {
      if (stored == null) {
        tx.expectAbsent(key);
      } else {
        tx.expect(key, stored.modified());
      }
    }

    /** Stages the write, if there is one, and returns how many items it creates. */
    int stage(io.holdfast.store.Transaction tx, int position) {
      if (!isWritten()) {
        return 0;
      }
      if (now == null) {
        tx.delete(key);
        return 0;
      }
      type.requireIndexable(now);
      tx.put(key, item == null ? Item.encode(now, position) : item.encodeUpdate(now));
      return item == null ? 1 : 0;
    }
  }
}
