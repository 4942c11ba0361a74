package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import java.util.ArrayList;
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
  private final WalkCursor<M>[] waiting; // a heap: none stands before the one at half its index
  private int size;
  private boolean begun;
  private WalkCursor<M> here; // at the item; null before the first step and behind the last

  private Walk(WalkCursor<M>[] cursors, Predicate<? super Walk<M>> condition) {
    this.condition = condition;
    this.waiting = cursors;
  }

  /** Through what some cursors find, which have not begun, as far as it meets a condition. */
  static <M extends MessageLite> Walk<M> of(
      WalkCursor<M>[] cursors, Predicate<? super Walk<M>> condition) {
    return new Walk<>(cursors, condition);
  }

  /** Goes to the next item; false if there is none. */
  public boolean next() {
    do {
      if (!begun) {
        begin();
      } else if (size > 0) {
        step();
      }
      if (size == 0) {
        here = null;
        return false;
      }
      here = waiting[0];
    } while (condition != null && !condition.test(this));
    return true;
  }

  private void begin() {
    begun = true;
    for (WalkCursor<M> cursor : waiting) {
      if (cursor.advance()) {
        waiting[size++] = cursor;
      }
    }
    for (int i = size / 2 - 1; i >= 0; i--) {
      settle(i);
    }
  }

  /** Those that are at the same item stand below the root, as nothing stands between. */
  private void step() {
    for (int child = firstChild(); child < size && isAtRoot(child); child = firstChild()) {
      advance(child);
    }
    advance(0);
  }

  private int firstChild() {
    return size > 2 && waiting[2].compareTo(waiting[1]) < 0 ? 2 : 1;
  }

  private boolean isAtRoot(int index) {
    return waiting[index].compareTo(waiting[0]) == 0;
  }

  private void advance(int index) {
    if (!waiting[index].advance()) {
      waiting[index] = waiting[--size];
    }
    settle(index);
  }

  /** Puts the cursor at an index where it belongs among those behind it. */
  private void settle(int index) {
    int at = index;
    WalkCursor<M> cursor = waiting[at];
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
    return here().message();
  }

  /** Its place in the order of creation. */
  public CreationOrder order() {
    return here().entry().value().order();
  }

  /** Its {@link ItemType.Builder#sketch}; 0 if the type has none. */
  public int sketch() {
    return here().sketch();
  }

  /** What the walk is at, to be looked for elsewhere. */
  WalkCursor<M> here() {
    if (here == null) {
      throw new NoSuchElementException("the walk has not begun, or is at its end");
    }
    return here;
  }

  /** What is left to go through, as a list. */
  public List<M> rest() {
    // Here a message is not yet of a known class: to be cast, each would be fetched from memory.
    List<M> rest = new ArrayList<>();
    while (next()) {
      rest.add(message());
    }
    return rest;
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
}
