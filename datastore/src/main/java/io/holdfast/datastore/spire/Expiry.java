package io.holdfast.datastore.spire;

import com.google.protobuf.MessageLite;
import io.holdfast.datastore.Index;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.Placed;
import io.holdfast.datastore.Query;
import io.holdfast.datastore.View;
import java.util.ArrayList;
import java.util.List;

/** Items by the end of their life, in unix seconds. */
final class Expiry {
  private Expiry() {}

  /** Query for the items that end before a time, those that end first at the beginning. */
  static <M extends MessageLite> Query<M> before(ItemType<M> type, Index<M> expiry, long seconds) {
    // An empty range is refused; nothing ends before the beginning of time.
    long end = Math.max(seconds, Long.MIN_VALUE + 1);
    return type.between(expiry, Long.MIN_VALUE, end);
  }

  /** The first of what a query finds. */
  static <M extends MessageLite> List<M> first(View view, Query<M> query, int most) {
    List<M> found = new ArrayList<>();
    for (Placed<M> item : view.scan(query)) {
      if (found.size() == most) {
        break;
      }
      found.add(item.message());
    }
    return found;
  }
}
