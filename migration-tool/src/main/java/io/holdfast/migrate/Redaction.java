package io.holdfast.migrate;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Takes passwords out of text: first out of what was given, then out of whatever looks like one.
 * The text may be JSON, so what only looks like one ends with a quotation mark.
 */
final class Redaction {
  private static final String HIDDEN = "***";
  private static final Pattern USER_INFO = Pattern.compile("(//[^/\\s:@\"]*):[^\\s\"]*@");
  private static final Pattern OPTION =
      Pattern.compile("(?i)([?&;][a-z_.-]*(?:password|passwd|pwd)=)[^&;\\s\"]*");

  /** Argument and what to show in its place, only where they differ. */
  private final Map<String, String> shown;

  private Redaction(Map<String, String> shown) {
    this.shown = shown;
  }

  /** Hides the passwords in these arguments, also those with blanks or quotation marks. */
  static Redaction of(String... arguments) {
    Map<String, String> shown = new LinkedHashMap<>();
    for (String argument : arguments) {
      String value = argument.replaceFirst("^--[a-z-]+=", "");
      String safe = patterns(value.replaceAll("[\\s\"]", "_"));
      if (safe.contains(HIDDEN)) {
        shown.put(value, safe);
        shown.put(inJson(value), inJson(safe));
      }
    }
    return new Redaction(Map.copyOf(shown));
  }

  private static String inJson(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"");
  }

  String apply(String text) {
    String safe = text;
    for (Map.Entry<String, String> argument : shown.entrySet()) {
      safe = safe.replace(argument.getKey(), argument.getValue());
    }
    return patterns(safe);
  }

  private static String patterns(String text) {
    String safe = USER_INFO.matcher(text).replaceAll("$1:" + HIDDEN + "@");
    return OPTION.matcher(safe).replaceAll("$1" + HIDDEN);
  }
}
