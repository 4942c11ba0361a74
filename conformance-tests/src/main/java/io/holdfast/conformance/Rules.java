package io.holdfast.conformance;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The rules of the contract: their ids and what they say. */
final class Rules {
  /** A paragraph that begins with a bold id, up to the reason in italics. */
  private static final Pattern RULE =
      Pattern.compile(
          "^\\*\\*([A-Z]\\d+)\\. (.+?)(?=\\n\\n|\\n\\*[^*]|\\Z)",
          Pattern.MULTILINE | Pattern.DOTALL);

  /** Rules that no test of this kit can prove alone, and why. */
  static final Map<String, String> NOT_TESTED =
      Map.of(
          "W8",
          "Needs a database that fails and comes back. Each store proves it with faults of its"
              + " own kind: a proxy that cuts, a server that is stopped, a file that is locked.");

  /** Rules of which a part is left to each store's own tests, and why. */
  static final Map<String, String> TESTED_IN_PART =
      Map.of(
          "C3",
          "The kit closes and opens again. That a commit survives the process and the machine"
              + " takes a kill and a count of the flushes, which differ for each store.",
          "C10",
          "The kit proves that an acknowledged commit is there once and a refused one never. What"
              + " is said when a connection is cut needs a connection that the test can cut.",
          "H6",
          "The kit proves the URL's part. What else may lie at a store's place, and in which form"
              + " a newer version writes, differs for each store.");

  /** Rules that hold before a backend is asked, so that no backend can break them, and where. */
  static final Map<String, String> KEPT_BY_THE_FRONT =
      Map.of(
          "C8",
          "A request has one mutation for a key at most.",
          "H6",
          "Schemes and options are checked where the URL is read.");

  private static final Map<String, String> SAYINGS = read();

  private Rules() {}

  /** Every rule by its id, in the order of the contract. */
  static Map<String, String> all() {
    return SAYINGS;
  }

  /** What the rule says, without its reason. */
  static String says(String id) {
    return SAYINGS.getOrDefault(id, "this rule is not in the contract");
  }

  private static Map<String, String> read() {
    Map<String, String> rules = new LinkedHashMap<>();
    Matcher matcher = RULE.matcher(contract());
    while (matcher.find()) {
      rules.put(
          matcher.group(1), matcher.group(2).replace("**", "").replaceAll("\\s+", " ").strip());
    }
    return rules;
  }

  private static String contract() {
    try (InputStream in = Rules.class.getResourceAsStream("contract.md")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
