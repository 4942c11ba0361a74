package io.holdfast.conformance;

import io.holdfast.store.StoreException;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.platform.commons.support.AnnotationSupport;

/** Makes a failure readable for the author of a store: what it did, and what the rule says. */
final class Explanation {
  /** How a failure names the rule that it is about, where that is not the test's. */
  private static final Pattern NAMED = Pattern.compile("^\\[([A-Z]\\d+)\\] ");

  private Explanation() {}

  /** The failure with the rule in front; other throwables than failures are the store's doing. */
  static AssertionError of(ExtensionContext context, String where, Throwable thrown) {
    String text =
        thrown instanceof AssertionError ? String.valueOf(thrown.getMessage()) : unexpected(thrown);
    Matcher named = NAMED.matcher(text);
    String[] rules = named.find() ? new String[] {named.group(1)} : rulesOf(context);
    StringBuilder message =
        new StringBuilder("[" + String.join(" ", rules) + "] ")
            .append(where)
            .append(named.replaceFirst(""));
    Arrays.stream(rules)
        .forEach(id -> message.append("\n  " + id + " says: ").append(Rules.says(id)));
    message.append("\n  (docs/contract.md; test ").append(context.getDisplayName()).append(')');
    return new AssertionError(message.toString(), thrown);
  }

  private static String unexpected(Throwable thrown) {
    return (thrown instanceof StoreException ? "the store threw " : "the test ended with ")
        + thrown;
  }

  private static String[] rulesOf(ExtensionContext context) {
    return AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), Rule.class)
        .map(Rule::value)
        .orElse(new String[] {"unknown rule"});
  }
}
