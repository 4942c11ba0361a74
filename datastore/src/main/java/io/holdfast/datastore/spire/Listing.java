package io.holdfast.datastore.spire;

import com.google.protobuf.MessageLite;
import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.Placed;
import io.holdfast.store.Key;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Cuts lists into pages. */
final class Listing {
  private Listing() {}

  /**
   * Reads the token of a page.
   *
   * @throws io.holdfast.datastore.DatastoreException if there is no such page
   */
  static Optional<ListToken> start(ItemType<?> type, Paging paging) {
    checkSize(paging);
    return ListToken.decode(type, paging.token());
  }

  static void checkSize(Paging paging) {
    if (paging.size() <= 0) {
      throw Refusal.invalid("cannot paginate with pagesize = " + paging.size());
    }
  }

  /** Where the items of a page begin. */
  static CreationOrder from(Optional<ListToken> start) {
    return start.map(ListToken::order).orElse(CreationOrder.FIRST);
  }

  /**
   * A page.
   *
   * @param items what may be on it, from where it begins (inclusive), in creation order
   */
  static <M extends MessageLite> Paged<M> page(
      ItemType<M> type, Iterable<Placed<M>> items, Optional<ListToken> start, int size) {
    List<M> page = new ArrayList<>();
    ListToken last = null;
    for (Placed<M> item : items) {
      ListToken here = new ListToken(item.order(), type.id(item.message()));
      if (start.isEmpty() || isBehind(here, start.get())) {
        page.add(item.message());
        last = here;
        if (page.size() == size) {
          break;
        }
      }
    }
    return new Paged<>(page, last == null ? "" : last.encode(type));
  }

  /** In the order of the store, which compares the bytes of ids. */
  private static boolean isBehind(ListToken here, ListToken start) {
    int order = here.order().compareTo(start.order());
    return order > 0 || (order == 0 && Key.of(here.id()).compareTo(Key.of(start.id())) > 0);
  }
}
