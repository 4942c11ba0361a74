package io.holdfast.migrate;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * Digests of a set of records in whatever order they come, each of the records whose ids fall into
 * one of {@value #BUCKETS} buckets. So two sets of any size are compared in little memory, and what
 * differs is known to be in few records.
 */
final class BucketDigests {
  static final int BUCKETS = 8192;

  private final MessageDigest sha;
  private final long[] high = new long[BUCKETS];
  private final long[] low = new long[BUCKETS];
  private final int[] counts = new int[BUCKETS];
  private final long[] bytes = new long[BUCKETS];
  private long count;

  BucketDigests() {
    try {
      sha = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** The bucket of an id. */
  static int bucketOf(String id) {
    int mixed = id.hashCode() * 0x9E3779B9;
    return mixed >>> (Integer.SIZE - Integer.numberOfTrailingZeros(BUCKETS));
  }

  /**
   * Adds a record.
   *
   * @param number its place in the order of its type
   */
  void add(String id, long number, byte[] record) {
    byte[] name = id.getBytes(StandardCharsets.UTF_8);
    sha.update(
        ByteBuffer.allocate(Long.BYTES + Integer.BYTES)
            .putLong(number)
            .putInt(name.length)
            .array());
    sha.update(name);
    ByteBuffer digest = ByteBuffer.wrap(sha.digest(record));
    int bucket = bucketOf(id);
    high[bucket] += digest.getLong();
    low[bucket] += digest.getLong();
    counts[bucket]++;
    bytes[bucket] += record.length;
    count++;
  }

  /** How many records were added. */
  long count() {
    return count;
  }

  /** How many records a bucket has. */
  int count(int bucket) {
    return counts[bucket];
  }

  /** How large the records of a bucket are together. */
  long bytes(int bucket) {
    return bytes[bucket];
  }

  /** Whether a bucket has the same records on another side. */
  boolean same(BucketDigests other, int bucket) {
    return counts[bucket] == other.counts[bucket]
        && high[bucket] == other.high[bucket]
        && low[bucket] == other.low[bucket];
  }
}
