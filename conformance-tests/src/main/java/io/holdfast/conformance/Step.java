package io.holdfast.conformance;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import java.util.List;

/**
 * One step of a random history.
 *
 * @param kind what is done
 * @param handle which handle does it; 0 or 1
 * @param ops what the transaction, or the reader, does
 * @param between what another transaction does before the first one commits
 * @param from for a watch: how many commits back it begins
 */
record Step(Kind kind, int handle, List<Op> ops, List<Op> between, int from) {
  /** What a step does. */
  enum Kind {
    READ,
    COMMIT,
    INTERLEAVED,
    ABORT,
    WATCH
  }

  @Override
  public String toString() {
    return switch (kind) {
      case INTERLEAVED -> "handle " + handle + ": " + ops + " and before its commit " + between;
      case WATCH -> "handle " + handle + ": watch " + ops + " from " + from + " commits back";
      default -> "handle " + handle + ": " + kind + " " + ops;
    };
  }

  /**
   * One operation of a transaction or reader.
   *
   * @param verb what is done
   * @param key the key, or one end of the range
   * @param otherKey the other end of the range
   * @param number the value that is put, the entries of a page; odd makes the range open
   */
  record Op(Verb verb, Key key, Key otherKey, int number) {
    /** What an operation does. */
    enum Verb {
      GET,
      PAGE,
      COUNT,
      PUT,
      DELETE,
      DELETE_RANGE,
      EXPECT,
      EXPECT_ABSENT,
      EXPECT_EMPTY
    }

    /** The range of the operations that have one. */
    KeyRange range() {
      int order = key.compareTo(otherKey);
      if (number % 4 == 1) {
        return KeyRange.prefix(key);
      }
      if (order == 0) {
        return number % 2 == 0 ? KeyRange.single(key) : KeyRange.all();
      }
      if (number % 4 == 3) {
        return KeyRange.from(key);
      }
      return order < 0 ? KeyRange.of(key, otherKey) : KeyRange.of(otherKey, key);
    }

    @Override
    public String toString() {
      return switch (verb) {
        case GET, DELETE, EXPECT, EXPECT_ABSENT -> verb + " " + key;
        case PUT -> "PUT " + key + "=" + number;
        case PAGE -> "PAGE of " + (1 + number % 4) + " of " + range();
        default -> verb + " " + range();
      };
    }
  }
}
