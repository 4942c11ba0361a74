package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import io.holdfast.cache.Entry;
import io.holdfast.cache.Strips;

/**
 * What a query finds, in the order of creation, one by one; before the first at the beginning.
 *
 * <p>It reads what is {@link Gathered} beside the strips of the index, or has it gathered: ahead,
 * and farther each time. For one thread.
 */
final class WalkCursor<M extends MessageLite> {
  private static final int AHEAD_LEAST = 8;

  private final Query<M> query;
  private final Strips<Item<?>> strips;
  private Gathered strip;
  private int at = -1;
  private int end;
  private int passed;
  private boolean isOver;

  WalkCursor(Query<M> query, Strips<Item<?>> strips) {
    this.query = query;
    this.strips = strips;
  }

  /** Goes to the next item; false if there is none, and then nothing else may be called. */
  boolean advance() {
    do {
      passed++;
      if (++at >= end && !enter()) {
        return false;
      }
    } while (query.isFiltered() && !query.accepts(message()));
    return true;
  }

  private boolean enter() {
    if (!strips.next()) {
      at = end;
      return false;
    }
    strip = Gathered.of(strips);
    at = strips.from();
    end = strips.end();
    return true;
  }

  @SuppressWarnings("unchecked") // the query is of this type
  M message() {
    return (M) strip.message(strips, at, aheadEnd());
  }

  int sketch() {
    return strip.sketch(strips, at, aheadEnd());
  }

  /** Who has read little may need no more. */
  private int aheadEnd() {
    return Math.min(end, at + Math.max(AHEAD_LEAST, passed));
  }

  long rank() {
    return strip.rank(strips, at, end);
  }

  Entry<Item<?>> entry() {
    return strips.entry(at);
  }

  /** How what this is at stands to what another one of the same view is at. */
  int compareTo(WalkCursor<M> other) {
    long mine = rank();
    long theirs = other.rank();
    return mine != theirs ? Long.compare(mine, theirs) : compareAlike(other);
  }

  /** Where a store combines commits, items may share a place; then the key decides. */
  @SuppressWarnings("ReferenceEquality") // two items never share a message
  private int compareAlike(WalkCursor<M> other) {
    if (message() == other.message()) {
      return 0;
    }
    Entry<Item<?>> mine = entry();
    Entry<Item<?>> theirs = other.entry();
    int order = mine.value().compareOrder(theirs.value());
    return order != 0 ? order : mine.key().compareTo(theirs.key());
  }

  /**
   * Whether the query finds what another cursor is at; goes there, or to what stands behind it. To
   * be asked of items in their order, by whoever does not {@link #advance} this one.
   */
  boolean finds(WalkCursor<M> wanted) {
    long rank = wanted.rank();
    while (reaches(rank)) {
      int order = compareTo(wanted);
      if (order >= 0) {
        return order == 0 && (!query.isFiltered() || query.accepts(message()));
      }
      at++;
    }
    return false;
  }

  /** Goes to the first place from here on with at least this rank; false if there is none. */
  private boolean reaches(long rank) {
    while (at < 0 || at >= end || rankOfLast() < rank) {
      if (isOver || !enter()) {
        isOver = true;
        return false;
      }
    }
    int low = at;
    int high = end - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      boolean isBelow = strip.rank(strips, middle, end) < rank;
      low = isBelow ? middle + 1 : low;
      high = isBelow ? high : middle;
    }
    at = low;
    return true;
  }

  private long rankOfLast() {
    return rank() == 0 ? 0 : strip.rank(strips, end - 1, end); // all at once, if none is gathered
  }
}
