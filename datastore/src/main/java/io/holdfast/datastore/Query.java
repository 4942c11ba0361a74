package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * Which items of a type to read: all, those with a value, or those with a value between two; and of
 * these the ones that pass a filter. Immutable; see {@link ItemType#all}, {@link ItemType#by} and
 * {@link ItemType#between}.
 *
 * @param <M> the message
 */
public final class Query<M extends MessageLite> {
  /** The index of all items of all types in creation order. */
  static final String CREATION = "created";

  private final ItemType<M> type;
  private final Index<M> index; // null: all items
  private final Key prefix; // what the index keys begin with; null if they lie between two values
  private final KeyRange keys;
  private final Predicate<? super M> filter;

  private Query(
      ItemType<M> type, Index<M> index, Key prefix, KeyRange keys, Predicate<? super M> filter) {
    this.type = type;
    this.index = index;
    this.prefix = prefix;
    this.keys = keys;
    this.filter = filter;
  }

  static <M extends MessageLite> Query<M> all(ItemType<M> type) {
    return inOrder(type, null, Key.of(type.name()));
  }

  static <M extends MessageLite> Query<M> by(ItemType<M> type, Index<M> index, Object value) {
    return inOrder(type, index, Index.keyOf(value));
  }

  /** Behind the prefix comes the place in the order of creation, which begins with a number. */
  private static <M extends MessageLite> Query<M> inOrder(
      ItemType<M> type, Index<M> index, Key prefix) {
    KeyRange keys = KeyRange.of(prefix, prefix.append(Long.MAX_VALUE));
    return new Query<>(type, index, prefix, keys, null);
  }

  static <M extends MessageLite> Query<M> between(
      ItemType<M> type, Index<M> index, Object from, Object to) {
    KeyRange keys = KeyRange.of(Index.keyOf(from), Index.keyOf(to));
    return new Query<>(type, index, null, keys, null);
  }

  /** The same with a condition that the items must meet as well; several are all to be met. */
  public Query<M> filter(Predicate<? super M> condition) {
    Objects.requireNonNull(condition, "condition");
    Predicate<? super M> before = filter;
    return new Query<>(
        type,
        index,
        prefix,
        keys,
        before == null ? condition : message -> before.test(message) && condition.test(message));
  }

  /** The type of the items. */
  public ItemType<M> type() {
    return type;
  }

  /** Name of the index to read. */
  String indexName() {
    return index == null ? CREATION : type.nameOf(index);
  }

  /**
   * The value whose items it finds.
   *
   * @throws IllegalArgumentException if it finds others, too
   */
  Key value() {
    if (index == null || prefix == null) {
      throw new IllegalArgumentException(this + " does not look for one value");
    }
    return prefix;
  }

  KeyRange keys() {
    return keys;
  }

  /** The part of {@link #keys} from a place in the creation order on. */
  KeyRange keysFrom(CreationOrder order) {
    if (order.equals(CreationOrder.FIRST)) {
      return keys;
    }
    Key start = prefix.append(order.era(), order.revision(), order.position());
    return KeyRange.of(start, keys.end().orElseThrow());
  }

  /** The part of {@link #keys} before a place in the creation order. */
  KeyRange keysBefore(CreationOrder order) {
    Key end = prefix.append(order.era(), order.revision(), order.position());
    return KeyRange.of(keys.start().orElseThrow(), end);
  }

  boolean isInCreationOrder() {
    return prefix != null;
  }

  boolean isFiltered() {
    return filter != null;
  }

  /** Whether an item that was found through the index is one to give. */
  boolean accepts(M message) {
    return filter == null || filter.test(message);
  }

  /** Whether an item belongs to the answer, however it was found. */
  boolean matches(M message) {
    return inIndex(message) && accepts(message);
  }

  private boolean inIndex(M message) {
    return index == null
        || index.valuesOf(message).stream().anyMatch(value -> hasValue(Index.keyOf(value)));
  }

  private boolean hasValue(Key value) {
    return prefix == null ? keys.contains(value) : prefix.equals(value);
  }

  /** What a page token belongs to: type, index and value, without the filter. */
  Key identity() {
    return Key.of(type.name(), indexName(), keys.start().orElseThrow().toBytes());
  }

  @Override
  public String toString() {
    return index == null ? "all of " + type : type + " by " + index;
  }
}
