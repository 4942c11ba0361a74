package io.holdfast.datastore.spire;

import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;

/** How what an item has is compared with what was asked for; both are sets. */
public enum Match {
  /** It has just that. */
  EXACT,
  /** It has nothing else; what has nothing at all never matches. */
  SUBSET,
  /** It has all of that, and perhaps more. */
  SUPERSET,
  /** It has some of that. */
  ANY;

  private static final int FEW = 64;

  /** Whether {@code has} matches {@code asked}, which is not empty. */
  <T> boolean test(Collection<T> has, Set<T> asked) {
    return switch (this) {
      case EXACT -> asked.containsAll(has) && hasAll(has, asked);
      case SUBSET -> !has.isEmpty() && asked.containsAll(has);
      case SUPERSET -> hasAll(has, asked);
      case ANY -> !Collections.disjoint(has, asked);
    };
  }

  /** Few are soon looked through; what thousands cost would grow with their square. */
  private static <T> boolean hasAll(Collection<T> has, Set<T> asked) {
    return (has.size() <= FEW ? has : new HashSet<>(has)).containsAll(asked);
  }

  /**
   * Whether sets can match of which only sketches are known: numbers in which each element has set
   * a bit.
   */
  boolean mayHold(int has, int asked) {
    return switch (this) {
      case EXACT -> has == asked;
      case SUBSET -> (has & ~asked) == 0;
      case SUPERSET -> (asked & ~has) == 0;
      case ANY -> (has & asked) != 0;
    };
  }
}
