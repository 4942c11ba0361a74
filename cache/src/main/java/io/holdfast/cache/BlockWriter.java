package io.holdfast.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;

/**
 * Writes a file as sections of blocks, with the length and the CRC-32C of each before it. What is
 * asked for at once stays in one block. For one thread.
 */
final class BlockWriter {
  private static final int BLOCK_BYTES = 1 << 20;

  private final FileChannel channel;
  private ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);

  BlockWriter(FileChannel channel) {
    this.channel = channel;
  }

  /** Where so many bytes can be put. */
  ByteBuffer room(int bytes) throws IOException {
    if (bytes > block.remaining()) {
      endBlock();
      if (bytes > block.capacity()) {
        block = ByteBuffer.allocate(bytes);
      }
    }
    return block;
  }

  /** What was put so far is one block, or several. */
  void endBlock() throws IOException {
    if (block.position() > 0) {
      block.flip();
      ByteBuffer start = ByteBuffer.allocate(2 * Integer.BYTES);
      start.putInt(block.remaining()).putInt(BlockReader.sumOf(block));
      writePlain(start.flip());
      writePlain(block);
      block.clear();
    }
  }

  /** Ends a section of so many records, each of which is longer than this number. */
  void endSection(long records) throws IOException {
    endBlock();
    room(Long.BYTES).putLong(records);
    endBlock();
  }

  /** Writes bytes that belong to no block. */
  void writePlain(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }
}
