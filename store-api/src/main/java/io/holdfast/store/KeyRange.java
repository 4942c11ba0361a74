package io.holdfast.store;

import static java.util.Objects.requireNonNull;

import java.util.Objects;
import java.util.Optional;

/**
 * An immutable, contiguous range of keys: from a start (inclusive) to an end (exclusive).
 *
 * <p>Both bounds may be missing: without a start the range begins at the smallest key, without an
 * end it goes up to the largest. A single key and all keys with a common prefix are special cases.
 *
 * <pre>{@code
 * KeyRange orders = KeyRange.under(Key.of("order"));  // every tuple that begins with "order"
 * KeyRange rest = orders.after(lastKeyOfPage);        // where the next page begins
 * }</pre>
 *
 * <p>The bounds decide equality: two ranges that hold no key are equal only if their bounds are.
 */
public final class KeyRange {
  private static final KeyRange ALL = new KeyRange(null, null);

  /** Greater than every type code and unlike every terminator, so no tuple goes on with it. */
  private static final byte BEHIND_EVERY_ELEMENT = (byte) 0xFF;

  private final Key start; // null: from the smallest key
  private final Key end; // null: to the largest key

  private KeyRange(Key start, Key end) {
    this.start = start;
    this.end = end;
  }

  /** The range of all keys. */
  public static KeyRange all() {
    return ALL;
  }

  /**
   * The range from {@code start} (inclusive) to {@code end} (exclusive).
   *
   * @throws IllegalArgumentException if {@code start} is not below {@code end}
   */
  public static KeyRange of(Key start, Key end) {
    if (start.compareTo(end) >= 0) {
      throw new IllegalArgumentException(
          "The start of a range must be below its end, but " + start + " is not below " + end);
    }
    return new KeyRange(start, end);
  }

  /** The range of {@code start} and all keys above it. */
  public static KeyRange from(Key start) {
    return new KeyRange(requireNonNull(start), null);
  }

  /** The range that holds exactly one key. */
  public static KeyRange single(Key key) {
    return new KeyRange(key, key.successor());
  }

  /**
   * The range of all keys whose bytes begin with those of {@code prefix}, itself included.
   *
   * <p>This looks at bytes only. For tuples {@link #under} is meant: {@code ("a\0b")} begins with
   * all the bytes of {@code ("a")}, although its first element is another.
   */
  public static KeyRange prefix(Key prefix) {
    return new KeyRange(prefix, nextAfterAllWith(prefix));
  }

  /**
   * The range of all tuples that begin with the elements of {@code tuple}, itself included.
   *
   * @throws IllegalArgumentException if {@code tuple} is not a tuple
   */
  public static KeyRange under(Key tuple) {
    if (!tuple.isTuple()) {
      throw new IllegalArgumentException(
          "Not a tuple: " + tuple + "; for a prefix of bytes use KeyRange.prefix");
    }
    return new KeyRange(tuple, tuple.plus(BEHIND_EVERY_ELEMENT));
  }

  /** The smallest key above all keys with this prefix, or null if there is none. */
  private static Key nextAfterAllWith(Key prefix) {
    int last = prefix.length() - 1;
    while (last >= 0 && prefix.byteAt(last) == (byte) 0xFF) {
      last--;
    }
    if (last < 0) {
      return null;
    }
    byte[] bytes = prefix.toBytes();
    bytes[last]++;
    return Key.ofBytes(bytes, 0, last + 1);
  }

  /** The first key that may be in the range; empty if it begins at the smallest key. */
  public Optional<Key> start() {
    return Optional.ofNullable(start);
  }

  /** The first key above the range; empty if it goes up to the largest key. */
  public Optional<Key> end() {
    return Optional.ofNullable(end);
  }

  /** Whether the key lies in this range. */
  public boolean contains(Key key) {
    return (start == null || start.compareTo(key) <= 0) && isBelowEnd(requireNonNull(key));
  }

  /** Whether some key lies in both ranges. */
  public boolean intersects(KeyRange other) {
    return !isEmpty()
        && !other.isEmpty()
        && (start == null || other.isBelowEnd(start))
        && (other.start == null || isBelowEnd(other.start));
  }

  /** The keys that lie in both ranges; empty if there are none. */
  public Optional<KeyRange> intersection(KeyRange other) {
    if (!intersects(other)) {
      return Optional.empty();
    }
    Key lowerEnd = other.end != null && isBelowEnd(other.end) ? other.end : end;
    return Optional.of(new KeyRange(higherStart(other.start), lowerEnd));
  }

  /** What is left of this range behind {@code key}; an empty range if that is nothing. */
  public KeyRange after(Key key) {
    Key next = higherStart(key.successor());
    return new KeyRange(isBelowEnd(next) ? next : end, end);
  }

  /** Whether the range holds exactly one key. */
  public boolean isSingle() {
    return start != null
        && end != null
        && end.length() == start.length() + 1
        && end.byteAt(start.length()) == 0
        && end.startsWith(start);
  }

  /** Whether the range holds no key at all, as {@link #after} its last one. */
  public boolean isEmpty() {
    return start != null && start.equals(end);
  }

  private boolean isBelowEnd(Key key) {
    return end == null || key.compareTo(end) < 0;
  }

  private Key higherStart(Key other) {
    if (start == null) {
      return other;
    }
    return other == null || start.compareTo(other) >= 0 ? start : other;
  }

  @Override
  public boolean equals(Object other) {
    if (!(other instanceof KeyRange that)) {
      return false;
    }
    return Objects.equals(start, that.start) && Objects.equals(end, that.end);
  }

  @Override
  public int hashCode() {
    return 31 * Objects.hashCode(start) + Objects.hashCode(end);
  }

  /**
   * The range for people to read, like {@code [("order", 1), ("order", 9))} or {@code under (7)}.
   */
  @Override
  public String toString() {
    if (start != null && end != null && !isEmpty()) {
      if (isSingle()) {
        return "[" + start + "]";
      }
      if (end.equals(start.plus(BEHIND_EVERY_ELEMENT))) {
        return "under " + start;
      }
      if (end.equals(nextAfterAllWith(start))) {
        return "prefix " + start;
      }
    }
    return "[" + (start == null ? "" : start) + ", " + (end == null ? "" : end) + ")";
  }
}
