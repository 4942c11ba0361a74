package io.holdfast.datastore.spire;

import com.google.protobuf.MessageLite;
import io.holdfast.datastore.Query;
import io.holdfast.datastore.View;
import java.util.List;

/**
 * A way to look up items that meet some conditions.
 *
 * @param queries together find all of them, and perhaps others, in creation order
 * @param rest what is to be asked of each item that they find
 * @param others what all of them find as well meets one of these conditions; empty if nothing tells
 *     that. The queries may be among them, so that the ways of one condition share a list
 * @param joined what is to be asked of what the others find as well
 * @param <M> the items' message
 * @param <R> conditions
 */
record Way<M extends MessageLite, R>(
    List<Query<M>> queries, R rest, List<Query<M>> others, R joined) {
  /** With so few items to be looked at, it costs more to count those on other ways. */
  private static final long FEW = 16;

  /** To find out otherwise what an item has takes as long as to pass over so many in an index. */
  private static final long PASSED_MOST = 16;

  /** Without others. */
  Way(List<Query<M>> queries, R rest) {
    this(queries, rest, List.of(), rest);
  }

  /** The way on which the fewest items are looked at, or nearly so. */
  static <M extends MessageLite, R> Way<M, R> best(View view, List<Way<M, R>> ways) {
    Way<M, R> best = ways.get(0);
    if (ways.size() == 1) {
      return best;
    }
    long bestCount = best.count(view);
    for (int i = 1; i < ways.size() && bestCount > FEW; i++) {
      long count = ways.get(i).count(view);
      if (count < bestCount) {
        best = ways.get(i);
        bestCount = count;
      }
    }
    return best;
  }

  /** Whether it costs less to look for items in the other queries than into their messages. */
  boolean isJoin(View view) {
    if (others.isEmpty()) {
      return false;
    }
    long count = count(view);
    return count > FEW
        && others.stream().allMatch(other -> view.count(other) <= PASSED_MOST * count);
  }

  private long count(View view) {
    long count = 0;
    for (Query<M> query : queries) {
      count += view.count(query);
    }
    return count;
  }
}
