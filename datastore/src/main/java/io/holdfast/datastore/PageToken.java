package io.holdfast.datastore;

import io.holdfast.store.Key;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.List;

/**
 * Where a page ended: the order and id of its last item, bound to the list it is a page of.
 *
 * <p>Items that are created while somebody turns pages come behind the last one, so no item is seen
 * twice or missed. The id tells items apart that share an order, where a store combines commits.
 *
 * @param order of the last item that was looked at
 * @param id of that item
 */
record PageToken(CreationOrder order, String id) {
  private static final long VERSION = 1;
  private static final int PARTS = 6;

  String encode(Query<?> query) {
    Key key = Key.of(VERSION, digest(query), order.era(), order.revision(), order.position(), id);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(key.toBytes());
  }

  /**
   * Reads a token.
   *
   * @throws DatastoreException if it is none, or belongs to another list
   */
  static PageToken decode(String token, Query<?> query) {
    List<Object> parts = parts(token);
    if (!parts.get(1).equals(digest(query))) {
      throw invalid("the page token belongs to another list than " + query, null);
    }
    try {
      CreationOrder order =
          new CreationOrder(
              Math.toIntExact((Long) parts.get(2)),
              (Long) parts.get(3),
              Math.toIntExact((Long) parts.get(4)));
      return new PageToken(order, (String) parts.get(5));
    } catch (ClassCastException | ArithmeticException | IllegalArgumentException e) {
      throw invalid("this is no page token of this datastore", e);
    }
  }

  private static List<Object> parts(String token) {
    List<Object> parts;
    try {
      parts = Key.ofBytes(Base64.getUrlDecoder().decode(token)).elements();
    } catch (IllegalArgumentException e) {
      throw invalid("this is no page token of this datastore", e);
    }
    if (parts.size() != PARTS || !parts.get(0).equals(VERSION)) {
      throw invalid("this is no page token of this version of the datastore", null);
    }
    return parts;
  }

  /** The first eight bytes of a hash: tells lists apart without repeating the value. */
  private static Long digest(Query<?> query) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(query.identity().toBytes());
      return ByteBuffer.wrap(hash).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("Every Java platform has SHA-256", e);
    }
  }

  private static DatastoreException invalid(String message, Throwable cause) {
    return new DatastoreException(DatastoreException.Code.INVALID_ARGUMENT, message, cause);
  }
}
