package io.holdfast.campaign;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import java.util.List;

/**
 * A kind of keys that the clients use, few of each, so that they meet. In logs and in the checker a
 * number stands for each key; within a space, the numbers are in the order of the keys.
 */
@SuppressWarnings("EnumOrdinal") // Logs are read by the version that wrote them.
enum Space {
  /** Written blindly, and counted up by read-modify-write. */
  REGISTER("register", 24),
  /** Holds the last operations that appended to it. */
  LIST("list", 8),
  /** Holds a balance; the sum over all accounts never changes. */
  ACCOUNT("account", 16),
  /** Comes and goes within ranges that others read and count. */
  ITEM("item", 64),
  /** Created only when absent, swapped only when unchanged, deleted and created again. */
  ONCE("once", 24),
  /** One key per client, so that a commit that may delete nothing is a change all the same. */
  TRACE("trace", 4096);

  /** What lies between the numbers of the first keys of two spaces. */
  static final int STRIDE = 4096;

  /** How many numbers there are, used or not. */
  static final int NUMBERS = values().length * STRIDE;

  private final String element;
  private final int size;

  Space(String element, int size) {
    this.element = element;
    this.size = size;
  }

  int size() {
    return size;
  }

  /** The number of the key at an index from 0. */
  int number(int index) {
    return ordinal() * STRIDE + Math.floorMod(index, size);
  }

  /** All keys of the space. */
  KeyRange all() {
    return KeyRange.under(Key.of(element));
  }

  static Space of(int number) {
    return values()[number / STRIDE];
  }

  static Key key(int number) {
    return Key.of(of(number).element, number % STRIDE);
  }

  /** The keys with numbers from {@code from} to before {@code to}, of one space. */
  static KeyRange range(int from, int to) {
    return KeyRange.of(key(from), Key.of(of(from).element, (to - 1) % STRIDE + 1));
  }

  /** The number of a key; a key of somebody else is an exception. */
  static int number(Key key) {
    List<Object> elements = key.elements();
    for (Space space : values()) {
      if (elements.size() == 2
          && elements.get(0).equals(space.element)
          && elements.get(1) instanceof Long index
          && index >= 0
          && index < space.size) {
        return space.number(index.intValue());
      }
    }
    throw new IllegalArgumentException("no key of the campaign: " + key);
  }

  /** How people read a key's number. */
  static String text(int number) {
    return of(number).element + "/" + number % STRIDE;
  }
}
