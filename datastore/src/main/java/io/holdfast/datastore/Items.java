package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The items of one type: shorthand for reads of {@link Datastore#snapshot} and for writes of a
 * single item, whose exceptions are those of {@link Datastore#compute}.
 *
 * @param <M> the message
 */
public final class Items<M extends MessageLite> {
  private final Datastore datastore;
  private final ItemType<M> type;

  Items(Datastore datastore, ItemType<M> type) {
    this.datastore = datastore;
    this.type = type;
  }

  /** The item with an id. */
  public Optional<M> get(String id) {
    return datastore.snapshot().get(type, id);
  }

  /** All items, in creation order. */
  public List<M> list() {
    return datastore.snapshot().list(type.all());
  }

  /** The items with a value, in creation order. */
  public List<M> list(Index<M> index, Object value) {
    return datastore.snapshot().list(type.by(index, value));
  }

  /** A page of all items; see {@link View#page}. */
  public Slice<M> page(String token, int itemsMax) {
    return datastore.snapshot().page(type.all(), token, itemsMax);
  }

  /** How many items there are. */
  public long count() {
    return datastore.snapshot().count(type.all());
  }

  /** Creates an item; see {@link ItemTransaction#create}. */
  public M create(M item) {
    return datastore.compute(tx -> tx.create(type, item)).value();
  }

  /** Creates or replaces an item; see {@link ItemTransaction#put}. */
  public M put(M item) {
    return datastore.compute(tx -> tx.put(type, item)).value();
  }

  /** Changes an item; see {@link ItemTransaction#update}. The update may run more than once. */
  public M update(String id, UnaryOperator<M> update) {
    return datastore.compute(tx -> tx.update(type, id, update)).value();
  }

  /** Deletes an item, and returns it as it was; see {@link ItemTransaction#delete}. */
  public M delete(String id) {
    return datastore.compute(tx -> tx.delete(type, id)).value();
  }

  /** The changes of the items from now on. */
  public ItemChanges<M> subscribe() {
    return new ItemChanges<>(datastore.subscribe(type), type, datastore.types());
  }
}
