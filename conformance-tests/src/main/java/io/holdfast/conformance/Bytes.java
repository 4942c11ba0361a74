package io.holdfast.conformance;

import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** Short ways to write keys and values in tests. */
final class Bytes {
  private Bytes() {}

  /** The key with the bytes of this text. */
  static Key key(String text) {
    return Key.ofBytes(bytes(text));
  }

  /** The key with these bytes, each from 0 to 255. */
  static Key raw(int... unsigned) {
    byte[] bytes = new byte[unsigned.length];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) unsigned[i];
    }
    return Key.ofBytes(bytes);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  /** The value as text; "missing" where there is none. */
  static String text(Optional<KeyValue> entry) {
    return entry.map(Bytes::text).orElse("missing");
  }

  static String text(KeyValue entry) {
    return new String(entry.value(), StandardCharsets.UTF_8);
  }
}
