package io.holdfast.conformance;

import io.holdfast.store.StoreException;
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
    String rule = named.find() ? named.group(1) : ruleOf(context);
    String message =
        "["
            + rule
            + "] "
            + where
            + named.replaceFirst("")
            + "\n  The rule says: "
            + Rules.says(rule)
            + "\n  (docs/contract.md; test "
            + context.getDisplayName()
            + ')';
    return new AssertionError(message, thrown);
  }

  private static String unexpected(Throwable thrown) {
    return (thrown instanceof StoreException ? "the store threw " : "the test ended with ")
        + thrown;
  }

  /** The rule that the test is about. */
  private static String ruleOf(ExtensionContext context) {
    return AnnotationSupport.findAnnotation(context.getRequiredTestMethod(), Rule.class)
        .map(rule -> rule.value()[0])
        .orElse("unknown rule");
  }
}
