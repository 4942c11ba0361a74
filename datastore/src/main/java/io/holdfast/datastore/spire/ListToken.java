package io.holdfast.datastore.spire;

import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.ItemType;
import io.holdfast.store.Key;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * The last item of a page: what the next page comes behind.
 *
 * <p>SPIRE's own tokens are decimal numbers, which mean nothing here: {@code "0"} stands for the
 * beginning, any other for the end of the list.
 *
 * @param order the item's place
 * @param id tells items apart that share a place, where a store combines commits
 */
record ListToken(CreationOrder order, String id) {
  /** Behind everything. */
  static final ListToken END =
      new ListToken(new CreationOrder(Integer.MAX_VALUE, Long.MAX_VALUE, Integer.MAX_VALUE), "");

  private static final long VERSION = 1;
  private static final int PARTS = 6;

  String encode(ItemType<?> type) {
    Key key = Key.of(VERSION, type.name(), order.era(), order.revision(), order.position(), id);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(key.toBytes());
  }

  /**
   * Reads a token; empty for the beginning of the list.
   *
   * @throws io.holdfast.datastore.DatastoreException if it is none, or that of another list
   */
  static Optional<ListToken> decode(ItemType<?> type, String token) {
    if (token.isEmpty()) {
      return Optional.empty();
    }
    try {
      if (token.chars().allMatch(c -> c >= '0' && c <= '9')) {
        return Long.parseUnsignedLong(token) == 0 ? Optional.empty() : Optional.of(END);
      }
      return Optional.of(read(type, token));
    } catch (ClassCastException | ArithmeticException | IllegalArgumentException e) {
      throw Refusal.invalid("could not parse token '" + token + "'");
    }
  }

  private static ListToken read(ItemType<?> type, String token) {
    List<Object> parts = Key.ofBytes(Base64.getUrlDecoder().decode(token)).elements();
    if (parts.size() != PARTS
        || !parts.get(0).equals(VERSION)
        || !parts.get(1).equals(type.name())) {
      throw new IllegalArgumentException("another version or list");
    }
    CreationOrder order =
        new CreationOrder(
            Math.toIntExact((Long) parts.get(2)),
            (Long) parts.get(3),
            Math.toIntExact((Long) parts.get(4)));
    return new ListToken(order, (String) parts.get(5));
  }
}
