package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import io.holdfast.cache.Entry;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.function.Predicate;

/**
 * Goes through the items that any of some queries finds, in the order of creation, each once.
 *
 * <pre>{@code
 * for (Walk<Order> orders = view.walk(List.of(red, blue), from); orders.next(); ) {
 *   add(orders.message());
 * }
 * }</pre>
 *
 * <p>Each query gives its items in that order, so the next one is the first among what the queries
 * are at, and what several find stands there at once: nothing is collected or sorted. Makes no
 * object for an item. It reads one view, whatever happens meanwhile. For one thread.
 *
 * @param <M> the items' message
 */
public final class Walk<M extends MessageLite> {
  private final Predicate<? super Walk<M>> condition; // null: none
  private final Cursor<M>[] waiting; // a heap: none stands before the one at half its index
  private int size;
  private Item<M> item; // null before the first step and behind the last

  private Walk(Cursor<M>[] cursors, Predicate<? super Walk<M>> condition) {
    this.condition = condition;
    this.waiting = cursors;
    this.size = cursors.length;
    for (int i = size / 2 - 1; i >= 0; i--) {
      settle(i);
    }
  }

  /**
   * What a query finds, at the first of which it is.
   *
   * <p>It reads ahead, farther each time: to fetch many items from far memory at once, none waiting
   * for another, is several times as quick as to fetch each when its turn has come.
   */
  static final class Cursor<M extends MessageLite> {
    private static final int AHEAD_LEAST = 8;
    private static final int AHEAD_MOST = 64;

    private final Query<M> query;
    private final Iterator<Entry<Item<?>>> found;
    private Entry<?>[] entries = new Entry<?>[AHEAD_LEAST];
    private Item<?>[] items = new Item<?>[AHEAD_LEAST];
    private int size;
    private int at = -1;
    private Entry<?> entry;
    private Item<?> item;

    Cursor(Query<M> query, Iterator<Entry<Item<?>>> found) {
      this.query = query;
      this.found = found;
    }

    boolean advance() {
      if (++at >= size && !readAhead()) {
        return false;
      }
      entry = entries[at];
      item = items[at];
      return true;
    }

    private boolean readAhead() {
      if (size == entries.length && size < AHEAD_MOST) {
        entries = new Entry<?>[2 * size];
        items = new Item<?>[2 * size];
      }
      at = 0;
      size = 0;
      while (size < entries.length && found.hasNext()) {
        Entry<Item<?>> next = found.next();
        Item<M> value = View.item(query.type(), next);
        if (query.accepts(value.message())) {
          entries[size] = next;
          items[size++] = value;
        }
      }
      return size > 0;
    }

    /** Where a store combines commits, items may share a place; then the key decides. */
    int compareTo(Cursor<M> other) {
      if (item == other.item) {
        return 0;
      }
      int order = item.compareOrder(other.item);
      return order != 0 ? order : entry.key().compareTo(other.entry.key());
    }

    boolean isAt(Entry<?> otherEntry, Item<?> otherItem) {
      return item == otherItem
          || (item.compareOrder(otherItem) == 0 && entry.key().equals(otherEntry.key()));
    }
  }

  /** Through what some cursors find, which have not begun, as far as it meets a condition. */
  static <M extends MessageLite> Walk<M> of(
      List<Cursor<M>> cursors, Predicate<? super Walk<M>> condition) {
    @SuppressWarnings({"unchecked", "rawtypes"}) // it leaves this class only as what it is
    Cursor<M>[] begun = new Cursor[cursors.size()];
    int size = 0;
    for (Cursor<M> cursor : cursors) {
      if (cursor.advance()) {
        begun[size++] = cursor;
      }
    }
    return new Walk<>(Arrays.copyOf(begun, size), condition);
  }

  /** Goes to the next item; false if there is none. */
  public boolean next() {
    do {
      if (size == 0) {
        item = null;
        return false;
      }
      step();
    } while (condition != null && !condition.test(this));
    return true;
  }

  @SuppressWarnings("unchecked") // the queries are of this type
  private void step() {
    Entry<?> entry = waiting[0].entry;
    item = (Item<M>) waiting[0].item;
    do {
      if (!waiting[0].advance()) {
        waiting[0] = waiting[--size];
      }
      if (waiting.length == 1) {
        return;
      }
      settle(0);
    } while (size > 0 && waiting[0].isAt(entry, item));
  }

  /** Puts the cursor at an index where it belongs among those behind it. */
  private void settle(int index) {
    int at = index;
    Cursor<M> cursor = waiting[at];
    for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && waiting[child + 1].compareTo(waiting[child]) < 0) {
        child++;
      }
      if (cursor.compareTo(waiting[child]) <= 0) {
        break;
      }
      waiting[at] = waiting[child];
      at = child;
    }
    waiting[at] = cursor;
  }

  /**
   * The item.
   *
   * @throws NoSuchElementException before the first step and behind the last item
   */
  public M message() {
    return item().message();
  }

  /** Its place in the order of creation. */
  public CreationOrder order() {
    return item().order();
  }

  /** Its {@link ItemType.Builder#sketch}; 0 if the type has none. */
  public int sketch() {
    return item().sketch();
  }

  /** What is left to go through, to be gone through once. */
  public Iterable<Placed<M>> placed() {
    return () ->
        new Iterator<>() {
          private boolean ahead; // the walk is at what comes next, if anything does
          private boolean more;

          @Override
          public boolean hasNext() {
            more = ahead ? more : Walk.this.next();
            ahead = true;
            return more;
          }

          @Override
          public Placed<M> next() {
            if (!hasNext()) {
              throw new NoSuchElementException();
            }
            ahead = false;
            return new Placed<>(message(), order());
          }
        };
  }

  private Item<M> item() {
    if (item == null) {
      throw new NoSuchElementException("the walk has not begun, or is at its end");
    }
    return item;
  }
}
