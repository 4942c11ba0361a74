package io.holdfast.cache;

import java.util.function.IntFunction;

/**
 * Goes through an index range in strips: some dozens of neighbouring places, which stay together
 * until a commit changes something among them.
 *
 * <pre>{@code
 * for (Strips<Order> strips = snapshot.strips("customer", range); strips.next(); ) {
 *   long[] sums = strips.beside(long[].class, long[]::new);
 *   for (int at = strips.from(); at < strips.end(); at++) { ... }
 * }
 * }</pre>
 *
 * <p>A reader can leave beside a strip what it has made of the entries there. Whoever comes by the
 * same strip finds it, in this snapshot or another: a strip never changes, what a commit changes is
 * in a new one with nothing beside it. So it need not be checked, and goes with its strip. For one
 * thread; what is left beside a strip is shared by all.
 *
 * @param <V> the decoded values' type
 */
public final class Strips<V> {
  private final Cursor<IndexPlace, Entry<V>> cursor;
  private PersistentMap.Leaf<IndexPlace> strip; // null before the first
  private int from;
  private int end;

  Strips(Cursor<IndexPlace, Entry<V>> cursor) {
    this.cursor = cursor;
  }

  /** Goes to the next strip; false if there is none, now and ever after. */
  public boolean next() {
    if (strip != null) {
      cursor.skipLeaf();
    }
    if (!cursor.hasNext()) {
      return false;
    }
    strip = cursor.leaf();
    from = cursor.at();
    end = cursor.limit();
    return true;
  }

  /** The first place in the strip that is in the range. */
  public int from() {
    return from;
  }

  /** The place behind the last one in the strip that is in the range. */
  public int end() {
    return end;
  }

  /** The entry at a place in the strip, from {@link #from} to {@link #end}. */
  @SuppressWarnings("unchecked") // all values of an index are of its type
  public Entry<V> entry(int place) {
    return (Entry<V>) strip.values[place];
  }

  /**
   * What is beside the strip; if that is of another type, or nothing, something new. Two threads
   * that come at once may each get something of their own, of which one is forgotten.
   *
   * @param fresh makes something new, safe for use by many threads, for a strip of so many places
   */
  public <B> B beside(Class<B> type, IntFunction<B> fresh) {
    Object beside = strip.beside;
    if (type.isInstance(beside)) {
      return type.cast(beside);
    }
    B made = fresh.apply(strip.values.length);
    strip.beside = made;
    return made;
  }
}
