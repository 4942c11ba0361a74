package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import io.holdfast.store.ItemKey;
import io.holdfast.store.ItemKeys;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/**
 * A kind of items: its name, the protobuf message that each one is, where its id stands in it, and
 * its indexes; immutable.
 *
 * <pre>{@code
 * static final Index<Order> CUSTOMER = Index.lookUp("customer", Order::getCustomer);
 * static final ItemType<Order> ORDER =
 *     ItemType.builder("order", Order.parser()).id(Order::getNumber).index(CUSTOMER).build();
 * }</pre>
 *
 * @param <M> the message
 */
public final class ItemType<M extends MessageLite> {
  /** Names that begin so belong to the datastore itself. */
  static final String RESERVED = "holdfast.";

  private final String name;
  private final Parser<M> parser;
  private final Function<M, String> id;
  private final List<Index<M>> indexes;
  private final Map<Index<M>, String> indexNames = new HashMap<>(); // unlike those of other types
  private final boolean secret;
  private final ToIntFunction<M> sketch; // null: none
  private final int indexVersion; // 0: not known
  private final ItemKeys itemKeys;
  private final Query<M> all;

  private ItemType(Builder<M> builder) {
    this.name = builder.name;
    this.parser = builder.parser;
    this.id = Objects.requireNonNull(builder.id, "the item type needs an id");
    this.indexes = List.copyOf(builder.indexes);
    for (Index<M> index : indexes) {
      if (index.isStored()) {
        index.rowsWith(this, ""); // a name that is none is told now, not at the first write
      }
    }
    String unlikeOthers = name.replace("\\", "\\\\").replace(".", "\\.");
    indexes.forEach(index -> indexNames.put(index, unlikeOthers + "." + index.name()));
    this.secret = builder.secret;
    this.sketch = builder.sketch;
    this.indexVersion = builder.indexVersion;
    this.itemKeys = ItemKeys.of(name);
    this.all = Query.all(this);
  }

  /**
   * Begins an item type.
   *
   * @param name 1 to 64 bytes in UTF-8, unlike that of any other type in the store; it becomes part
   *     of the keys and cannot be changed later
   * @param parser reads the message
   */
  public static <M extends MessageLite> Builder<M> builder(String name, Parser<M> parser) {
    return new Builder<>(name, parser);
  }

  /** The name, which is part of the keys. */
  public String name() {
    return name;
  }

  /** The indexes, in the order of their definition. */
  public List<Index<M>> indexes() {
    return indexes;
  }

  /** Whether ids are secrets, which no message and no log shows. */
  public boolean isSecret() {
    return secret;
  }

  /** Query for all items, in creation order. */
  public Query<M> all() {
    return all;
  }

  /**
   * Query for the items with a value, in creation order. A value of another type than the index has
   * finds nothing.
   *
   * @throws IllegalArgumentException if the index is not one of this type
   */
  public Query<M> by(Index<M> index, Object value) {
    return Query.by(this, checked(index), value);
  }

  /**
   * Query for the items with a value from {@code from} (inclusive) to {@code to} (exclusive), in
   * the order of the values.
   *
   * @throws IllegalArgumentException if the index is not one of this type, or {@code from} is not
   *     below {@code to}
   */
  public Query<M> between(Index<M> index, Object from, Object to) {
    return Query.between(this, checked(index), from, to);
  }

  private Index<M> checked(Index<M> index) {
    if (!index.isInMemory()) {
      throw new IllegalArgumentException(
          "index " + index + " is not in memory: nobody can query it");
    }
    if (!indexNames.containsKey(index)) {
      throw new IllegalArgumentException(
          "type " + name + " has no index " + index + "; it has " + indexes);
    }
    return index;
  }

  /** The name of an index among those of all types. */
  String nameOf(Index<M> index) {
    return indexNames.get(index);
  }

  Parser<M> parser() {
    return parser;
  }

  /** The id of an item. */
  public String id(M message) {
    return idOf(message);
  }

  String idOf(M message) {
    return id.apply(message);
  }

  int sketchOf(M message) {
    return sketch == null ? 0 : sketch.applyAsInt(message);
  }

  /** The version of the index functions; 0 where it is not said. */
  int indexVersion() {
    return indexVersion;
  }

