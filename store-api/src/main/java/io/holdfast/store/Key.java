package io.holdfast.store;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * An immutable, non-empty byte string that names one entry of a store.
 *
 * <p>Keys sort in unsigned byte order, on every store. The bytes may be anything, but most keys are
 * <em>tuples</em>: a few typed elements, encoded so that the order of the bytes is the order of the
 * elements and the elements can be told apart again.
 *
 * <pre>{@code
 * Key key = Key.of("order", 7);
 * key.elements();                     // ["order", 7L]
 * key.append("line", 1);              // ("order", 7, "line", 1)
 * KeyRange.under(Key.of("order"));    // every tuple that begins with "order"
 * }</pre>
 *
 * <p>An element is a {@link String}, a byte string ({@code byte[]} or {@link ByteBuffer}), an
 * integer ({@code Long}, {@code Integer}, {@code Short} or {@code Byte}; all four encode alike), a
 * {@code Boolean}, an {@link java.time.Instant} or a {@link java.util.UUID}. Strings sort by code
 * point, integers and instants by value, {@code false} before {@code true}, byte strings and UUIDs
 * as unsigned bytes. Elements of different types sort by type: byte strings, strings, integers,
 * booleans, UUIDs, instants. The encoding is that of the FoundationDB tuple layer, with an own type
 * for instants; {@code docs/key-encoding.md} specifies it byte by byte.
 *
 * <p>A key has no length limit of its own; each store advertises one. Keys are safe for use by many
 * threads.
 */
public final class Key implements Comparable<Key> {
  private static final long SPREAD = 0x9E3779B97F4A7C15L;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final byte[] bytes;
  private int hash; // 0 until first asked for; a race computes the same number twice

