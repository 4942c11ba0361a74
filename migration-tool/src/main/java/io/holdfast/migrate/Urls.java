package io.holdfast.migrate;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which texts SPIRE takes for URLs: what the parser of its language takes in any release, as later
 * ones refuse more than earlier ones.
 */
final class Urls {
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]*:");
  private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x1f\\x7f]");
  private static final Pattern BAD_ESCAPE = Pattern.compile("%(?![0-9A-Fa-f]{2})");
  private static final Pattern NOT_OF_USERS =
      Pattern.compile("[^A-Za-z0-9._:~!$&'()*+,;=%@-]|" + BAD_ESCAPE);

  /** A host has letters beyond ASCII as they are or escaped, and no other escapes. */
  private static final Pattern NOT_OF_HOSTS =
      Pattern.compile(
          "[\\x00-\\x7f&&[^A-Za-z0-9._~!$&'()*+,;=:<>\"%\\[\\]-]]"
              + "|%(?!25|[89A-Fa-f][0-9A-Fa-f])");

  private static final Pattern PORT = Pattern.compile("(:[0-9]*)?");

  private Urls() {}

  /** Whether a text is a URL, which may be relative or empty. */
  static boolean isOne(String text) {
    int hash = text.indexOf('#');
    String url = hash < 0 ? text : text.substring(0, hash);
    if (CONTROL.matcher(url).find() || (hash >= 0 && isBadlyEscaped(text.substring(hash)))) {
      return false;
    }
    Matcher scheme = SCHEME.matcher(url);
    boolean hasScheme = scheme.lookingAt();
    String rest = before("?", hasScheme ? url.substring(scheme.end()) : url);
    if (!rest.startsWith("/")) {
      boolean isRelative = !before("/", rest).contains(":") && !isBadlyEscaped(rest);
      return hasScheme || isRelative;
    }
    if (!rest.startsWith("//") || (!hasScheme && rest.startsWith("///"))) {
      return !isBadlyEscaped(rest);
    }
    String authority = before("/", rest.substring(2));
    return isAuthority(authority) && !isBadlyEscaped(rest.substring(2 + authority.length()));
  }

  private static String before(String end, String text) {
    int at = text.indexOf(end);
    return at < 0 ? text : text.substring(0, at);
  }

  private static boolean isBadlyEscaped(String text) {
    return BAD_ESCAPE.matcher(text).find();
  }

  private static boolean isAuthority(String authority) {
    int at = authority.lastIndexOf('@');
    String user = at < 0 ? "" : authority.substring(0, at);
    return isHost(authority.substring(at + 1)) && !NOT_OF_USERS.matcher(user).find();
  }

  private static boolean isHost(String host) {
    boolean isBracketed = host.startsWith("[");
    int end = isBracketed ? host.lastIndexOf(']') + 1 : host.lastIndexOf(':');
    if (isBracketed && end == 0) {
      return false;
    }
    int zone = isBracketed ? host.substring(0, end).indexOf("%25") : -1;
    String port = host.substring(end < 0 ? host.length() : end);
    // A zone may escape what it likes.
    return PORT.matcher(port).matches()
        && !NOT_OF_HOSTS.matcher(zone < 0 ? host : host.substring(0, zone)).find()
        && (zone < 0 || !isBadlyEscaped(host.substring(zone)));
  }
}
