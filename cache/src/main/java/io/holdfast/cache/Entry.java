package io.holdfast.cache;

import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Revision;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Function;

/**
 * One entry of a mirror: what the store holds under a key, and its decoded value. Immutable.
 *
 * @param <V> the decoded value's type
 */
public final class Entry<V> {
  /**
   * Stands in the place of values that are decoded when they are first asked for; one for many.
   *
   * @param decoder makes a value of what is stored
   * @param <V> the value's type
   */
  record Undecoded<V>(Function<KeyValue, V> decoder) {}

  // One object with the key's hash and the bytes in it: lookups follow fewer references so.
  private final Key key;
  private final byte[] bytes;
  private final int hash;
  private final long created;
  private final long modified;

  /** In the file that is being written; only its writer looks. Lies where the object is padded. */
  private int number = SnapshotWriter.NO_NUMBER;

  /** The decoded value; until it is asked for, maybe an {@link Undecoded}. */
  private volatile Object value;

  Entry(KeyValue stored, V value) {
    this((Object) Objects.requireNonNull(value, "value"), stored);
  }

  private Entry(Object value, KeyValue stored) {
    this(
        value, stored.key(), stored.value(), stored.created().number(), stored.modified().number());
  }

  /** Takes over the bytes. */
  private Entry(Object value, Key key, byte[] bytes, long created, long modified) {
    this.key = key;
    this.bytes = bytes;
    this.hash = key.hashCode();
    this.created = created;
    this.modified = modified;
    this.value = value;
  }

  /** An entry whose value the decoder takes, but which is not kept before it is asked for. */
  static <V> Entry<V> undecoded(KeyValue stored, Undecoded<V> decoder) {
    return new Entry<>((Object) decoder, stored);
  }

  /** The same, of what somebody has just read and gives away. */
  static <V> Entry<V> undecoded(
      Key key, byte[] bytes, long created, long modified, Undecoded<V> decoder) {
    return new Entry<>((Object) decoder, key, bytes, created, modified);
  }

  /** The same entry with its decoded value. */
  Entry<V> decoded(V decoded) {
    Object made = Objects.requireNonNull(decoded, "decoded");
    return new Entry<>(made, key, bytes, created, modified);
  }

  /** The key. */
  public Key key() {
    return key;
  }

  /** The decoded value. */
  @SuppressWarnings("unchecked") // either an Undecoded or what a decoder of this type made
  public V value() {
    Object now = value;
    return now instanceof Undecoded<?> undecoded ? (V) decoded(undecoded) : (V) now;
  }

  /** Threads that come at once may decode twice; the values are alike. */
  private Object decoded(Undecoded<?> undecoded) {
    Object made = undecoded.decoder.apply(stored());
    value = made;
    return made;
  }

  /** The revision that created the key. */
  public Revision created() {
    return new Revision(created);
  }

  /** The revision that last wrote the key. */
  public Revision modified() {
    return new Revision(modified);
  }

  long modifiedNumber() {
    return modified;
  }

  long createdNumber() {
    return created;
  }

  int valueLength() {
    return bytes.length;
  }

  void writeValueTo(ByteBuffer target) {
    target.put(bytes);
  }

  int number() {
    return number;
  }

  void number(int ofFile) {
    number = ofFile;
  }

  int hash() {
    return hash;
  }

  /** What the store holds: key, bytes and revisions. */
  public KeyValue stored() {
    return KeyValue.adopt(key, bytes, created, modified);
  }

  /** Whether both hold the same stored key, bytes and revisions. */
  @Override
  public boolean equals(Object o) {
    return this == o
        || (o instanceof Entry<?> other
            && created == other.created
            && modified == other.modified
            && key.equals(other.key)
            && Arrays.equals(bytes, other.bytes));
  }

  @Override
  public int hashCode() {
    return hash * 31 + Long.hashCode(modified);
  }

  /** Shows the key, the length and the revisions; never the value, which may be a secret. */
  @Override
  public String toString() {
    return stored().toString();
  }
}
