package io.holdfast.migrate;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A question that a store answers otherwise than the database that it was made from.
 *
 * @param operation what was asked, such as {@code fetch entry}
 * @param id for what; hidden where that is a secret
 * @param field of the answer; empty for all of it
 * @param source the database's answer, shortened where it is long
 * @param store the store's answer
 */
record ReadDifference(String operation, String id, String field, String source, String store) {
  private static final int SHOWN_MAX = 200;
  private static final String ABSENT = "(absent)";
  private static final String PRESENT = "(present)";

  static ReadDifference missing(String operation, String id) {
    return new ReadDifference(operation, id, "", PRESENT, ABSENT);
  }

  static ReadDifference extra(String operation, String id) {
    return new ReadDifference(operation, id, "", ABSENT, PRESENT);
  }

  static ReadDifference of(String operation, String id, Object source, Object store) {
    return new ReadDifference(operation, id, "", shown(source), shown(store));
  }

  /** What differs between two messages; nothing if they are the same. */
  static List<ReadDifference> between(String operation, String id, Message source, Message store) {
    List<ReadDifference> differences = new ArrayList<>();
    for (FieldDescriptor field : source.getDescriptorForType().getFields()) {
      Object there = source.getField(field);
      Object here = store.getField(field);
      if (!Objects.equals(there, here)) {
        differences.add(
            new ReadDifference(operation, id, field.getName(), shown(there), shown(here)));
      }
    }
    return differences;
  }

  private static String shown(Object value) {
    String text =
        value instanceof ByteString bytes
            ? bytes.size() + " bytes " + TextFormat.escapeBytes(bytes)
            : String.valueOf(value).strip().replaceAll("\\s*\\R\\s*", " ");
    return text.length() <= SHOWN_MAX
        ? text
        : text.substring(0, SHOWN_MAX)
            + "... (%d characters, hash %08x)".formatted(text.length(), text.hashCode());
  }

  /** The difference for people. */
  @Override
  public String toString() {
    return "%s %s%s: the source has %s, the store has %s"
        .formatted(operation, id, field.isEmpty() ? "" : ", " + field, source, store);
  }
}
