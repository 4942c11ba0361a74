package io.holdfast.campaign;

import java.nio.ByteBuffer;
import java.util.Arrays;

/** A record of a log: numbers, small ones in few bytes. Written or read from front to back. */
final class Packed {
  private byte[] bytes;
  private int at;

  /** An empty record to write. */
  Packed() {
    this(new byte[256]);
  }

  /** A record to read. */
  Packed(byte[] bytes) {
    this.bytes = bytes;
  }

  /** Seven bits a byte, the lowest first; negative numbers take ten. */
  Packed put(long number) {
    reserve(10);
    long rest = number;
    while ((rest & ~0x7FL) != 0) {
      bytes[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[at++] = (byte) rest;
    return this;
  }

  Packed putAll(long[] numbers) {
    put(numbers.length);
    for (long number : numbers) {
      put(number);
    }
    return this;
  }

  long get() {
    long number = 0;
    int shift = 0;
    byte next;
    do {
      next = bytes[at++];
      number |= (long) (next & 0x7F) << shift;
      shift += 7;
    } while (next < 0);
    return number;
  }

  int getInt() {
    return (int) get();
  }

  long[] getAll() {
    long[] numbers = new long[getInt()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = get();
    }
    return numbers;
  }

  /** The record with its length in front. */
  byte[] framed() {
    return ByteBuffer.allocate(Integer.BYTES + at).putInt(at).put(bytes, 0, at).array();
  }

  private void reserve(int more) {
    if (at + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, 2 * bytes.length);
    }
  }
}
