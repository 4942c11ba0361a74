package io.holdfast.datastore.spire;

import com.google.protobuf.MessageLite;
import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.Placed;
import io.holdfast.datastore.Query;
import io.holdfast.datastore.View;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * The way to look up items by several conditions that makes the fewest items be looked at: each
 * condition offers queries whose answers, together, hold all items that meet it.
 *
 * @param <M> the items' message
 */
final class Choice<M extends MessageLite> {
  private final View view;
  private final ItemType<M> type;
  private List<Query<M>> best;
  private long bestCount = Long.MAX_VALUE;

  Choice(View view, ItemType<M> type) {
    this.view = view;
    this.type = type;
    this.best = List.of(type.all());
  }

  /** Offers a query in creation order. */
  void offer(Query<M> query) {
    offer(List.of(query));
  }

  /** Offers several queries in creation order, which together find all. */
  void offer(List<Query<M>> queries) {
    long count = queries.stream().mapToLong(view::count).sum();
    if (count < bestCount) {
      best = queries;
      bestCount = count;
    }
  }

  /** Offers what finds the items with values: by any one if they need all, by each if not. */
  <T> void offer(Wanted<T> wanted, Function<T, Query<M>> by) {
    List<Query<M>> queries = wanted.values().stream().map(by).toList();
    if (wanted.match().needsAll()) {
      queries.forEach(this::offer);
    } else {
      offer(queries);
    }
  }

  /** The items of the best offer from a place on, in creation order, each once. */
  Iterable<Placed<M>> from(CreationOrder from) {
    if (best.size() == 1) {
      return view.scan(best.get(0), from);
    }
    Set<String> seen = new HashSet<>();
    List<Placed<M>> found = new ArrayList<>();
    for (Query<M> query : best) {
      for (Placed<M> item : view.scan(query, from)) {
        if (seen.add(type.id(item.message()))) {
          found.add(item);
        }
      }
    }
    found.sort(Comparator.comparing(Placed::order));
    return found;
  }
}
