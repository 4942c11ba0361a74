package io.holdfast.store;

import java.util.Objects;
import java.util.Optional;

/** One write of a commit: a new value for a key, or its deletion. */
public final class Mutation {
  private final Key key;
  private final byte[] value;

  private Mutation(Key key, byte[] value) {
    this.key = Objects.requireNonNull(key, "key");
    this.value = value;
  }

  /** Gives {@code key} this value; {@code value} is copied. */
  public static Mutation put(Key key, byte[] value) {
    return new Mutation(key, value.clone());
  }

  /** Deletes {@code key}; nothing happens when it is absent. */
  public static Mutation delete(Key key) {
    return new Mutation(key, null);
  }

  /** The key that is written. */
  public Key key() {
    return key;
  }

  /** The new value, not copied: backends must not change it. Empty for a deletion. */
  public Optional<byte[]> value() {
    return Optional.ofNullable(value);
  }

  /** Whether the key is deleted. */
  public boolean isDelete() {
    return value == null;
  }

  int bytes() {
    return key.length() + (value == null ? 0 : value.length);
  }

  @Override
  public String toString() {
    return isDelete() ? "delete " + key : "put " + key + " (" + value.length + " bytes)";
  }
}
