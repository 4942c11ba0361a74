package io.holdfast.campaign;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is wrong with a history, each with the rule of the contract that it breaks. All are counted,
 * the first of each rule are kept.
 */
final class Violations {
  private static final int KEPT = 20;

  private final Map<String, Long> counts = new TreeMap<>();
  private final List<String> texts = new ArrayList<>();

  /**
   * Adds one.
   *
   * @param rule the rule's id in the contract
   * @param text what is wrong, for people
   * @param involved operations and commits to show with it; null for what is not there
   */
  void add(String rule, String text, Object... involved) {
    if (counts.merge(rule, 1L, Long::sum) > KEPT) {
      return;
    }
    StringBuilder shown = new StringBuilder("[" + rule + "] " + text);
    Arrays.stream(involved).forEach(one -> shown.append("\n    ").append(one));
    texts.add(shown.toString());
  }

  boolean isEmpty() {
    return counts.isEmpty();
  }

  /** How many there are of each rule. */
  Map<String, Long> counts() {
    return counts;
  }

  /** The first of each rule, with what was involved. */
  List<String> texts() {
    return texts;
  }
}
