package io.holdfast.store;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * An index value or an id in the form in which record keys hold it: whole, or, if it is long,
 * shortened to its beginning and a digest of the whole.
 *
 * <p>Whether a byte (of a byte string) or code point (of a string) is kept depends only on what
 * stands before it. So two values that differ in what is kept of either sort as their whole values
 * do, and a shortened value sorts behind the whole value that is its beginning.
 */
final class StoredValue {
  /** Bytes and code points that begin at or behind this offset in the encoded value are cut. */
  static final int KEPT_BYTES = 512;

  private final Object kept;
  private final byte[] encodedKept;
  private final Digest digest; // null if the value is whole

  private StoredValue(Object kept, byte[] encodedKept, Digest digest) {
    this.kept = kept;
    this.encodedKept = encodedKept;
    this.digest = digest;
  }

  /**
   * The stored form of a value.
   *
   * @param name how the value is called in the message if it has no encoding
   */
  static StoredValue of(String name, Object value) {
    byte[] encoded = Tuple.packOne(name, value);
    if (isWhole(encoded)) {
      Object kept = value instanceof String ? value : Tuple.unpack(encoded).get(0);
      return new StoredValue(kept, encoded, null);
    }
    byte[] encodedKept = Arrays.copyOf(encoded, cut(encoded) + 1);
    encodedKept[encodedKept.length - 1] = Tuple.END;
    Object kept = Tuple.unpack(encodedKept).get(0);
    return new StoredValue(kept, encodedKept, Digest.of(plainBytes(value)));
  }

  /** The stored form at an index of a tuple's elements, or null if there is none. */
  static StoredValue at(int index, List<Object> elements) {
    if (index >= elements.size() || elements.get(index) instanceof Digest) {
      return null;
    }
    Object kept = elements.get(index);
    byte[] encoded = Tuple.pack(kept);
    boolean isShortened = index + 1 < elements.size() && elements.get(index + 1) instanceof Digest;
    if (!isWhole(encoded) || (isShortened && !isFull(encoded))) {
      return null;
    }
    return new StoredValue(kept, encoded, isShortened ? (Digest) elements.get(index + 1) : null);
  }

  /** Whether nothing is to be cut from the encoded value. */
  private static boolean isWhole(byte[] encoded) {
    return !isText(encoded) || cut(encoded) == encoded.length - 1;
  }

  /** Whether there is no room for more in the encoded value. */
  private static boolean isFull(byte[] encoded) {
    return isText(encoded) && encoded.length - 2 >= KEPT_BYTES;
  }

  private static boolean isText(byte[] encoded) {
    return encoded[0] == Tuple.STRING || encoded[0] == Tuple.BYTES;
  }

  /** The index behind the last byte of a string or byte string that is kept. */
  private static int cut(byte[] encoded) {
    int end = encoded.length - 1;
    int cut = 1 + KEPT_BYTES;
    while (cut < end && !isStart(cut, encoded)) {
      cut++;
    }
    return Math.min(cut, end);
  }

  /** Whether a byte or code point of the value begins at the index. */
  private static boolean isStart(int index, byte[] encoded) {
    boolean isEscape = encoded[index - 1] == Tuple.END;
    boolean isContinuation = encoded[0] == Tuple.STRING && (encoded[index] & 0xC0) == 0x80;
    return !isEscape && !isContinuation;
  }

  private static byte[] plainBytes(Object value) {
    if (value instanceof String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
    return value instanceof byte[] bytes ? bytes : Tuple.bytesOf((ByteBuffer) value);
  }

  boolean isShortened() {
    return digest != null;
  }

  boolean isString() {
    return kept instanceof String;
  }

  /** How many elements of a tuple this is. */
  int elements() {
    return isShortened() ? 2 : 1;
  }

  /** The value as {@link Key#elements} gives it; its beginning, if it is shortened. */
  Object kept() {
    return kept instanceof ByteBuffer bytes ? bytes.asReadOnlyBuffer() : kept;
  }

  Key appendTo(Key key) {
    Key longer = key.plus(encodedKept);
    return isShortened() ? longer.append(digest) : longer;
  }

  /** The smallest key with this value or, if it is shortened, with one that begins alike. */
  Key lowerBound(Key base) {
    Key whole = base.plus(encodedKept);
    return isShortened() ? whole.plus((byte) Tuple.DIGEST) : whole;
  }

  /** A key above all those with a smaller value or, if this is shortened, with one alike. */
  Key upperBound(Key base) {
    Key whole = base.plus(encodedKept);
    return isShortened() ? whole.plus((byte) (Tuple.DIGEST + 1)) : whole;
  }

  @Override
  public String toString() {
    String readable =
        kept instanceof String text ? KeyText.ofText(text) : KeyText.ofElement(kept());
    return isShortened() ? readable + " " + digest : readable;
  }
}
