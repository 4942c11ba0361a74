package io.holdfast.store;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;

/** Appends encoded elements to a growing array. */
final class TupleWriter {
  private byte[] bytes = new byte[64];
  private int length;

  byte[] toBytes() {
    return Arrays.copyOf(bytes, length);
  }

  void code(int code) {
    put(code);
  }

  void byteString(byte[] value) {
    put(Tuple.BYTES);
    for (byte b : value) {
      putEscaped(b);
    }
    put(Tuple.END);
  }

  void string(String value) {
    put(Tuple.STRING);
    int index = putPlain(value);
    while (index < value.length()) {
      index = putCodePoint(value, index);
    }
    put(Tuple.END);
  }

  /** Puts what stands before the first character that is not ASCII or is zero; says where. */
  private int putPlain(String value) {
    makeRoom(value.length());
    int index = 0;
    for (; index < value.length(); index++) {
      char c = value.charAt(index);
      if (c == 0 || c >= 0x80) {
        break;
      }
      bytes[length + index] = (byte) c;
    }
    length += index;
    return index;
  }

  /** Puts the UTF-8 of the code point at the index, and returns the index behind it. */
  private int putCodePoint(String value, int index) {
    int c = value.codePointAt(index);
    if (c < 0x80) {
      putEscaped((byte) c);
      return index + 1;
    }
    if (c < 0x800) {
      put(0xC0 | c >> 6);
    } else {
      putUpperBits(c, index);
      put(0x80 | c >> 6 & 0x3F);
    }
    put(0x80 | c & 0x3F);
    return index + Character.charCount(c);
  }

  /** Puts all but the last two bytes of a code point that has three or four. */
  private void putUpperBits(int c, int index) {
    if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
      throw new IllegalArgumentException(
          "is a string with an unpaired surrogate at index "
              + index
              + ", which has no UTF-8 form; a value that is not text must be a byte string");
    }
    if (c < 0x10000) {
      put(0xE0 | c >> 12);
    } else {
      put(0xF0 | c >> 18);
      put(0x80 | c >> 12 & 0x3F);
    }
  }

  /**
   * Puts the magnitude in as few bytes as it needs, behind a code that tells sign and number of
   * bytes. The bits of negative numbers are inverted, so that the larger magnitude sorts first.
   */
  void integer(long value) {
    long bits = value < 0 ? value - 1 : value; // -m - 1 is m inverted
    long magnitude = value < 0 ? ~bits : value;
    int size = (Long.SIZE - Long.numberOfLeadingZeros(magnitude) + 7) / 8;
    put(value < 0 ? Tuple.ZERO - size : Tuple.ZERO + size);
    for (int shift = (size - 1) * 8; shift >= 0; shift -= 8) {
      put((int) (bits >> shift));
    }
  }

  /**
   * Puts seconds and nanoseconds; the sign of the seconds is flipped, so that order is unsigned.
   */
  void instant(Instant value) {
    put(Tuple.INSTANT);
    putAll(
        ByteBuffer.allocate(12)
            .putLong(value.getEpochSecond() ^ Long.MIN_VALUE)
            .putInt(value.getNano())
            .array());
  }

  void uuid(UUID value) {
    put(Tuple.UUID_CODE);
    putAll(
        ByteBuffer.allocate(16)
            .putLong(value.getMostSignificantBits())
            .putLong(value.getLeastSignificantBits())
            .array());
  }

  void digest(Digest value) {
    put(Tuple.DIGEST);
    putAll(value.hash());
  }

  private void putAll(byte[] more) {
    makeRoom(more.length);
    System.arraycopy(more, 0, bytes, length, more.length);
    length += more.length;
  }

  private void makeRoom(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
    }
  }

  private void putEscaped(byte b) {
    put(b);
    if (b == Tuple.END) {
      put(Tuple.ESCAPED);
    }
  }

  private void put(int b) {
    makeRoom(1);
    bytes[length++] = (byte) b;
  }
}
