package io.holdfast.store;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The SHA-256 of a value that was too long for a key, as an element beside the value's beginning.
 *
 * @param hex the 32 bytes in lower-case hexadecimal
 */
record Digest(String hex) {
  /** In bytes. */
  static final int LENGTH = 32;

  static Digest of(byte[] whole) {
    try {
      return ofHash(MessageDigest.getInstance("SHA-256").digest(whole));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("Every Java platform has SHA-256", e);
    }
  }

  static Digest ofHash(byte[] hash) {
    return new Digest(HexFormat.of().formatHex(hash));
  }

  byte[] hash() {
    return HexFormat.of().parseHex(hex);
  }

  @Override
  public String toString() {
    return "sha256:" + hex.substring(0, 8);
  }
}
