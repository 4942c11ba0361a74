package io.holdfast.migrate;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.spire.SpireTypes;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * A record that is not the same in a store and in its source.
 *
 * @param type its type
 * @param id its id; hidden where that is a secret
 * @param kind what is wrong in the store
 * @param fields what differs, by name, if both sides have the record
 */
record Difference(ItemType<?> type, String id, Kind kind, List<String> fields) {
  private static final Set<ItemType<?>> WITH_EVENTS =
      Set.of(
          SpireTypes.ENTRY,
          SpireTypes.NODE,
          SpireTypes.NODE_SELECTORS,
          SpireTypes.ENTRY_EVENT,
          SpireTypes.NODE_EVENT);

  /** What is wrong in the store. */
  enum Kind {
    MISSING,
    EXTRA,
    OTHER,
    /** What the store has cannot be read. */
    DAMAGED,
    /** The same record at another place in the order of its type. */
    MOVED,
    /** What the indexes in the store say of it is not what the record says. */
    INDEX
  }

  Difference {
    fields = List.copyOf(fields);
  }

  static Difference missing(ItemType<?> type, String id) {
    return new Difference(type, shown(type, id), Kind.MISSING, List.of());
  }

  static Difference extra(ItemType<?> type, String id) {
    return new Difference(type, shown(type, id), Kind.EXTRA, List.of());
  }

  static Difference damaged(ItemType<?> type, String id) {
    return new Difference(type, shown(type, id), Kind.DAMAGED, List.of());
  }

  static Difference index(ItemType<?> type, String id) {
    return new Difference(type, shown(type, id), Kind.INDEX, List.of());
  }

  /** Of a record that is on both sides. */
  static Difference between(ItemType<?> type, String id, Message stored, Message source) {
    List<String> fields = fields(stored, source);
    return new Difference(
        type, shown(type, id), fields.isEmpty() ? Kind.MOVED : Kind.OTHER, fields);
  }

  private static List<String> fields(Message one, Message other) {
    List<String> fields = new ArrayList<>();
    for (FieldDescriptor field : one.getDescriptorForType().getFields()) {
      if (!Objects.equals(one.getField(field), other.getField(field))) {
        fields.add(field.getName());
      }
    }
    if (fields.isEmpty() && !one.equals(other)) {
      fields.add("(unknown fields)");
    }
    return fields;
  }

  static String shown(ItemType<?> type, String id) {
    return type.isSecret() ? "(secret)" : id;
  }

  /** Whether SPIRE should have told of it by an event; it prunes events without one. */
  boolean wasMissed() {
    return WITH_EVENTS.contains(type) && !isPrunedEvent() && kind != Kind.INDEX;
  }

  /** Whether it is an event that SPIRE has deleted, as it does when events are some hours old. */
  boolean isPrunedEvent() {
    return kind == Kind.EXTRA && (type == SpireTypes.ENTRY_EVENT || type == SpireTypes.NODE_EVENT);
  }

  /** The difference for people. */
  @Override
  public String toString() {
    return switch (kind) {
      case MISSING -> type + " " + id + " was missing";
      case EXTRA -> type + " " + id + " was one more than the source has";
      case OTHER -> type + " " + id + " was another one: " + String.join(", ", fields);
      case DAMAGED -> type + " " + id + " could not be read";
      case INDEX -> type + " " + id + " had other rows in indexes than its own";
      case MOVED -> type + " " + id + " was at another place";
    };
  }
}
