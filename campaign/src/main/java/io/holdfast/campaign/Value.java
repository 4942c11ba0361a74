package io.holdfast.campaign;

import io.holdfast.store.KeyValue;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * What the clients store: who wrote it, in which operation, and a few numbers. An operation writes
 * a key at most once, so no value of a key is ever written twice, and a value tells its writer.
 */
final class Value {
  /** Stands for the writer of bytes that nobody has written like this. */
  static final long DAMAGED = -1;

  private static final int FRAME = Long.BYTES + Integer.BYTES + Integer.BYTES;

  private final long writer;
  private final long[] numbers;

  private Value(long writer, long[] numbers) {
    this.writer = writer;
    this.numbers = numbers;
  }

  /** The bytes to store: writer, key, numbers and a checksum. */
  static byte[] encode(long writer, int key, long... numbers) {
    ByteBuffer buffer = ByteBuffer.allocate(FRAME + Long.BYTES * numbers.length);
    buffer.putLong(writer).putInt(key);
    for (long number : numbers) {
      buffer.putLong(number);
    }
    buffer.putInt(checksum(buffer.duplicate().flip()));
    return buffer.array();
  }

  /** Reads bytes back; damaged ones, and those of another key, are of the writer DAMAGED. */
  static Value of(KeyValue stored) {
    ByteBuffer buffer = stored.valueBuffer();
    int body = buffer.limit() - Integer.BYTES;
    if (body < FRAME - Integer.BYTES
        || buffer.getInt(body) != checksum(buffer.duplicate().limit(body))
        || buffer.getInt(Long.BYTES) != Space.number(stored.key())) {
      return new Value(DAMAGED, new long[1]);
    }
    long[] numbers = new long[(buffer.limit() - FRAME) / Long.BYTES];
    buffer.position(FRAME - Integer.BYTES).slice().asLongBuffer().get(numbers);
    return new Value(buffer.getLong(0), numbers);
  }

  private static int checksum(ByteBuffer bytes) {
    CRC32C checksum = new CRC32C();
    checksum.update(bytes);
    return (int) checksum.getValue();
  }

  long writer() {
    return writer;
  }

  /** The first number: a count or a balance. */
  long number() {
    return numbers[0];
  }

  /** These numbers with one more behind, the first left out when there are {@code most}. */
  long[] appended(long number, int most) {
    int from = numbers.length < most ? 0 : 1;
    long[] longer = Arrays.copyOfRange(numbers, from, numbers.length + 1);
    longer[longer.length - 1] = number;
    return longer;
  }
}
