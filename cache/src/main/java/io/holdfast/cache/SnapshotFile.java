package io.holdfast.cache;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * The file that a mirror leaves for its next start.
 *
 * <p>A head, blocks of whole entries in ascending key order, and a block with their number. Each
 * block begins with its length and its CRC-32C, so that nothing is believed, and no length used,
 * that was not checked. The file is written beside its name, flushed, and then put in its place, so
 * that there is always a whole one; only its owner may read it.
 */
final class SnapshotFile {
  /**
   * What a file is a copy of.
   *
   * @param incarnation of the store
   * @param ranges of the mirror
   * @param position where the copy is exact
   * @param written when, by this machine's clock
   */
  record Head(UUID incarnation, List<KeyRange> ranges, Position position, Instant written) {}

  /**
   * What a file holds.
   *
   * @param entries in ascending key order
   */
  record Contents(Head head, List<KeyValue> entries) {}

  /** The file cannot be used; the message says why. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    Refused(String why) {
      super(why);
    }
  }

  private static final byte[] MAGIC = "holdfast mirror\n".getBytes(StandardCharsets.US_ASCII);
  private static final int FORMAT = 1;
  private static final int BLOCK_BYTES = 1 << 20;
  private static final int ENTRY_BYTES = 2 * Integer.BYTES + 2 * Long.BYTES;
  private static final int NO_BOUND = -1;

  private SnapshotFile() {}

  /** Replaces the file. */
  static void write(Path file, Head head, Iterator<KeyValue> entries) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    Path beside = Files.createTempFile(folder, file.getFileName() + ".", ".new", ownerOnly());
    try {
      try (FileChannel channel = FileChannel.open(beside, StandardOpenOption.WRITE)) {
        Writer writer = new Writer(channel);
        writer.write(head);
        while (entries.hasNext()) {
          writer.write(entries.next());
        }
        writer.end();
        channel.force(true);
      }
      replace(beside, file);
    } finally {
      Files.deleteIfExists(beside);
    }
  }

  /** The values are in it, and some may be secrets. */
  private static FileAttribute<?>[] ownerOnly() {
    boolean posix = FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
    return posix
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  private static void replace(Path beside, Path file) throws IOException {
    try {
      Files.move(beside, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(beside, file, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Reads the whole file. */
  static Contents read(Path file) throws IOException, Refused {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      ByteBuffer begin = read(channel, MAGIC.length + Integer.BYTES);
      if (!Arrays.equals(MAGIC, bytes(begin, MAGIC.length))) {
        throw new Refused("it is no file of a mirror");
      }
      int format = begin.getInt();
      if (format != FORMAT) {
        throw new Refused("it has format " + format + ", this version reads " + FORMAT);
      }
      Head head = head(block(channel));
      return new Contents(head, entries(channel));
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw new Refused("it is damaged: " + e.getClass().getSimpleName());
    }
  }

  private static List<KeyValue> entries(FileChannel channel) throws IOException, Refused {
    List<KeyValue> entries = new ArrayList<>();
    Key last = null;
    ByteBuffer block = block(channel);
    while (block.remaining() != Long.BYTES) {
      while (block.hasRemaining()) {
        KeyValue entry = entry(block);
        if (last != null && last.compareTo(entry.key()) >= 0) {
          throw new Refused("it is damaged: its keys do not ascend");
        }
        last = entry.key();
        entries.add(entry);
      }
      block = block(channel);
    }
    if (block.getLong() != entries.size() || channel.position() != channel.size()) {
      throw new Refused("it is damaged: something is missing or too much");
    }
    return entries;
  }

  private static ByteBuffer block(FileChannel channel) throws IOException, Refused {
    ByteBuffer start = read(channel, 2 * Integer.BYTES);
    int length = start.getInt();
    int sum = start.getInt();
    if (length < 0 || length > channel.size() - channel.position()) {
      throw new Refused("it is damaged: a block ends behind the file");
    }
    ByteBuffer block = read(channel, length);
    if (sumOf(block) != sum) {
      throw new Refused("it is damaged: a checksum is wrong");
    }
    return block;
  }

  private static ByteBuffer read(FileChannel channel, int length) throws IOException, Refused {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    while (buffer.hasRemaining()) {
      if (channel.read(buffer) < 0) {
        throw new Refused("it is damaged: it ends too early");
      }
    }
    return buffer.flip();
  }

  /** The length counts too, so that nothing is not the checksum of zeros. */
  private static int sumOf(ByteBuffer block) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(block.remaining()).flip());
    crc.update(block.duplicate());
    return (int) crc.getValue();
  }

  private static Head head(ByteBuffer block) {
    UUID incarnation = new UUID(block.getLong(), block.getLong());
    Position position = Position.of(block.getLong(), block.getLong());
    Instant written = Instant.ofEpochMilli(block.getLong());
    List<KeyRange> ranges = new ArrayList<>();
    for (int count = block.getInt(); count > 0; count--) {
      Key start = bound(block);
      Key end = bound(block);
      ranges.add(Layout.rangeOf(start, end));
    }
    return new Head(incarnation, ranges, position, written);
  }

  private static Key bound(ByteBuffer block) {
    int length = block.getInt();
    return length == NO_BOUND ? null : Key.ofBytes(bytes(block, length));
  }

  private static KeyValue entry(ByteBuffer block) {
    int keyLength = block.getInt();
    int valueLength = block.getInt();
    long created = block.getLong();
    long modified = block.getLong();
    Key key = Key.ofBytes(bytes(block, keyLength));
    return KeyValue.adopt(key, bytes(block, valueLength), created, modified);
  }

  private static byte[] bytes(ByteBuffer block, int length) {
    if (length < 0 || length > block.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    block.get(bytes);
    return bytes;
  }

  /** Gathers entries to blocks. */
  private static final class Writer {
    private final FileChannel channel;
    private ByteBuffer block = ByteBuffer.allocate(BLOCK_BYTES);
    private long count;

    Writer(FileChannel channel) throws IOException {
      this.channel = channel;
      ByteBuffer begin = ByteBuffer.allocate(MAGIC.length + Integer.BYTES);
      writeFully(begin.put(MAGIC).putInt(FORMAT).flip());
    }

    void write(Head head) throws IOException {
      ByteBuffer written = ByteBuffer.allocate(sizeOf(head));
      UUID incarnation = head.incarnation;
      written
          .putLong(incarnation.getMostSignificantBits())
          .putLong(incarnation.getLeastSignificantBits());
      written.putLong(head.position.revision().number()).putLong(head.position.token());
      written.putLong(head.written.toEpochMilli()).putInt(head.ranges.size());
      for (KeyRange range : head.ranges) {
        put(range.start().orElse(null), written);
        put(range.end().orElse(null), written);
      }
      writeBlock(written.flip());
    }

    private static int sizeOf(Head head) {
      int bounds = head.ranges.stream().mapToInt(Writer::sizeOf).sum();
      return 5 * Long.BYTES + Integer.BYTES + bounds;
    }

    private static int sizeOf(KeyRange range) {
      return 2 * Integer.BYTES
          + range.start().map(Key::length).orElse(0)
          + range.end().map(Key::length).orElse(0);
    }

    private static void put(Key bound, ByteBuffer to) {
      to.putInt(bound == null ? NO_BOUND : bound.length());
      if (bound != null) {
        bound.writeTo(to);
      }
    }

    void write(KeyValue entry) throws IOException {
      int size = ENTRY_BYTES + entry.key().length() + entry.valueLength();
      if (size > block.remaining()) {
        flush();
        if (size > block.capacity()) {
          block = ByteBuffer.allocate(size);
        }
      }
      block.putInt(entry.key().length()).putInt(entry.valueLength());
      block.putLong(entry.created().number()).putLong(entry.modified().number());
      entry.key().writeTo(block);
      block.put(entry.valueBuffer());
      count++;
    }

    private void flush() throws IOException {
      if (block.position() > 0) {
        writeBlock(block.flip());
        block.clear();
      }
    }

    void end() throws IOException {
      flush();
      writeBlock(ByteBuffer.allocate(Long.BYTES).putLong(count).flip());
    }

    private void writeBlock(ByteBuffer content) throws IOException {
      ByteBuffer start = ByteBuffer.allocate(2 * Integer.BYTES);
      writeFully(start.putInt(content.remaining()).putInt(sumOf(content)).flip());
      writeFully(content);
    }

    private void writeFully(ByteBuffer bytes) throws IOException {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    }
  }
}
