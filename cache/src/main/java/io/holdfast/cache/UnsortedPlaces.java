package io.holdfast.cache;

import io.holdfast.store.Key;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The places of an index in the order in which they come: of each the bytes of its index key, and
 * the number of its entry. For one thread.
 *
 * <p>They lie in chunks of as many places, so that there is no object for each of them, nor an
 * array that has to be copied as a whole when it is full: a place takes its key's bytes and 8 more.
 */
final class UnsortedPlaces {
  /** How many bytes {@link #front} gives. */
  static final int FRONT = Long.BYTES;

  private static final int CHUNK_BITS = 11;
  private static final int CHUNK = 1 << CHUNK_BITS;
  private static final int BYTES_FIRST = 1 << 12;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private static final class Chunk {
    private final int[] ends = new int[CHUNK];
    private final int[] entries = new int[CHUNK];
    private byte[] bytes;

    private int start(int at) {
      return at == 0 ? 0 : ends[at - 1];
    }
  }

  private final List<Chunk> chunks = new ArrayList<>();
  private ByteBuffer bytes = ByteBuffer.allocate(0); // of the last chunk
  private int size;

  void add(Key index, int entry) {
    int at = size & (CHUNK - 1);
    if (at == 0) {
      trimLast();
      chunks.add(new Chunk());
    }
    if (bytes.remaining() < index.length()) {
      int length = Math.max(BYTES_FIRST, 2 * bytes.capacity()) + index.length();
      bytes = ByteBuffer.allocate(length).put(bytes.flip());
    }
    index.writeTo(bytes);
    Chunk chunk = chunks.get(chunks.size() - 1);
    chunk.bytes = bytes.array();
    chunk.ends[at] = bytes.position();
    chunk.entries[at] = entry;
    size++;
  }

  /** The next chunk is likely to need as much. */
  private void trimLast() {
    if (size > 0) {
      Chunk last = chunks.get(chunks.size() - 1);
      last.bytes = Arrays.copyOf(last.bytes, bytes.position());
      bytes.clear();
    }
  }

  int size() {
    return size;
  }

  private Chunk chunkOf(int place) {
    return chunks.get(place >>> CHUNK_BITS);
  }

  private static int inChunk(int place) {
    return place & (CHUNK - 1);
  }

  /** The number of the entry that stands at a place. */
  int entry(int place) {
    return chunkOf(place).entries[inChunk(place)];
  }

  /** The length of a place's index key. */
  int length(int place) {
    Chunk chunk = chunkOf(place);
    int at = inChunk(place);
    return chunk.ends[at] - chunk.start(at);
  }

  /**
   * The bytes of an index key from one of them on, filled up with zeros, as a number that compares
   * as they do.
   */
  long front(int place, int from) {
    Chunk chunk = chunkOf(place);
    int at = inChunk(place);
    int start = chunk.start(at) + from;
    int left = chunk.ends[at] - start;
    long front = 0;
    if (left >= FRONT) {
      front = (long) LONGS.get(chunk.bytes, start);
    } else {
      for (int i = 0; i < left; i++) {
        front |= (chunk.bytes[start + i] & 0xFFL) << (FRONT - 1 - i) * Byte.SIZE;
      }
    }
    return front ^ Long.MIN_VALUE; // bytes have no sign
  }

  /** Compares two index keys, of which as many bytes are known to be equal. */
  int compare(int place, int other, int equal) {
    Chunk one = chunkOf(place);
    Chunk two = chunkOf(other);
    int at = inChunk(place);
    int otherAt = inChunk(other);
    return Arrays.compareUnsigned(
        one.bytes,
        one.start(at) + equal,
        one.ends[at],
        two.bytes,
        two.start(otherAt) + equal,
        two.ends[otherAt]);
  }

  /** How many bytes all index keys begin with. */
  int commonPrefix() {
    int common = size == 0 ? 0 : length(0);
    byte[] first = size == 0 ? new byte[0] : chunks.get(0).bytes;
    for (int place = 1; place < size && common > 0; place++) {
      Chunk chunk = chunkOf(place);
      int start = chunk.start(inChunk(place));
      int end = Math.min(chunk.ends[inChunk(place)], start + common);
      int mismatch = Arrays.mismatch(first, 0, common, chunk.bytes, start, end);
      common = mismatch < 0 ? common : mismatch;
    }
    return common;
  }

  /** Appends the index key of a place to those of a node. */
  void appendTo(PackedKeys.Builder keys, int place) {
    Chunk chunk = chunkOf(place);
    int start = chunk.start(inChunk(place));
    keys.append(chunk.bytes, start, chunk.ends[inChunk(place)]);
  }
}
