package io.holdfast.cache;

import io.holdfast.cache.SnapshotFile.Refused;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.zip.CRC32C;

/** Reads what a {@link BlockWriter} has written, and gives nothing that was not checked. */
final class BlockReader {
  private final FileChannel channel;
  private ByteBuffer block = ByteBuffer.allocate(0);

  BlockReader(FileChannel channel) {
    this.channel = channel;
  }

  /** The length counts too, so that nothing is not the checksum of zeros. */
  static int sumOf(ByteBuffer block) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(block.remaining()).flip());
    crc.update(block.duplicate());
    return (int) crc.getValue();
  }

  /** The next block, until it is asked for another one. */
  ByteBuffer next() throws IOException, Refused {
    ByteBuffer start = plain(2 * Integer.BYTES);
    int length = start.getInt();
    int sum = start.getInt();
    if (length < 0 || length > channel.size() - channel.position()) {
      throw new Refused("it is damaged: a block ends behind the file");
    }
    if (length > block.capacity()) {
      block = ByteBuffer.allocate(length);
    }
    fill(block.clear().limit(length));
    if (sumOf(block) != sum) {
      throw new Refused("it is damaged: a checksum is wrong");
    }
    return block;
  }

  /** Takes each record of a section. */
  interface Records {
    void take(ByteBuffer block) throws Refused;
  }

  /** Reads a section: each call has to take one record out of the block. */
  void section(Records records) throws IOException, Refused {
    long taken = 0;
    ByteBuffer now = next();
    while (now.remaining() != Long.BYTES) {
      while (now.hasRemaining()) {
        records.take(now);
        taken++;
      }
      now = next();
    }
    if (now.getLong() != taken) {
      throw new Refused("it is damaged: something is missing or too much");
    }
  }

  /** Bytes that belong to no block. */
  ByteBuffer plain(int length) throws IOException, Refused {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    fill(buffer);
    return buffer;
  }

  private void fill(ByteBuffer buffer) throws IOException, Refused {
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new Refused("it is damaged: it ends too early");
      }
    }
    buffer.flip();
  }

  /** There must be nothing behind. */
  void end() throws IOException, Refused {
    if (channel.position() != channel.size()) {
      throw new Refused("it is damaged: something is missing or too much");
    }
  }
}
