package io.holdfast.datastore.spire;

/**
 * What makes a text a SPIFFE ID: a scheme, the name of a trust domain, and a path of non-empty
 * segments.
 */
final class SpiffeId {
  private static final String SCHEME = "spiffe://";

  private SpiffeId() {}

  /** The id of a trust domain. */
  static String ofTrustDomain(String trustDomain) {
    return SCHEME + trustDomain;
  }

  /** The id of a trust domain's own server. */
  static String ofServer(String trustDomain) {
    return SCHEME + trustDomain + "/spire/server";
  }

  /** The name of the trust domain of a SPIFFE ID; null if the text is none. */
  static String trustDomainOf(String id) {
    if (!id.startsWith(SCHEME)) {
      return null;
    }
    int end = SCHEME.length();
    while (end < id.length() && id.charAt(end) != '/') {
      if (!isTrustDomainCharacter(id.charAt(end))) {
        return null;
      }
      end++;
    }
    boolean valid = end > SCHEME.length() && isPath(id, end);
    return valid ? id.substring(SCHEME.length(), end) : null;
  }

  /** Whether the text is a SPIFFE ID of this trust domain. */
  static boolean isMember(String id, String trustDomain) {
    int end = SCHEME.length() + trustDomain.length();
    return id.startsWith(SCHEME) && id.startsWith(trustDomain, SCHEME.length()) && isPath(id, end);
  }

  /** Whether the text from an index on is empty or made of a slash and a segment, repeated. */
  private static boolean isPath(String id, int from) {
    int index = from;
    while (index < id.length()) {
      int end = id.charAt(index) == '/' ? endOfSegment(id, index + 1) : index;
      if (end <= index + 1 || isDots(id, index + 1, end)) {
        return false;
      }
      index = end;
    }
    return true;
  }

  private static int endOfSegment(String id, int from) {
    int end = from;
    while (end < id.length() && isPathCharacter(id.charAt(end))) {
      end++;
    }
    return end;
  }

  private static boolean isDots(String id, int from, int to) {
    return id.charAt(from) == '.'
        && (to - from == 1 || (to - from == 2 && id.charAt(from + 1) == '.'));
  }

  private static boolean isTrustDomainCharacter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  }

  private static boolean isPathCharacter(char c) {
    return isTrustDomainCharacter(c) || (c >= 'A' && c <= 'Z');
  }
}
