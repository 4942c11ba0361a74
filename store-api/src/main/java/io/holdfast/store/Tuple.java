package io.holdfast.store;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.UUID;

/**
 * The tuple encoding: type codes, and the way from elements to bytes and back.
 *
 * <p>The codes and forms are those of the FoundationDB tuple layer (its {@code design/tuple.md}),
 * as far as the types are shared. Codes from {@code 0x40} to {@code 0x4F} are left to users there;
 * two of them are taken for instants and digests.
 */
final class Tuple {
  static final int BYTES = 0x01;
  static final int STRING = 0x02;

  /** Zero; n below or above it stands for a negative or positive number of n bytes. */
  static final int ZERO = 0x14;

  static final int FALSE = 0x26;
  static final int TRUE = 0x27;
  static final int UUID_CODE = 0x30;
  static final int INSTANT = 0x40;
  static final int DIGEST = 0x41;

  /** Ends strings and byte strings. */
  static final byte END = 0x00;

  /** Behind a zero byte: it does not end the string, but belongs to it. */
  static final byte ESCAPED = (byte) 0xFF;

  private static final String ALLOWED =
      "; allowed are String, byte[], ByteBuffer, Long, Integer, Short, Byte, Boolean, Instant"
          + " and UUID";

  private Tuple() {}

  static byte[] pack(Object... elements) {
    TupleWriter writer = new TupleWriter();
    for (int i = 0; i < elements.length; i++) {
      try {
        write(writer, elements[i]);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException(
            "Element " + (i + 1) + " of " + elements.length + " of the key " + e.getMessage(), e);
      }
    }
    return writer.toBytes();
  }

  /** The encoding of one element, called {@code name} if it is to be complained about. */
  static byte[] packOne(String name, Object element) {
    try {
      TupleWriter writer = new TupleWriter();
      write(writer, element);
      return writer.toBytes();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + " " + e.getMessage(), e);
    }
  }

  private static void write(TupleWriter writer, Object element) {
    if (element instanceof String string) {
      writer.string(string);
    } else if (element instanceof Long
        || element instanceof Integer
        || element instanceof Short
        || element instanceof Byte) {
      writer.integer(((Number) element).longValue());
    } else if (element instanceof byte[] array) {
      writer.byteString(array);
    } else {
      writeRare(writer, element);
    }
  }

  private static void writeRare(TupleWriter writer, Object element) {
    if (element instanceof ByteBuffer byteBuffer) {
      writer.byteString(bytesOf(byteBuffer));
    } else if (element instanceof Boolean bool) {
      writer.code(bool ? TRUE : FALSE);
    } else if (element instanceof Instant instant) {
      writer.instant(instant);
    } else if (element instanceof UUID uuid) {
      writer.uuid(uuid);
    } else if (element instanceof Digest digest) {
      writer.digest(digest);
    } else {
      throw new IllegalArgumentException(complaintAbout(element));
    }
  }

  private static String complaintAbout(Object element) {
    if (element == null) {
      return "is null" + ALLOWED;
    }
    if (element instanceof Key) {
      return "is itself a key" + ALLOWED + "; to make a key longer use Key.append";
    }
    return "is of type " + element.getClass().getName() + ALLOWED;
  }

  /** A copy of what remains in the buffer, whose position stays. */
  static byte[] bytesOf(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  static List<Object> unpack(byte[] bytes) {
    TupleReader reader = new TupleReader(bytes);
    List<Object> elements = new ArrayList<>();
    while (reader.hasNext()) {
      elements.add(reader.next());
    }
    return Collections.unmodifiableList(elements);
  }

  static boolean isTuple(byte[] bytes) {
    try {
      unpack(bytes);
      return true;
    } catch (IllegalArgumentException notATuple) {
      return false;
    }
  }
}
