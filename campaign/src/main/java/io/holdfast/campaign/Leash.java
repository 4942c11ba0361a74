package io.holdfast.campaign;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Keeps the clients of all processes near the record of the history. Where few commits are kept,
 * what nobody has recorded could be trimmed, and then nothing could be checked. A client that is
 * about to begin waits while its process has met a revision too far ahead of the record, so the
 * head is ahead of it by no more than that and one commit of each client.
 *
 * <p>How far the record is stands in a file that the processes map. May be used by many threads.
 */
final class Leash {
  private static final VarHandle LONGS =
      MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

  private final MappedByteBuffer shared;
  private final long length;
  private final AtomicLong met = new AtomicLong();

  /**
   * Makes one, or joins what another process has made.
   *
   * @param length how far ahead of the record a process may know the store to be
   */
  Leash(Path folder, long length) {
    this.length = length;
    Path file = folder.resolve("recorded");
    try (FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      shared = channel.map(FileChannel.MapMode.READ_WRITE, 0, Long.BYTES);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The record holds all commits up to here. */
  void recorded(long revision) {
    LONGS.setVolatile(shared, 0, revision);
  }

  /** This process knows that the store is here, or farther. */
  void met(long revision) {
    met.accumulateAndGet(revision, Math::max);
  }

  /** Whether who is about to write has to wait for the record. */
  boolean isTaut() {
    return met.get() - (long) LONGS.getVolatile(shared, 0) > length;
  }
}
