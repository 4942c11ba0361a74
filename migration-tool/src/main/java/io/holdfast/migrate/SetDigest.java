package io.holdfast.migrate;

import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * A digest of a set of records that does not depend on the order in which they come: the sum of
 * their SHA-256 modulo 2^256. So two sides that list the same records differently can be compared
 * without sorting, in constant memory. It finds mistakes, not forgeries.
 */
final class SetDigest {
  private static final int BITS = 256;
  private static final BigInteger MODULUS = BigInteger.ONE.shiftLeft(BITS);

  private final MessageDigest sha;
  private BigInteger sum = BigInteger.ZERO;
  private long count;

  SetDigest() {
    try {
      sha = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** Adds a record; the same parts cut in other places are another record. */
  void add(byte[]... parts) {
    for (byte[] part : parts) {
      sha.update(ByteBuffer.allocate(Integer.BYTES).putInt(part.length).array());
      sha.update(part);
    }
    sum = sum.add(new BigInteger(1, sha.digest())).mod(MODULUS);
    count++;
  }

  /** How many records were added. */
  long count() {
    return count;
  }

  /** The digest so far, 64 hex digits. */
  String hex() {
    return "%064x".formatted(sum);
  }
}
