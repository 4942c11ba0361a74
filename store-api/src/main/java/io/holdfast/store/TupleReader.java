package io.holdfast.store;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Arrays;
import java.util.UUID;

/**
 * Takes encoded elements from an array, one after the other.
 *
 * <p>It accepts only what {@link TupleWriter} writes, so that no two byte strings are the same
 * tuple.
 */
final class TupleReader {
  private final ByteBuffer in;

  TupleReader(byte[] bytes) {
    in = ByteBuffer.wrap(bytes);
  }

  boolean hasNext() {
    return in.hasRemaining();
  }

  /**
   * The next element.
   *
   * @throws IllegalArgumentException if the bytes are not the encoding of one
   */
  Object next() {
    int at = in.position();
    int code = in.get() & 0xFF;
    return switch (code) {
      case Tuple.BYTES -> ByteBuffer.wrap(terminated()).asReadOnlyBuffer();
      case Tuple.STRING -> string(at);
      case Tuple.FALSE -> false;
      case Tuple.TRUE -> true;
      case Tuple.UUID_CODE -> {
        ByteBuffer fixed = fixed(16);
        yield new UUID(fixed.getLong(), fixed.getLong());
      }
      case Tuple.INSTANT -> instant(at);
      case Tuple.DIGEST -> Digest.ofHash(fixed(Digest.LENGTH).array());
      default -> integer(code - Tuple.ZERO, at);
    };
  }

  private String string(int at) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(terminated())).toString();
    } catch (CharacterCodingException e) {
      throw notATuple(at, "a string that is not UTF-8", e);
    }
  }

  /** The bytes up to the terminator, without escapes. */
  private byte[] terminated() {
    int at = in.position();
    byte[] plain = new byte[in.remaining()];
    int length = 0;
    while (in.hasRemaining()) {
      byte b = in.get();
      if (b == Tuple.END && !skipsEscape()) {
        return Arrays.copyOf(plain, length);
      }
      plain[length++] = b;
    }
    throw notATuple(at, "a string without an end", null);
  }

  private boolean skipsEscape() {
    if (!in.hasRemaining() || in.get(in.position()) != Tuple.ESCAPED) {
      return false;
    }
    in.get();
    return true;
  }

  /** An integer of {@code signedSize} bytes, whose sign is that of the number. */
  private Long integer(int signedSize, int at) {
    int size = Math.abs(signedSize);
    if (size > Long.BYTES) {
      throw notATuple(at, "a type code that is not in use", null);
    }
    long bits = signedSize < 0 ? -1 : 0;
    ByteBuffer digits = fixed(size);
    while (digits.hasRemaining()) {
      bits = bits << 8 | digits.get() & 0xFF;
    }
    long value = signedSize < 0 ? bits + 1 : bits;
    TupleWriter again = new TupleWriter();
    again.integer(value);
    if (!ByteBuffer.wrap(again.toBytes()).equals(in.slice(at, 1 + size))) {
      throw notATuple(at, "an integer beyond 64 bits or with bytes to spare", null);
    }
    return value;
  }

  private Instant instant(int at) {
    ByteBuffer fixed = fixed(12);
    long seconds = fixed.getLong() ^ Long.MIN_VALUE;
    int nanos = fixed.getInt();
    if (nanos < 0 || nanos > 999_999_999) {
      throw notATuple(at, "an instant with more than a second of nanoseconds", null);
    }
    try {
      return Instant.ofEpochSecond(seconds, nanos);
    } catch (DateTimeException e) {
      throw notATuple(at, "an instant out of the range of java.time.Instant", e);
    }
  }

  private ByteBuffer fixed(int size) {
    if (in.remaining() < size) {
      throw notATuple(in.position(), "an element that is cut off", null);
    }
    byte[] bytes = new byte[size];
    in.get(bytes);
    return ByteBuffer.wrap(bytes);
  }

  private static IllegalArgumentException notATuple(int at, String what, Exception cause) {
    return new IllegalArgumentException("Not a tuple: at byte " + at + " there is " + what, cause);
  }
}
