package io.holdfast.migrate;

import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Which records are wanted, by the number of their main row; numbers only, so nothing of a database
 * gets into a statement.
 *
 * @param condition with {@code #} in the number's place; empty for all
 */
record LegacyChoice(String condition) {
  static final LegacyChoice ALL = new LegacyChoice("");

  /** A range of numbers, both ends inclusive. */
  record Range(long first, long last) {}

  /** These; there is at least one. */
  static LegacyChoice of(Collection<Long> numbers) {
    return new LegacyChoice("# IN (" + list(numbers) + ")");
  }

  /** The numbers that a query finds. */
  static LegacyChoice ofQuery(String query) {
    return new LegacyChoice("# IN (" + query + ")");
  }

  /** Those in one of several ranges; there is at least one. */
  static LegacyChoice within(List<Range> ranges) {
    return new LegacyChoice(
        ranges.stream()
            .map(range -> "# BETWEEN " + range.first() + " AND " + range.last())
            .collect(Collectors.joining(" OR ", "(", ")")));
  }

  /** Numbers as SQL lists them. */
  static String list(Collection<Long> numbers) {
    return numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
  }

  boolean isAll() {
    return condition.isEmpty();
  }

  /** The condition on a number, to stand behind a word such as WHERE; empty for all. */
  String where(String word, String number) {
    return isAll() ? "" : " " + word + " " + condition.replace("#", number);
  }
}
