package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import io.holdfast.datastore.DatastoreException.Code;
import io.holdfast.datastore.ItemTransaction.Change;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Page;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Sees to it that unique values stay unique and that what is referred to exists.
 *
 * <p>Memory tells whether a transaction is allowed; so that it still is when it commits, the
 * transaction expects what memory said: the rows of a value to be none, the item that is referred
 * to to be as it is. A row that the transaction itself removes stands in the way of "none"; there
 * the rows are read from the store instead, for one round trip more.
 */
final class Constraints {
  private static final byte[] NOTHING = {};

  private final List<Reference<?>> references = new ArrayList<>();

  /** An index of one type whose values are ids of another. */
  private record Reference<M extends MessageLite>(ItemType<M> from, Index<M> index) {}

  Constraints(Collection<ItemType<?>> types) {
    for (ItemType<?> type : types) {
      addReferences(type, types);
    }
  }

  private <M extends MessageLite> void addReferences(
      ItemType<M> type, Collection<ItemType<?>> all) {
    for (Index<M> index : type.indexes()) {
      Optional<ItemType<?>> target = index.target();
      if (target.isPresent()) {
        if (!all.contains(target.get())) {
          throw new IllegalArgumentException(
              type + " refers to " + target.get() + ", which the data store was opened without");
        }
        references.add(new Reference<>(type, index));
      }
    }
  }

  /**
   * Checks one transaction.
   *
   * @param view what it has read
   * @param changes all items that it has touched, by their keys
   * @param none rows of values that it has found none to have
   * @param expectedNone takes all rows that are not to be there, but for the transaction's own
   * @param tx where its rows and expectations go
   * @throws DatastoreException with {@code ALREADY_EXISTS} or {@code FAILED_PRECONDITION}
   */
  void check(
      View view,
      Map<Key, Change<?>> changes,
      List<KeyRange> none,
      List<KeyRange> expectedNone,
      Transaction tx) {
    Check check = new Check(view, changes, expectedNone, tx);
    List<Change<?>> written = changes.values().stream().filter(Change::isWritten).toList();
    written.forEach(check::stageRows);
    none.forEach(check::expectNoneButOwn);
    written.forEach(check::checkAdded);
    written.stream().filter(change -> change.now == null).forEach(check::checkDeleted);
  }

  /** The check of one transaction. */
  private final class Check {
    private final View view;
    private final Map<Key, Change<?>> changes;
    private final List<KeyRange> expectedNone;
    private final Transaction tx;
    private final NavigableSet<Key> added = new TreeSet<>(); // rows
    private final NavigableSet<Key> removed = new TreeSet<>();

    Check(View view, Map<Key, Change<?>> changes, List<KeyRange> expectedNone, Transaction tx) {
      this.view = view;
      this.changes = changes;
      this.expectedNone = expectedNone;
      this.tx = tx;
    }

    <M extends MessageLite> void stageRows(Change<M> change) {
      for (Index<M> index : change.type.indexes()) {
        if (index.isStored()) {
          for (Object value : newValues(index, change.now, change.was)) {
            Key row = index.rowKey(change.type, value, change.id);
            tx.put(row, NOTHING);
            added.add(row);
          }
          for (Object value : newValues(index, change.was, change.now)) {
            Key row = index.rowKey(change.type, value, change.id);
            tx.delete(row);
            removed.add(row);
          }
        }
      }
    }

    <M extends MessageLite> void checkAdded(Change<M> change) {
      for (Index<M> index : change.type.indexes()) {
        if (index.isStored()) {
          for (Object value : newValues(index, change.now, change.was)) {
            if (index.isUnique()) {
              checkUnique(change, index, value);
            } else if (index.target().isPresent()) {
              checkTarget(change, index.target().get(), (String) value);
            }
          }
        }
      }
    }

    private <M extends MessageLite> void checkUnique(
        Change<M> change, Index<M> index, Object value) {
      if (holders(change.type, index, value) > 1) {
        throw new DatastoreException(
            Code.ALREADY_EXISTS, "another " + change.type + " already has this value of " + index);
      }
      expectNoneButOwn(index.rowsWith(change.type, value));
    }

    private void checkTarget(Change<?> change, ItemType<?> target, String id) {
      Key key = View.keyOf(target, id);
      Change<?> touched = changes.get(key);
      boolean exists = touched == null ? expectAsInView(target, key) : touched.now != null;
      if (!exists) {
        throw new DatastoreException(
            Code.FAILED_PRECONDITION,
            change.type.describe(change.id)
                + " refers to "
                + target.describe(id)
                + ", which does not exist");
      }
    }

    private boolean expectAsInView(ItemType<?> type, Key key) {
      var entry = view.entry(type, key);
      entry.ifPresent(present -> tx.expect(key, present.modified()));
      return entry.isPresent();
    }

    <M extends MessageLite> void checkDeleted(Change<M> change) {
      for (Reference<?> reference : references) {
        if (reference.index.target().orElseThrow() == change.type) {
          checkUnused(change, reference);
        }
      }
    }

    private <M extends MessageLite> void checkUnused(Change<?> change, Reference<M> reference) {
      long users = holders(reference.from, reference.index, change.id);
      if (users > 0) {
        throw new DatastoreException(
            Code.FAILED_PRECONDITION,
            change.type.describe(change.id)
                + " cannot be deleted: "
                + users
                + " "
                + reference.from
                + " refer to it by "
                + reference.index);
      }
      expectNoneButOwn(reference.index.rowsWith(reference.from, change.id));
    }

    /** How many items will have a value when the transaction is done. */
    private <M extends MessageLite> long holders(ItemType<M> type, Index<M> index, Object value) {
      KeyRange rows = index.rowsWith(type, value);
      long stored = view.count(type.by(index, value));
      return stored - within(removed, rows) + within(added, rows);
    }

    private static int within(NavigableSet<Key> keys, KeyRange range) {
      return keys.subSet(range.start().orElseThrow(), range.end().orElseThrow()).size();
    }

    /** Has the commit depend on that a range will hold no row but the transaction's own. */
    void expectNoneButOwn(KeyRange rows) {
      expectedNone.add(rows);
      if (within(removed, rows) == 0) {
        tx.expectEmpty(rows);
        return;
      }
      for (Optional<KeyRange> rest = Optional.of(rows); rest.isPresent(); ) {
        Page page = tx.get(rest.get());
        if (page.entries().stream().anyMatch(row -> !added.contains(row.key()))) {
          throw new StoreException.Conflict(
              "somebody has taken a value, or refers to an item, that memory shows as free",
              page.position().revision());
        }
        rest = page.rest();
      }
    }
  }

  /** The values of an index that {@code message} has and {@code other} has not. */
  private static <M extends MessageLite> Set<Object> newValues(Index<M> index, M message, M other) {
    if (message == null) {
      return Set.of();
    }
    Set<Object> values = index.valuesOf(message);
    if (other != null) {
      values.removeAll(index.valuesOf(other));
    }
    return values;
  }
}