  Key keyOf(String itemId) {
    return itemKeys.key(itemId);
  }

  KeyRange keys() {
    return itemKeys.all();
  }

  /** The keys of the rows that a store keeps for an item in indexes. */
  public Set<Key> rowsOf(M item) {
    Set<Key> rows = new LinkedHashSet<>();
    for (Index<M> index : indexes) {
      for (Object value : index.isStored() ? index.valuesOf(item) : Set.of()) {
        rows.add(index.rowKey(this, value, idOf(item)));
      }
    }
    return rows;
  }

  /**
   * Refuses an item that memory could not show, since an index has no key for it.
   *
   * @throws DatastoreException with {@code INVALID_ARGUMENT} if a value is none that a key can hold
   */
  void requireIndexable(M item) {
    for (Index<M> index : indexes) {
      try {
        index.valuesOf(item).forEach(Index::keyOf);
      } catch (IllegalArgumentException e) {
        throw new DatastoreException(
            DatastoreException.Code.INVALID_ARGUMENT,
            describe(idOf(item)) + " has a value that index " + index + " cannot hold",
            secret ? null : e);
      }
    }
  }

  /** Type and id for a message to people; without the id where that is secret. */
  String describe(String itemId) {
    return secret ? "the " + name : name + " \"" + itemId + "\"";
  }

  /** As {@link #describe(String)}, for a key. */
  String describe(Key key) {
    return describe(ItemKey.parse(key).map(ItemKey::id).orElse("?"));
  }

  @Override
  public String toString() {
    return name;
  }

  /**
   * Collects the parts of an {@link ItemType}.
   *
   * @param <M> the message
   */
  public static final class Builder<M extends MessageLite> {
    private final String name;
    private final Parser<M> parser;
    private final List<Index<M>> indexes = new ArrayList<>();
    private Function<M, String> id;
    private boolean secret;
    private ToIntFunction<M> sketch;
    private int indexVersion;

    private Builder(String name, Parser<M> parser) {
      if (name.startsWith(RESERVED)) {
        throw new IllegalArgumentException(
            "type names that begin with " + RESERVED + " are the datastore's own: " + name);
      }
      this.name = name;
      this.parser = Objects.requireNonNull(parser, "parser");
    }

    /** Where the id stands in a message; it must not change in the life of an item. */
    public Builder<M> id(Function<M, String> idOf) {
      this.id = Objects.requireNonNull(idOf, "idOf");
      return this;
    }

    /** Adds an index. */
    public Builder<M> index(Index<M> index) {
      Objects.requireNonNull(index, "index");
      for (Index<M> other : indexes) {
        if (other.name().equals(index.name())) {
          throw new IllegalArgumentException("type " + name + " has two indexes " + index);
        }
      }
      indexes.add(index);
      return this;
    }

    /**
     * A number that memory keeps beside each item, for {@link Walk#sketch}: with it most items that
     * do not meet a condition can be told without looking into their messages.
     */
    public Builder<M> sketch(ToIntFunction<M> sketchOf) {
      this.sketch = Objects.requireNonNull(sketchOf, "sketchOf");
      return this;
    }

    /**
     * Says which values the indexes of this program have, so that a warm start can use those in its
     * file, and need not decode items and make them anew; it does if all types of the data store
     * say so. The version has to change whenever a function of an index, or the parser, gives
     * another value for any item, or refuses another item; see {@link
     * io.holdfast.cache.Mirror.Builder#indexVersion}. New indexes, and other names of them, need no
     * other version.
     *
     * @param version positive
     */
    public Builder<M> indexVersion(int version) {
      if (version <= 0) {
        throw new IllegalArgumentException("a version is positive: " + version);
      }
      this.indexVersion = version;
      return this;
    }

    /** Says that ids are secrets: no message and no log shows them. */
    public Builder<M> secret() {
      this.secret = true;
      return this;
    }

    /**
     * The item type.
     *
     * @throws IllegalArgumentException if its name, or that of an index of which the store keeps
     *     rows, is too long or empty
     * @throws NullPointerException if it has no id
     */
    public ItemType<M> build() {
      return new ItemType<>(this);
    }
  }
}
