package io.holdfast.migrate;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Count and SHA-256 of records in their order: number, length and bytes of each. */
final class RecordDigest {
  private final MessageDigest sha;
  private long count;

  RecordDigest() {
    try {
      sha = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /**
   * Adds a record.
   *
   * @param number its place in the order
   */
  void add(long number, byte[] record) {
    sha.update(
        ByteBuffer.allocate(Long.BYTES + Integer.BYTES)
            .putLong(number)
            .putInt(record.length)
            .array());
    sha.update(record);
    count++;
  }

  /** How many records were added. */
  long count() {
    return count;
  }

  /** The digest in 64 hex digits; ends the adding. */
  String finish() {
    return HexFormat.of().formatHex(sha.digest());
  }
}
