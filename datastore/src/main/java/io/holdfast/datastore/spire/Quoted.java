package io.holdfast.datastore.spire;

/** A caller's text in an answer, quoted as SPIRE quotes it: what cannot be printed is escaped. */
final class Quoted {
  private static final String NAMED = "\u0007\b\f\n\r\t\u000b\"\\";
  private static final String NAMES = "abfnrtv\"\\";

  private Quoted() {}

  static String of(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.codePoints().forEach(c -> append(quoted, c));
    return quoted.append('"').toString();
  }

  private static void append(StringBuilder quoted, int c) {
    int named = NAMED.indexOf(c);
    if (named >= 0) {
      quoted.append('\\').append(NAMES.charAt(named));
    } else if (isPrintable(c)) {
      quoted.appendCodePoint(c);
    } else {
      quoted.append(String.format(form(c), c));
    }
  }

  private static String form(int c) {
    if (c < 0x80) {
      return "\\x%02x";
    }
    return c < 0x10000 ? "\\u%04x" : "\\U%08x";
  }

  private static boolean isPrintable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR ->
          false;
      case Character.SPACE_SEPARATOR -> c == ' ';
      default -> true;
    };
  }
}
