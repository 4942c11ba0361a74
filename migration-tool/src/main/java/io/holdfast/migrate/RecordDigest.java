package io.holdfast.migrate;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Count and digest of a set of records, each with its number, in whatever order they come: the sum
 * of their SHA-256 digests. It is to find what went wrong, not to stop somebody who builds records
 * for the purpose.
 */
final class RecordDigest {
  private final MessageDigest sha;
  private final byte[] sum;
  private long count;

  RecordDigest() {
    try {
      sha = MessageDigest.getInstance("SHA-256");
      sum = new byte[sha.getDigestLength()];
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /**
   * Adds a record.
   *
   * @param number its number
   */
  void add(long number, byte[] record) {
    sha.update(
        ByteBuffer.allocate(Long.BYTES + Integer.BYTES)
            .putLong(number)
            .putInt(record.length)
            .array());
    sha.update(record);
    byte[] one = sha.digest();
    int carry = 0;
    for (int i = sum.length - 1; i >= 0; i--) {
      carry += (sum[i] & 0xff) + (one[i] & 0xff);
      sum[i] = (byte) carry;
      carry >>>= 8;
    }
    count++;
  }

  /** How many records were added. */
  long count() {
    return count;
  }

  /** The digest in 64 hex digits. */
  String digest() {
    return HexFormat.of().formatHex(sum);
  }
}
