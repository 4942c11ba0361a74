package org.example.mvstore;

import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import java.nio.ByteBuffer;

/** How a key's value and revisions stand in the file: creation, modification, value. */
final class Entry {
  private Entry() {}

  static byte[] encode(KeyValue entry) {
    return ByteBuffer.allocate(2 * Long.BYTES + entry.valueLength())
        .putLong(entry.created().number())
        .putLong(entry.modified().number())
        .put(entry.valueBuffer())
        .array();
  }

  static KeyValue decode(byte[] key, byte[] encoded) {
    ByteBuffer bytes = ByteBuffer.wrap(encoded);
    long created = bytes.getLong();
    long modified = bytes.getLong();
    byte[] value = new byte[bytes.remaining()];
    bytes.get(value);
    return KeyValue.adopt(Key.ofBytes(key), value, created, modified);
  }
}
