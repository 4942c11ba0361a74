package io.holdfast.datastore.spire;

import com.google.protobuf.MessageLite;
import io.holdfast.datastore.Query;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

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

  /**
   * The ways to what matches: by any one value where an item needs all, by each of them where not.
   *
   * @param by finds the items that have a value
   * @param met what else is to be asked, where this condition is met by being found
   * @param unmet what is to be asked where it is not
   */
  <M extends MessageLite, R> List<Way<M, R>> ways(Function<T, Query<M>> by, R met, R unmet) {
    List<Query<M>> queries = new ArrayList<>(values.size());
    values.forEach(value -> queries.add(by.apply(value)));
    if (match == Match.ANY || (match == Match.SUPERSET && queries.size() == 1)) {
      return List.of(new Way<>(queries, met));
    }
    if (match == Match.SUBSET) {
      return List.of(new Way<>(queries, unmet));
    }
    List<Way<M, R>> ways = new ArrayList<>(queries.size());
    for (Query<M> query : queries) {
      ways.add(
          match == Match.SUPERSET
              ? new Way<>(List.of(query), unmet, queries, met)
              : new Way<>(List.of(query), unmet));
    }
    return ways;
  }
}
