package io.holdfast.store;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** What the two kinds of record keys share: how they begin, and the rule for names. */
final class RecordKeys {
  /** In UTF-8. Keeps record keys below 2048 bytes. */
  static final int NAME_BYTES_MAX = 64;

  private RecordKeys() {}

  /**
   * The elements of a key that begins with the kind and as many names, or nothing if it does not.
   */
  static List<Object> elements(Key kind, int names, Key key) {
    if (!key.startsWith(kind)) {
      return List.of();
    }
    try {
      List<Object> elements = key.elements();
      boolean isNamed =
          elements.size() > names
              && elements.subList(1, 1 + names).stream().allMatch(RecordKeys::isName);
      return isNamed ? elements : List.of();
    } catch (IllegalArgumentException notATuple) {
      return List.of();
    }
  }

  private static boolean isName(Object name) {
    return name instanceof String text
        && !text.isEmpty()
        && text.getBytes(StandardCharsets.UTF_8).length <= NAME_BYTES_MAX;
  }

  static String checkedName(String what, String name) {
    if (!isName(name)) {
      throw new IllegalArgumentException(
          "The name of "
              + what
              + " must have 1 to "
              + NAME_BYTES_MAX
              + " bytes in UTF-8, unlike "
              + (name == null ? "null" : '"' + KeyText.ofText(name) + '"'));
    }
    return name;
  }
}
