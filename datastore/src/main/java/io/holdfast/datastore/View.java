package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import io.holdfast.cache.Entry;
import io.holdfast.cache.Lag;
import io.holdfast.cache.Snapshot;
import io.holdfast.store.IndexKey;
import io.holdfast.store.ItemKey;
import io.holdfast.store.Key;
import io.holdfast.store.Position;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * All types and indexes as one commit left them, in memory: what is read from a view fits together.
 *
 * <p>Immutable, needs no closing, and costs nothing to keep but the memory of what has changed
 * since. Safe for use by many threads.
 */
public final class View {
  private final Snapshot<Item<?>> snapshot;
  private final Set<ItemType<?>> types;

  View(Snapshot<Item<?>> snapshot, Set<ItemType<?>> types) {
    this.snapshot = snapshot;
    this.types = types;
  }

  /** The commit that this view shows. */
  public Position position() {
    return snapshot.position();
  }

  /** How far behind the store it was, if farther than the bound of the read. */
  public Optional<Lag> lag() {
    return snapshot.lag();
  }

  /**
   * The item with an id.
   *
   * @throws DatastoreException with {@code INVALID_ARGUMENT} if no item can have this id
   */
  public <M extends MessageLite> Optional<M> get(ItemType<M> type, String id) {
    return entry(type, keyOf(type, id)).map(entry -> item(type, entry).message());
  }

  /**
   * The value of a memo for the item with an id; empty if there is no such item.
   *
   * @throws DatastoreException with {@code INVALID_ARGUMENT} if no item can have this id
   */
  public <R> Optional<R> get(Memo<?, R> memo, String id) {
    return memo.get(this, id);
  }

  /** Where the item with an id stands in the creation order. */
  public <M extends MessageLite> Optional<CreationOrder> order(ItemType<M> type, String id) {
    return entry(type, keyOf(type, id)).map(entry -> entry.value().order());
  }

  /** The item with an id, and its place in the creation order. */
  public <M extends MessageLite> Optional<Placed<M>> placed(ItemType<M> type, String id) {
    return entry(type, keyOf(type, id))
        .map(entry -> item(type, entry))
        .map(item -> new Placed<>(item.message(), item.order()));
  }

  /** The item that was created at a place. */
  public <M extends MessageLite> Optional<M> createdAt(ItemType<M> type, CreationOrder order) {
    Walk<M> walk = walk(List.of(type.all()), order);
    return walk.next() && walk.order().equals(order)
        ? Optional.of(walk.message())
        : Optional.empty();
  }

  /** All items that a query finds, in its order. */
  public <M extends MessageLite> List<M> list(Query<M> query) {
    List<M> items = new ArrayList<>();
    forEach(query, items::add);
    return items;
  }

  /** Gives each item that a query finds to a consumer, in the query's order. */
  public <M extends MessageLite> void forEach(Query<M> query, Consumer<? super M> consumer) {
    checkType(query.type());
    // Between two values an item may have several, and is met once for each.
    Set<Key> seen = query.isInCreationOrder() ? null : new HashSet<>();
    for (Entry<Item<?>> entry : snapshot.range(query.indexName(), query.keys())) {
      M message = item(query.type(), entry).message();
      if (query.accepts(message) && (seen == null || seen.add(entry.key()))) {
        consumer.accept(message);
      }
    }
  }

  /**
   * The items that a query finds, one by one in its order, with their places. Between two values an
   * item that has several of them comes once for each.
   */
  public <M extends MessageLite> Iterable<Placed<M>> scan(Query<M> query) {
    checkType(query.type());
    var entries = snapshot.range(query.indexName(), query.keys());
    return () -> new Scan<>(query, entries.iterator());
  }

  /** Looks one item ahead, since a filter may refuse all that are left. */
  private static final class Scan<M extends MessageLite> implements Iterator<Placed<M>> {
    private final Query<M> query;
    private final Iterator<Entry<Item<?>>> entries;
    private Item<M> next;

    Scan(Query<M> query, Iterator<Entry<Item<?>>> entries) {
      this.query = query;
      this.entries = entries;
    }

    @Override
    public boolean hasNext() {
      while (next == null && entries.hasNext()) {
        Item<M> item = item(query.type(), entries.next());
        next = query.accepts(item.message()) ? item : null;
      }
      return next != null;
    }

