package io.holdfast.store;

import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/** Keys and their elements for people to read; shortened, never for parsing. */
final class KeyText {
  private static final int WHOLE_CHARS_MAX = 240;
  private static final int ELEMENT_CHARS_MAX = 100;

  private KeyText() {}

  static String ofTuple(List<Object> elements) {
    String all =
        elements.stream().map(KeyText::ofElement).collect(Collectors.joining(", ", "(", ")"));
    return cut(all, WHOLE_CHARS_MAX);
  }

  static String ofBytes(byte[] bytes) {
    int shown = Math.min(bytes.length, WHOLE_CHARS_MAX / 2);
    String hex = "0x" + HexFormat.of().formatHex(bytes, 0, shown);
    return shown == bytes.length ? hex : hex + "... (" + bytes.length + " bytes)";
  }

  static String ofElement(Object element) {
    if (element instanceof String string) {
      return '"' + ofText(string) + '"';
    }
    if (element instanceof ByteBuffer byteBuffer) {
      return ofByteString(Tuple.bytesOf(byteBuffer));
    }
    return String.valueOf(element);
  }

  /** Text without quotes; what would not be seen or would break a line is written as its number. */
  static String ofText(String text) {
    StringBuilder readable = new StringBuilder();
    text.codePoints().limit(ELEMENT_CHARS_MAX + 1L).forEach(c -> appendReadable(readable, c));
    return cut(readable.toString(), ELEMENT_CHARS_MAX);
  }

  private static void appendReadable(StringBuilder readable, int c) {
    if (c == '"' || c == '\\') {
      readable.append('\\').append((char) c);
    } else if (isVisible(c)) {
      readable.appendCodePoint(c);
    } else {
      readable.append(String.format("\\u{%x}", c));
    }
  }

  private static boolean isVisible(int c) {
    return c == ' '
        || !(Character.isISOControl(c)
            || Character.isWhitespace(c)
            || Character.isSpaceChar(c)
            || Character.getType(c) == Character.FORMAT
            || Character.getType(c) == Character.UNASSIGNED);
  }

  private static String ofByteString(byte[] bytes) {
    return cut("0x" + HexFormat.of().formatHex(bytes), ELEMENT_CHARS_MAX);
  }

  private static String cut(String text, int charsMax) {
    if (text.length() <= charsMax) {
      return text;
    }
    int end = Character.isHighSurrogate(text.charAt(charsMax - 1)) ? charsMax - 1 : charsMax;
    return text.substring(0, end) + "...";
  }
}
