package io.holdfast.datastore.spire;

import java.util.Collection;
import java.util.Collections;
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

  /** Whether {@code has} matches {@code asked}, which is not empty. */
  <T> boolean test(Collection<T> has, Set<T> asked) {
    return switch (this) {
      case EXACT -> asked.containsAll(has) && has.containsAll(asked);
      case SUBSET -> !has.isEmpty() && asked.containsAll(has);
      case SUPERSET -> has.containsAll(asked);
      case ANY -> !Collections.disjoint(has, asked);
    };
  }

  /** Whether every item that matches has all of what was asked for. */
  boolean needsAll() {
    return this == EXACT || this == SUPERSET;
  }
}
