package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import io.holdfast.store.IndexKey;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A way to find the items of a type by what is in them; immutable.
 *
 * <p>There are four sorts. A <em>look-up</em> finds items, and exists only in memory. A
 * <em>unique</em> index sees to it that no two items have the same value, a <em>reference</em> that
 * an item exists as long as another one names it, and with a <em>guard</em> a transaction can rely
 * on that no item has a value: of these the store keeps rows, in the same commit as the item, since
 * commits are checked on them. All can be queried.
 *
 * <p>A value is one of the types that {@link Key} lists, or a {@code Key} where it has several
 * parts; null is no value. All values of an index have the same type. A transaction with an item
 * that makes a function throw, or give what is no value, throws that and writes nothing; an item
 * that is stored already is then left out of memory, and told as drift.
 *
 * @param <M> the items' message
 */
public final class Index<M extends MessageLite> {
  private enum Sort {
    LOOK_UP,
    GUARD,
    UNIQUE,
    REFERENCE
  }

  private final String name;
  private final Sort sort;
  private final ItemType<?> target; // null unless a reference
  private final Function<M, ? extends Collection<?>> values;
  private final boolean inMemory;

  private Index(
      String name, Sort sort, ItemType<?> target, Function<M, ? extends Collection<?>> values) {
    this(name, sort, target, values, true);
  }

  private Index(
      String name,
      Sort sort,
      ItemType<?> target,
      Function<M, ? extends Collection<?>> values,
      boolean inMemory) {
    this.inMemory = inMemory;
    this.name = Objects.requireNonNull(name, "name");
    this.sort = sort;
    this.target = target;
    this.values = Objects.requireNonNull(values, "values");
  }

  /** A look-up by one value. */
  public static <M extends MessageLite> Index<M> lookUp(String name, Function<M, ?> value) {
    return new Index<>(name, Sort.LOOK_UP, null, single(value));
  }

  /** A look-up by each of several values. */
  public static <M extends MessageLite> Index<M> lookUpEach(
      String name, Function<M, ? extends Collection<?>> values) {
    return new Index<>(name, Sort.LOOK_UP, null, values);
  }

  /**
   * A value that several items may share, but of which {@link ItemTransaction#isNone} can tell that
   * none has it when the transaction commits.
   */
  public static <M extends MessageLite> Index<M> guard(String name, Function<M, ?> value) {
    return new Index<>(name, Sort.GUARD, null, single(value));
  }

  /**
   * As {@link #guard}, but only the store keeps it: it takes no memory, cannot be queried, and a
   * transaction uses it with {@link ItemTransaction#expectNone}.
   */
  public static <M extends MessageLite> Index<M> guardInStore(String name, Function<M, ?> value) {
    return new Index<>(name, Sort.GUARD, null, single(value), false);
  }

  /** A value that no two items of the type share. */
  public static <M extends MessageLite> Index<M> unique(String name, Function<M, ?> value) {
    return new Index<>(name, Sort.UNIQUE, null, single(value));
  }

  /**
   * The ids of items of another type that must exist.
   *
   * @param target the other type
   */
  public static <M extends MessageLite> Index<M> reference(
      String name, ItemType<?> target, Function<M, ? extends Collection<String>> ids) {
    return new Index<>(name, Sort.REFERENCE, Objects.requireNonNull(target, "target"), ids);
  }

  private static <M> Function<M, Collection<?>> single(Function<M, ?> value) {
    Objects.requireNonNull(value, "value");
    return message -> {
      Object found = value.apply(message);
      return found == null ? List.of() : List.of(found);
    };
  }

  /**
   * The name, unlike that of any other index of the type; where the store keeps rows, 1 to 64 bytes
   * in UTF-8, part of their keys, and not to be changed later.
   */
  public String name() {
    return name;
  }

  /** The type that the values are ids of; empty unless this is a reference. */
  public Optional<ItemType<?>> target() {
    return Optional.ofNullable(target);
  }

  boolean isUnique() {
    return sort == Sort.UNIQUE;
  }

  boolean isInMemory() {
    return inMemory;
  }

  boolean isStored() {
    return sort != Sort.LOOK_UP;
  }

  /** The distinct values of an item. */
  Set<Object> valuesOf(M message) {
    Set<Object> distinct = new LinkedHashSet<>();
    for (Object value : values.apply(message)) {
      if (value != null) {
        distinct.add(value instanceof byte[] bytes ? ByteBuffer.wrap(bytes.clone()) : value);
      }
    }
    return distinct;
  }

  /**
   * The beginning of an index key in memory: the value alone, as one element, so that none is taken
   * for another one with more parts.
   *
   * @throws IllegalArgumentException if no key can hold it
   */
  static Key keyOf(Object value) {
    return Key.of(elementOf(value));
  }

  /** The row that the store keeps for one value of an item. */
  Key rowKey(ItemType<M> type, Object value, String id) {
    return new IndexKey(type.name(), name, elementOf(value), id).toKey();
  }

  /** The rows of all items with a value. */
  KeyRange rowsWith(ItemType<M> type, Object value) {
    return IndexKey.all(type.name(), name, elementOf(value));
  }

  /** A value as one element of a key. */
  static Object elementOf(Object value) {
    return value instanceof Key key ? key.toBytes() : value;
  }

  @Override
  public String toString() {
    return name;
  }
}