    @Override
    public Placed<M> next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Item<M> item = next;
      next = null;
      return new Placed<>(item.message(), item.order());
    }
  }

  /**
   * Goes through what any of some queries finds, from a place on (inclusive).
   *
   * @throws IllegalArgumentException if a query does not give items in creation order
   */
  public <M extends MessageLite> Walk<M> walk(List<Query<M>> queries, CreationOrder from) {
    return walk(queries, from, null);
  }

  /**
   * As {@link #walk(List, CreationOrder)}, with a condition that is asked where the walk comes by;
   * what it refuses is passed over.
   */
  public <M extends MessageLite> Walk<M> walk(
      List<Query<M>> queries, CreationOrder from, Predicate<? super Walk<M>> condition) {
    @SuppressWarnings({"unchecked", "rawtypes"}) // there are no arrays of generic types
    WalkCursor<M>[] cursors = new WalkCursor[queries.size()];
    for (int i = 0; i < cursors.length; i++) {
      cursors[i] = cursor(queries.get(i), from);
    }
    return Walk.of(cursors, condition);
  }

  /**
   * Whether a query finds what a walk is at: a condition for one walk, from the same place on, that
   * costs less than to look into the message where the query finds many. Each walk needs its own.
   *
   * @throws IllegalArgumentException if the query does not give items in creation order
   */
  public <M extends MessageLite> Predicate<Walk<M>> isFound(Query<M> query, CreationOrder from) {
    WalkCursor<M> cursor = cursor(query, from);
    return walk -> cursor.finds(walk.here());
  }

  private <M extends MessageLite> WalkCursor<M> cursor(Query<M> query, CreationOrder from) {
    checkType(query.type());
    if (!query.isInCreationOrder()) {
      throw new IllegalArgumentException(query + " does not give items in creation order");
    }
    return new WalkCursor<>(query, snapshot.strips(query.indexName(), query.keysFrom(from)));
  }

  /** How many items a query finds. */
  public <M extends MessageLite> long count(Query<M> query) {
    if (!query.isFiltered() && query.isInCreationOrder()) {
      checkType(query.type());
      return snapshot.count(query.indexName(), query.keys());
    }
    long[] count = {0};
    forEach(query, message -> count[0]++);
    return count[0];
  }

  /** How many items of a type stand before a place in the creation order; not slower for more. */
  public <M extends MessageLite> long countBefore(ItemType<M> type, CreationOrder order) {
    checkType(type);
    return snapshot.count(Query.CREATION, type.all().keysBefore(order));
  }

  /**
   * A page of what a query finds.
   *
   * @param token empty for the first page, then what the page before gave as next
   * @param itemsMax how many items the page has at most, at least 1
   * @throws DatastoreException with {@code INVALID_ARGUMENT} if the token is none or belongs to
   *     another list, or no item fits on the page
   * @throws IllegalArgumentException if the query is not in creation order or the type is secret,
   *     whose tokens would hold an id
   */
  public <M extends MessageLite> Slice<M> page(Query<M> query, String token, int itemsMax) {
    if (!query.isInCreationOrder() || query.type().isSecret()) {
      throw new IllegalArgumentException("there are no pages of " + query + ": read all at once");
    }
    if (itemsMax < 1) {
      throw new DatastoreException(
          DatastoreException.Code.INVALID_ARGUMENT, "a page has room for no item: " + itemsMax);
    }
    checkType(query.type());
    PageToken after = token.isEmpty() ? null : PageToken.decode(token, query);
    return new Pager<>(query, after, itemsMax).page();
  }

  /** Fills a page. */
  private final class Pager<M extends MessageLite> {
    private final Query<M> query;
    private final PageToken after;
    private final int itemsMax;
    private final List<M> items = new ArrayList<>();
    private CreationOrder lastOrder;

    Pager(Query<M> query, PageToken after, int itemsMax) {
      this.query = query;
      this.after = after;
      this.itemsMax = itemsMax;
    }

    /** Looks one item further than the page goes, to know whether there is a next one. */
    Slice<M> page() {
      Key afterKey = after == null ? null : query.type().keyOf(after.id());
      var keys = after == null ? query.keys() : query.keysFrom(after.order());
      for (Entry<Item<?>> entry : snapshot.range(query.indexName(), keys)) {
        Item<M> item = item(query.type(), entry);
        if (afterKey != null && !isBehind(item, entry.key(), afterKey)) {
          continue;
        }
        if (query.accepts(item.message())) {
          if (items.size() == itemsMax) {
            String lastId = query.type().idOf(items.get(itemsMax - 1));
            return new Slice<>(items, new PageToken(lastOrder, lastId).encode(query));
          }
          items.add(item.message());
          lastOrder = item.order();
        }
      }
      return new Slice<>(items, null);
    }

    private boolean isBehind(Item<M> item, Key key, Key afterKey) {
      int order = item.order().compareTo(after.order());
      return order > 0 || (order == 0 && key.compareTo(afterKey) > 0);
    }
  }

  /** The entry of an item, for those who need its revision. */
  <M extends MessageLite> Optional<Entry<Item<?>>> entry(ItemType<M> type, Key key) {
    checkType(type);
    return snapshot.get(key);
  }

  /** Whether there is an item that has a row in an index. */
  boolean hasRow(IndexKey row) {
    return snapshot
        .get(row.item().toKey())
        .map(entry -> entry.value().rows().contains(row.toKey()))
        .orElse(false);
  }

  /** Type and id for a message to people, as {@link ItemType#describe(String)}. */
  String describe(ItemKey key) {
    return types.stream()
        .filter(type -> type.name().equals(key.type()))
        .map(type -> type.describe(key.id()))
        .findFirst()
        .orElse(key.type());
  }

  @SuppressWarnings("unchecked") // the key says the type
  static <M extends MessageLite> Item<M> item(ItemType<M> type, Entry<Item<?>> entry) {
    return (Item<M>) entry.value();
  }

  /** The key of an item; an id that can be no key is an invalid argument. */
  static Key keyOf(ItemType<?> type, String id) {
    Objects.requireNonNull(id, "id");
    try {
      return type.keyOf(id);
    } catch (IllegalArgumentException e) {
      throw new DatastoreException(
          DatastoreException.Code.INVALID_ARGUMENT, "no " + type + " can have this id", e);
    }
  }

  Snapshot<Item<?>> snapshot() {
    return snapshot;
  }

  private void checkType(ItemType<?> type) {
    checkType(type, types);
  }

  static void checkType(ItemType<?> type, Set<ItemType<?>> types) {
    if (types.contains(type)) {
      return;
    }
    boolean isNamesake = types.stream().anyMatch(other -> other.name().equals(type.name()));
    throw new IllegalArgumentException(
        isNamesake
            ? "the data store was opened with another item type " + type + ": keep it in a constant"
            : "the data store was opened without type " + type + "; it has " + types);
  }
}
