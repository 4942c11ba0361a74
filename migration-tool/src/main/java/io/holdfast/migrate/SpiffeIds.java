package io.holdfast.migrate;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Which texts SPIRE takes for SPIFFE IDs and for names of trust domains. */
final class SpiffeIds {
  private static final Pattern ID = Pattern.compile("spiffe://([a-z0-9._-]+)((/[A-Za-z0-9._-]+)*)");
  private static final Pattern TRUST_DOMAIN = Pattern.compile("[a-z0-9._-]+");
  private static final Pattern DOTS = Pattern.compile("/\\.{1,2}(/|$)");

  private SpiffeIds() {}

  /** The name of the trust domain of a SPIFFE ID; empty if the text is none. */
  static Optional<String> trustDomainOf(String text) {
    Matcher id = ID.matcher(text);
    boolean isId = id.matches() && !DOTS.matcher(id.group(2)).find();
    return isId ? Optional.of(id.group(1)) : Optional.empty();
  }

  /** Whether a text is the name of a trust domain. */
  static boolean isTrustDomain(String text) {
    return TRUST_DOMAIN.matcher(text).matches();
  }
}
