package io.holdfast.datastore.spire;

import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/** A set of values that a list asks for, and how what an item has is compared with it. */
record Wanted<T>(Set<T> values, Match match) {
  Wanted {
    values = Collections.unmodifiableSet(new LinkedHashSet<>(values));
    Objects.requireNonNull(match, "match");
  }

  static <T> Wanted<T> of(Collection<T> values, Match match) {
    return new Wanted<>(new LinkedHashSet<>(values), match);
  }

  boolean accepts(Collection<T> has) {
    return match.test(has, values);
  }

  /** The value that all that match have, and nothing else does, if there is one. */
  Optional<T> single() {
    boolean is = values.size() == 1 && (match == Match.SUPERSET || match == Match.ANY);
    return is ? Optional.of(values.iterator().next()) : Optional.empty();
  }

  /** Whether what an item has meets a condition, if there is one. */
  static <T> boolean accepts(Optional<Wanted<T>> condition, Collection<T> has) {
    return condition.isEmpty() || condition.get().accepts(has);
  }
}
