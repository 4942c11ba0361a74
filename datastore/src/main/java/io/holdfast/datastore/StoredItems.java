package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Store;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.NavigableMap;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The items of a type as the store itself has them, read page by page in constant memory: for
 * checks and for moving data, where {@link Datastore} would load everything.
 *
 * <p>Pages may be of different commits: what is created, changed or deleted while reading may be
 * seen or not. What cannot be read, or lies under another key than its own, ends the reading with
 * {@link DatastoreException} and {@code DATA_LOSS}.
 *
 * @param <M> the message
 */
public final class StoredItems<M extends MessageLite> {
  /** How many items are held at once to sort them. */
  private static final int SORTED_MAX = 20_000;

  private final Store store;
  private final ItemType<M> type;
  private final int era;
  private final int sortedMax;

  private StoredItems(Store store, ItemType<M> type, int sortedMax) {
    this.store = store;
    this.type = type;
    this.era = StoreInfo.era(store);
    this.sortedMax = sortedMax;
  }

  /** The items of a type in a store, whether or not it is complete. */
  public static <M extends MessageLite> StoredItems<M> of(Store store, ItemType<M> type) {
    return of(store, type, SORTED_MAX);
  }

  static <M extends MessageLite> StoredItems<M> of(Store store, ItemType<M> type, int sortedMax) {
    return new StoredItems<>(store, Objects.requireNonNull(type, "type"), sortedMax);
  }

  /**
   * An item and its place in the order of creation.
   *
   * @param message the item
   * @param order its place
   * @param <M> the message
   */
  public record StoredItem<M extends MessageLite>(M message, CreationOrder order) {}

  /** How many there are. */
  public long count() {
    return store.count(type.keys());
  }

  /** The item with an id. */
  public Optional<StoredItem<M>> get(String id) {
    return store.get(View.keyOf(type, id)).map(this::decode);
  }

  /** All items by id, in the order of their keys. */
  public Iterable<StoredItem<M>> byId() {
    return () -> {
      Iterator<KeyValue> stored = new Scan(type.keys());
      return new Iterator<>() {
        @Override
        public boolean hasNext() {
          return stored.hasNext();
        }

        @Override
        public StoredItem<M> next() {
          return decode(stored.next());
        }
      };
    };
  }

  /**
   * All items in the order of creation. The store is not sorted so: each 20,000 items take one pass
   * through all of the type.
   */
  public Iterable<StoredItem<M>> inCreationOrder() {
    return SortedScan::new;
  }

  private StoredItem<M> decode(KeyValue stored) {
    Item<M> item = Item.decode(type, era, stored);
    if (!View.keyOf(type, type.idOf(item.message())).equals(stored.key())) {
      throw new DatastoreException(
          DatastoreException.Code.DATA_LOSS,
          "an item of type "
              + type
              + " is stored under a key that is not its own: somebody wrote"
              + " to the store past the datastore");
    }
    return new StoredItem<>(item.message(), item.order());
  }

  /** Place of an item among all of its type; the key decides where a store combined commits. */
  private record Place(CreationOrder order, Key key) implements Comparable<Place> {
    private static final Comparator<Place> COMPARATOR =
        Comparator.comparing(Place::order).thenComparing(Place::key);

    @Override
    public int compareTo(Place other) {
      return COMPARATOR.compare(this, other);
    }
  }

  /** Reads a range page by page. */
  private final class Scan implements Iterator<KeyValue> {
    private Optional<KeyRange> rest;
    private Iterator<KeyValue> page = Collections.emptyIterator();

    Scan(KeyRange range) {
      this.rest = Optional.of(range);
    }

    @Override
    public boolean hasNext() {
      while (!page.hasNext() && rest.isPresent()) {
        Page read = store.get(rest.get());
        page = read.entries().iterator();
        rest = read.rest();
      }
      return page.hasNext();
    }

    @Override
    public KeyValue next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return page.next();
    }
  }

  /** Finds the next items in the order of creation, as many as may be held at once. */
  private final class SortedScan implements Iterator<StoredItem<M>> {
    private final NavigableMap<Place, StoredItem<M>> sorted = new TreeMap<>();
    private Place last;
    private boolean more = true;

    @Override
    public boolean hasNext() {
      if (sorted.isEmpty() && more) {
        pass();
      }
      return !sorted.isEmpty();
    }

    private void pass() {
      more = false;
      for (Scan scan = new Scan(type.keys()); scan.hasNext(); ) {
        KeyValue stored = scan.next();
        StoredItem<M> item = decode(stored);
        Place place = new Place(item.order(), stored.key());
        if (last == null || place.compareTo(last) > 0) {
          sorted.put(place, item);
        }
        if (sorted.size() > sortedMax) {
          sorted.pollLastEntry();
          more = true;
        }
      }
    }

    @Override
    public StoredItem<M> next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      var next = sorted.pollFirstEntry();
      last = next.getKey();
      return next.getValue();
    }
  }
}
