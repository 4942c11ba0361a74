package io.holdfast.benchmarks;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import java.nio.ByteBuffer;
import java.util.concurrent.ThreadLocalRandom;

/**
 * A small record: its number, whom it belongs to, and bytes that make it as large as one likes.
 *
 * @param stamp something that changes with each write
 */
record Item(int number, int owner, long stamp) {
  /** So many items have the same owner. */
  static final int PER_OWNER = 10;

  static final KeyRange ALL = KeyRange.under(Key.of("item"));

  static Key key(int number) {
    return Key.of("item", number);
  }

  static Key ownerKey(int owner) {
    return Key.of(owner);
  }

  /** The stored form, filled up with random bytes. */
  static byte[] bytes(int number, long stamp, int length) {
    byte[] bytes = new byte[length];
    ThreadLocalRandom.current().nextBytes(bytes);
    ByteBuffer.wrap(bytes).putInt(number).putInt(number / PER_OWNER).putLong(stamp);
    return bytes;
  }

  static Item parse(KeyValue stored) {
    return parse(stored.valueBuffer());
  }

  static Item parse(ByteBuffer bytes) {
    return new Item(bytes.getInt(), bytes.getInt(), bytes.getLong());
  }
}
