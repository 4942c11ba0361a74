package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import io.holdfast.store.IndexKey;
import io.holdfast.store.ItemKey;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Store;
import java.util.Collections;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

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
   * All items that can be read, by id. One that cannot, or lies under another key than its own,
   * does not end the reading.
   *
   * @param unreadable takes the id that the key of such an item names
   */
  public Iterable<StoredItem<M>> byId(Consumer<String> unreadable) {
    return () -> new ReadableScan(unreadable);
  }

  /**
   * All items in the order of creation; to be closed, as it may hold a temporary file.
   *
   * <p>The store is not sorted so. It is read once, when the first item is asked for, and sorted in
   * runs of 20,000 items; of more than that, the runs lie in a file in {@code java.io.tmpdir}.
   *
   * @throws java.io.UncheckedIOException while reading, if there is no room for that file
   */
  public Stream<StoredItem<M>> inCreationOrder() {
    SortedScan scan = new SortedScan();
    return StreamSupport.stream(
            Spliterators.spliteratorUnknownSize(scan, Spliterator.ORDERED | Spliterator.NONNULL),
            false)
        .onClose(scan::close);
  }

  /**
   * Takes each row that the store has in indexes of the type, whether or not it is one of {@link
   * ItemType#rowsOf} an item that is there: the id of the item that it names, and its key. Of an id
   * that is too long for a key a row has only the beginning; that is given if there is no such item
   * that can be read.
   */
  public void forEachRow(BiConsumer<String, Key> rows) {
    for (Index<M> index : type.indexes()) {
      if (index.isStored()) {
        Scan scan = new Scan(IndexKey.all(type.name(), index.name()));
        scan.forEachRemaining(
            read ->
                IndexKey.parse(read.key()).ifPresent(row -> rows.accept(idOf(row), read.key())));
      }
    }
  }

  private String idOf(IndexKey row) {
    ItemKey item = row.item();
    if (!item.isShortened()) {
      return item.id();
    }
    try {
      return store
          .get(item.toKey())
          .map(found -> type.idOf(decode(found).message()))
          .orElse(item.id());
    } catch (DatastoreException e) {
      return item.id();
    }
  }

  private StoredItem<M> decode(KeyValue stored) {
    Item<M> item = Item.decode(type, era, stored);
    return new StoredItem<>(item.message(), item.order());
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

  /** Passes over what cannot be read. */
  private final class ReadableScan implements Iterator<StoredItem<M>> {
    private final Iterator<KeyValue> stored = new Scan(type.keys());
    private final Consumer<String> unreadable;
    private StoredItem<M> next;

    ReadableScan(Consumer<String> unreadable) {
      this.unreadable = unreadable;
    }

    @Override
    public boolean hasNext() {
      while (next == null && stored.hasNext()) {
        KeyValue read = stored.next();
        try {
          next = decode(read);
        } catch (DatastoreException e) {
          unreadable.accept(ItemKey.parse(read.key()).map(ItemKey::id).orElseThrow(() -> e));
        }
      }
      return next != null;
    }

    @Override
    public StoredItem<M> next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      StoredItem<M> item = next;
      next = null;
      return item;
    }
  }

  /** Sorts all items when the first is asked for. */
  private final class SortedScan implements Iterator<StoredItem<M>> {
    private final CreationSort<M> sort = new CreationSort<>(type, sortedMax);
    private boolean begun;

    @Override
    public boolean hasNext() {
      if (!begun) {
        begun = true;
        for (Scan scan = new Scan(type.keys()); scan.hasNext(); ) {
          KeyValue stored = scan.next();
          sort.add(stored.key(), decode(stored));
        }
        sort.finish();
      }
      return sort.hasNext();
    }

    @Override
    public StoredItem<M> next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return sort.next();
    }

    void close() {
      sort.close();
    }
  }
}
