package io.holdfast.store;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;

/**
 * A key with its value and the revisions of the commits that created it and last wrote it.
 *
 * <p>Immutable; arrays are copied on the way in and out. An empty value is a value. Inside a
 * transaction, what the transaction itself has put carries {@link Revision#ZERO} twice, since its
 * revision is not known before the commit.
 */
public final class KeyValue {
  private final Key key;
  private final byte[] value;
  private final long created;
  private final long modified;

  private KeyValue(Key key, byte[] value, long created, long modified) {
    this.key = Objects.requireNonNull(key, "key");
    this.value = value;
    this.created = created;
    this.modified = modified;
  }

  /** A key value; {@code value} is copied. */
  public static KeyValue of(Key key, byte[] value, Revision created, Revision modified) {
    return new KeyValue(key, value.clone(), created.number(), modified.number());
  }

  /**
   * A key value that keeps {@code value} without copying it: for backends that have just read the
   * array and give it away. The caller must not touch it again.
   */
  public static KeyValue adopt(Key key, byte[] value, long created, long modified) {
    return new KeyValue(key, Objects.requireNonNull(value, "value"), created, modified);
  }

  /** The key. */
  public Key key() {
    return key;
  }

  /** A copy of the value's bytes. */
  public byte[] value() {
    return value.clone();
  }

  /** The value's bytes, read-only and without a copy. */
  public ByteBuffer valueBuffer() {
    return ByteBuffer.wrap(value).asReadOnlyBuffer();
  }

  /** Length of the value in bytes. */
  public int valueLength() {
    return value.length;
  }

  /** The revision that created the key; a key that was deleted and put again is created anew. */
  public Revision created() {
    return new Revision(created);
  }

  /** The revision that last wrote the key. */
  public Revision modified() {
    return new Revision(modified);
  }

  /** Whether the bytes of the values are equal. */
  public boolean hasSameValue(KeyValue other) {
    return Arrays.equals(value, other.value);
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof KeyValue other
        && key.equals(other.key)
        && created == other.created
        && modified == other.modified
        && Arrays.equals(value, other.value);
  }

  @Override
  public int hashCode() {
    return key.hashCode() * 31 + Long.hashCode(modified);
  }

  /** Shows the key, the length and the revisions; never the value, which may be a secret. */
  @Override
  public String toString() {
    return key + " (" + value.length + " bytes, r" + created + "/r" + modified + ")";
  }
}
