package io.holdfast.cache;

import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Optional;

/**
 * A difference between a mirror and its store that should not be: an alert with both sides.
 *
 * <p>Neither the log nor {@link #toString} shows a value: of each side they give its length, the
 * beginning of its SHA-256, and its revisions; of a secret key nothing but the kind.
 */
public final class Drift {
  /** In what the two differ. */
  public enum Kind {
    /** The store has an entry that the mirror lacks. */
    MISSING_IN_MIRROR,
    /** The mirror has an entry that the store lacks. */
    EXTRA_IN_MIRROR,
    /** The bytes of the value differ, and maybe the revisions too. */
    VALUE,
    /** The value is the same, but not the revision that created or last wrote it. */
    VERSION,
    /** An index of the mirror does not show its entry as it should. */
    INDEX,
    /** The store holds what the decoder refuses; the mirror leaves it out. */
    UNDECODABLE
  }

  private final Kind kind;
  private final Key key;
  private final KeyValue mirror;
  private final KeyValue store;
  private final boolean repaired;
  private final boolean secret;
  private final String detail;

  private Drift(
      Kind kind,
      Key key,
      KeyValue mirror,
      KeyValue store,
      boolean repaired,
      boolean secret,
      String detail) {
    this.kind = Objects.requireNonNull(kind, "kind");
    this.key = Objects.requireNonNull(key, "key");
    this.mirror = mirror;
    this.store = store;
    this.repaired = repaired;
    this.secret = secret;
    this.detail = detail;
  }

  /** A difference between two sides, either of which may be null. */
  static Drift between(KeyValue mirror, KeyValue store, boolean secret) {
    Key key = (mirror == null ? store : mirror).key();
    return new Drift(kindOf(mirror, store), key, mirror, store, false, secret, "");
  }

  private static Kind kindOf(KeyValue mirror, KeyValue store) {
    if (mirror == null) {
      return Kind.MISSING_IN_MIRROR;
    }
    if (store == null) {
      return Kind.EXTRA_IN_MIRROR;
    }
    return mirror.hasSameValue(store) ? Kind.VERSION : Kind.VALUE;
  }

  /** An entry that an index shows wrongly; the mirror's side is null if there is no such entry. */
  static Drift ofIndex(Key key, KeyValue mirror, boolean secret, String detail) {
    return new Drift(Kind.INDEX, key, mirror, null, false, secret, detail);
  }

  /** A stored entry that the decoder refused. */
  static Drift undecodable(KeyValue store, boolean secret, String detail) {
    return new Drift(Kind.UNDECODABLE, store.key(), null, store, false, secret, detail);
  }

  Drift asRepaired() {
    return new Drift(kind, key, mirror, store, true, secret, detail);
  }

  /** In what the two differ. */
  public Kind kind() {
    return kind;
  }

  /** The entry's key: also for a secret one, so take care where it goes. */
  public Key key() {
    return key;
  }

  /** What the mirror had; empty when it had nothing. */
  public Optional<KeyValue> mirror() {
    return Optional.ofNullable(mirror);
  }

  /** What the store had; empty when it had nothing, and for an index, which it does not know. */
  public Optional<KeyValue> store() {
    return Optional.ofNullable(store);
  }

  /** Whether the mirror is right again: adopted from the store, or replaced by a newer commit. */
  public boolean repaired() {
    return repaired;
  }

  /** The alert in one line for people; shows no value, and no key that is secret. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder("drift ").append(kind).append(" of ");
    line.append(secret ? "a secret key" : key);
    if (!secret && !detail.isEmpty()) {
      line.append(" (").append(detail).append(')');
    }
    if (kind != Kind.INDEX) {
      line.append(": mirror has ").append(side(mirror));
      line.append(", store has ").append(side(store));
    }
    return line.append(repaired ? "; repaired" : "; not repaired").toString();
  }

  private String side(KeyValue side) {
    if (side == null) {
      return "nothing";
    }
    String versions = side.created() + "/" + side.modified();
    return secret
        ? "a value, " + versions
        : side.valueLength() + " bytes, sha256:" + digest(side) + ", " + versions;
  }

  private static String digest(KeyValue side) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(side.value());
      return HexFormat.of().formatHex(hash, 0, 4);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("Every Java platform has SHA-256", e);
    }
  }
}
