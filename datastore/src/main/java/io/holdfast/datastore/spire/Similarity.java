package io.holdfast.datastore.spire;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.store.Key;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.List;

/**
 * What makes two registration entries the same to a creation: SPIFFE ID, parent and the set of
 * selectors. Updates and older databases can leave several that are alike.
 */
final class Similarity {
  private static final Comparator<Selector> ORDER =
      Comparator.comparing(Selector::getType).thenComparing(Selector::getValue);

  private Similarity() {}

  /** A SHA-256 of the three: the value of an index that is equal for similar entries. */
  static Key keyOf(RegistrationEntry entry) {
    MessageDigest digest = sha256();
    add(digest, entry.getSpiffeId());
    add(digest, entry.getParentId());
    List<Selector> selectors = entry.getSelectorsList().stream().distinct().sorted(ORDER).toList();
    for (Selector selector : selectors) {
      add(digest, selector.getType());
      add(digest, selector.getValue());
    }
    return Key.of(digest.digest());
  }

  /** The length first, so that no two lists of texts give the same bytes. */
  private static void add(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    digest.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
    digest.update(bytes);
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("Every Java platform has SHA-256", e);
    }
  }
}