  /** Takes over the array, which nobody may change afterwards. */
  private Key(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * The key of the tuple with these elements.
   *
   * @throws IllegalArgumentException if there is no element, or one is null, of a type that has no
   *     encoding, or a string with an unpaired surrogate; the message names the element
   */
  public static Key of(Object... elements) {
    if (elements.length == 0) {
      throw new IllegalArgumentException("A key needs at least one element");
    }
    return new Key(Tuple.pack(elements));
  }

  /**
   * The key with exactly these bytes, which are copied.
   *
   * @throws IllegalArgumentException if there is no byte
   */
  public static Key ofBytes(byte[] bytes) {
    return ofBytes(bytes, 0, bytes.length);
  }

  /**
   * The key with the bytes from index {@code from} (inclusive) to {@code to} (exclusive), which are
   * copied.
   *
   * @throws IllegalArgumentException if there is no byte between the two
   * @throws IndexOutOfBoundsException if the two are not a range inside the array
   */
  public static Key ofBytes(byte[] bytes, int from, int to) {
    Objects.checkFromToIndex(from, to, bytes.length);
    if (from == to) {
      throw new IllegalArgumentException("A key needs at least one byte");
    }
    return new Key(Arrays.copyOfRange(bytes, from, to));
  }

  /** A copy of the bytes. */
  public byte[] toBytes() {
    return bytes.clone();
  }

  /** A read-only view of the bytes, without a copy; each call gives a new one. */
  public ByteBuffer asByteBuffer() {
    return ByteBuffer.wrap(bytes).asReadOnlyBuffer();
  }

  /**
   * Puts the bytes into a buffer at its position.
   *
   * @throws java.nio.BufferOverflowException if fewer than {@link #length()} bytes remain in it
   */
  public void writeTo(ByteBuffer target) {
    target.put(bytes);
  }

  /** The number of bytes, at least 1. */
  public int length() {
    return bytes.length;
  }

  /**
   * The byte at an index, counted from 0.
   *
   * @throws IndexOutOfBoundsException if the index is negative or not below {@link #length()}
   */
  public byte byteAt(int index) {
    return bytes[index];
  }

  /**
   * Whether the bytes of this key begin with those of {@code prefix}; every key does with itself.
   */
  public boolean startsWith(Key prefix) {
    byte[] other = prefix.bytes;
    return other.length <= bytes.length
        && Arrays.equals(bytes, 0, other.length, other, 0, other.length);
  }

  /**
   * The bytes of this key followed by the encoded elements: for a tuple, the longer tuple.
   *
   * @throws IllegalArgumentException as for {@link #of}, except that no element at all is fine
   */
  public Key append(Object... elements) {
    return elements.length == 0 ? this : plus(Tuple.pack(elements));
  }

  /** The smallest key that is greater than this one: where reading goes on behind it. */
  public Key successor() {
    return plus((byte) 0);
  }

  /**
   * The decoded elements of the tuple, in an immutable list.
   *
   * <p>Integers come back as {@code Long} and byte strings as read-only {@link ByteBuffer}; the
   * others as the type that went in. {@link #of} makes an equal key of them.
   *
   * @throws IllegalArgumentException if the bytes are not a tuple; see {@link #isTuple()}
   */
  public List<Object> elements() {
    return Tuple.unpack(bytes);
  }

  /**
   * Whether the bytes are the encoding of a tuple, whoever made them.
   *
   * <p>Bytes that came from elsewhere can look like a tuple by chance.
   */
  public boolean isTuple() {
    return Tuple.isTuple(bytes);
  }

  /**
   * This key with a string behind, if it is at most {@code lengthMax} long and all ASCII without
   * zeros, as nearly all ids are; else null.
   */
  Key plusPlain(String text, int lengthMax) {
    int length = text.length();
    if (length > lengthMax || text.indexOf(0) >= 0) {
      return null;
    }
    byte[] plain = text.getBytes(StandardCharsets.UTF_8);
    // Unpaired surrogates became question marks.
    if (plain.length != length || !new String(plain, StandardCharsets.ISO_8859_1).equals(text)) {
      return null;
    }
    byte[] longer = Arrays.copyOf(bytes, bytes.length + length + 2);
    longer[bytes.length] = Tuple.STRING;
    System.arraycopy(plain, 0, longer, bytes.length + 1, length);
    return new Key(longer);
  }

  /** This key with more bytes behind, taken literally. */
  Key plus(byte... more) {
    byte[] longer = Arrays.copyOf(bytes, bytes.length + more.length);
    System.arraycopy(more, 0, longer, bytes.length, more.length);
    return new Key(longer);
  }

  @Override
  public int compareTo(Key other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return this == other || (other instanceof Key key && Arrays.equals(bytes, key.bytes));
  }

  @Override
  public int hashCode() {
    if (hash == 0) {
      hash = hashOf(bytes);
    }
    return hash;
  }

  /**
   * Eight bytes at a time, each step a multiplication by the odd number next to the golden ratio's
   * fraction of 2 to the 64th, folded. The hash of an array would not do: it weighs bytes by powers
   * of 31, so that the keys of a million numbers share 29,000 hashes.
   */
  private static int hashOf(byte[] bytes) {
    long state = bytes.length;
    int at = 0;
    for (; at + Long.BYTES <= bytes.length; at += Long.BYTES) {
      state = mixed(state ^ (long) LONGS.get(bytes, at));
    }
    long rest = 0;
    for (; at < bytes.length; at++) {
      rest = rest << Byte.SIZE | bytes[at] & 0xFF;
    }
    return (int) (mixed(state ^ rest) * SPREAD >>> Integer.SIZE);
  }

  private static long mixed(long state) {
    long product = state * SPREAD;
    return product ^ product >>> Integer.SIZE;
  }

  /**
   * The key for people to read: a tuple like {@code ("order", 7)} when the bytes are one, else
   * hexadecimal like {@code 0xc0ffee}; cut after about 250 characters.
   */
  @Override
  public String toString() {
    return isTuple() ? KeyText.ofTuple(elements()) : KeyText.ofBytes(bytes);
  }
}
