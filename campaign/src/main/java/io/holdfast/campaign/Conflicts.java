package io.holdfast.campaign;

import java.util.Arrays;
import java.util.Comparator;

/**
 * Proves that each conflict was one: that something which the operation relied on was not so, at
 * some revision between what it had to see and what could be there when it ended.
 */
final class Conflicts {
  private final LooseReads reads;
  private final Violations violations;

  /** When each author began, ascending, and the highest revision of those up to it. */
  private final long[] begun;

  private final long[] highest;

  Conflicts(Operation[] authors, LooseReads reads, Violations violations) {
    this.reads = reads;
    this.violations = violations;
    Operation[] sorted =
        Arrays.stream(authors)
            .sorted(Comparator.comparingLong(Operation::invoked))
            .toArray(Operation[]::new);
    begun = Arrays.stream(sorted).mapToLong(Operation::invoked).toArray();
    highest = Arrays.stream(sorted).mapToLong(Operation::revision).toArray();
    Arrays.parallelPrefix(highest, Math::max);
  }

  /** Checks an operation that had to see at least this revision, if it was a conflict. */
  void check(Operation operation, long least) {
    if (operation.outcome() != Outcome.CONFLICT) {
      return;
    }
    int at = Arrays.binarySearch(begun, operation.completed());
    int before = at >= 0 ? at : -at - 2;
    long most = before < 0 ? least : Math.max(least, highest[before]);
    if (operation.reads().stream().allMatch(r -> reads.isTrueThroughout(r, least, most))) {
      violations.add("C5", "conflicts with nothing from r" + least + " to r" + most, operation);
    }
  }
}
