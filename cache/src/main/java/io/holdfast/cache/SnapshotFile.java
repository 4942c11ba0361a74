package io.holdfast.cache;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;

/**
 * The file that a mirror leaves for its next start.
 *
 * <p>A head; a section of the entries in ascending key order; one of what could not be decoded;
 * and, where the mirror says which {@link Form} its indexes have, one of the leaves of each index,
 * which name entries by their numbers in the first section. A section is blocks of whole records
 * and one with their number. Each block begins with its length and its CRC-32C, so that nothing is
 * believed, and no length used, that was not checked. The file is written beside its name, flushed,
 * and then put in its place, so that there is always a whole one; only its owner may read it.
 */
final class SnapshotFile {
  /**
   * What a file is a copy of.
   *
   * @param incarnation of the store
   * @param ranges of the mirror
   * @param position where the copy is exact
   * @param written when, by this machine's clock
   * @param form of the indexes in it
   */
  record Head(
      UUID incarnation, List<KeyRange> ranges, Position position, Instant written, Form form) {}

  /**
   * Which indexes a mirror has, and what their keys are. Indexes of the same form are the same.
   *
   * @param version of the functions that make the keys; empty where nobody says it: then there are
   *     no indexes in the file
   * @param names in the order of the mirror
   */
  record Form(String version, List<String> names) {
    static final Form NONE = new Form("", List.of());

    boolean isKnown() {
      return !version.isEmpty();
    }
  }

  /** The file cannot be used; the message says why. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1;

    Refused(String why) {
      super(why);
    }
  }

  private static final byte[] MAGIC = "holdfast mirror\n".getBytes(StandardCharsets.US_ASCII);
  private static final int FORMAT = 2;
  private static final int NO_BOUND = -1;

  /** Ends the names of files that are being written; who writes changes its file all the time. */
  private static final String UNFINISHED = ".new";

  private static final Duration ABANDONED_AFTER = Duration.ofHours(1);

  private SnapshotFile() {}

  /** Replaces the file by what a snapshot has in the ranges of the head. */
  static void write(Path file, Head head, Snapshot<?> snapshot) throws IOException {
    Path folder = file.toAbsolutePath().getParent();
    Files.createDirectories(folder);
    String name = file.getFileName() + ".";
    deleteAbandoned(folder, name);
    Path beside = Files.createTempFile(folder, name, UNFINISHED, ownerOnly());
    try {
      try (FileChannel channel = FileChannel.open(beside, StandardOpenOption.WRITE)) {
        BlockWriter to = new BlockWriter(channel);
        write(head, to);
        new SnapshotWriter<>(snapshot, head, to).write();
        channel.force(true);
      }
      replace(beside, file);
    } finally {
      Files.deleteIfExists(beside);
    }
  }

  /** Deletes what processes have left that were killed while they wrote. */
  private static void deleteAbandoned(Path folder, String name) {
    FileTime since = FileTime.from(Instant.now().minus(ABANDONED_AFTER));
    DirectoryStream.Filter<Path> abandoned =
        path ->
            path.getFileName().toString().startsWith(name)
                && path.toString().endsWith(UNFINISHED)
                && Files.getLastModifiedTime(path).compareTo(since) < 0;
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(folder, abandoned)) {
      for (Path path : paths) {
        Files.deleteIfExists(path);
      }
    } catch (IOException | DirectoryIteratorException e) {
      // Others may delete them as well. The next file tries again.
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

  /** Reads the head; what follows is a {@link SnapshotReader}'s. */
  static Head readHead(BlockReader from) throws IOException, Refused {
    try {
      ByteBuffer begin = from.plain(MAGIC.length + Integer.BYTES);
      if (!Arrays.equals(MAGIC, bytes(begin, MAGIC.length))) {
        throw new Refused("it is no file of a mirror");
      }
      int format = begin.getInt();
      if (format != FORMAT) {
        throw new Refused("it has format " + format + ", this version reads " + FORMAT);
      }
      return head(from.next());
    } catch (BufferUnderflowException | IllegalArgumentException e) {
      throw damaged(e);
    }
  }

  static Refused damaged(RuntimeException e) {
    return new Refused("it is damaged: " + e.getClass().getSimpleName());
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
    String version = text(block);
    List<String> names = new ArrayList<>();
    for (int count = block.getInt(); count > 0; count--) {
      names.add(text(block));
    }
    return new Head(incarnation, ranges, position, written, new Form(version, names));
  }

  private static Key bound(ByteBuffer block) {
    int length = block.getInt();
    return length == NO_BOUND ? null : Key.ofBytes(bytes(block, length));
  }

  private static String text(ByteBuffer block) {
    return new String(bytes(block, block.getInt()), StandardCharsets.UTF_8);
  }

  static byte[] bytes(ByteBuffer block, int length) {
    if (length < 0 || length > block.remaining()) {
      throw new BufferUnderflowException();
    }
    byte[] bytes = new byte[length];
    block.get(bytes);
    return bytes;
  }

  private static void write(Head head, BlockWriter to) throws IOException {
    ByteBuffer begin = ByteBuffer.allocate(MAGIC.length + Integer.BYTES);
    to.writePlain(begin.put(MAGIC).putInt(FORMAT).flip());
    UUID incarnation = head.incarnation;
    to.room(5 * Long.BYTES + Integer.BYTES)
        .putLong(incarnation.getMostSignificantBits())
        .putLong(incarnation.getLeastSignificantBits())
        .putLong(head.position.revision().number())
        .putLong(head.position.token())
        .putLong(head.written.toEpochMilli())
        .putInt(head.ranges.size());
    for (KeyRange range : head.ranges) {
      write(range.start().map(Key::toBytes).orElse(null), to);
      write(range.end().map(Key::toBytes).orElse(null), to);
    }
    write(head.form.version.getBytes(StandardCharsets.UTF_8), to);
    to.room(Integer.BYTES).putInt(head.form.names.size());
    for (String name : head.form.names) {
      write(name.getBytes(StandardCharsets.UTF_8), to);
    }
    to.endBlock();
  }

  /** Null is a bound that there is not. */
  private static void write(byte[] bytes, BlockWriter to) throws IOException {
    ByteBuffer room = to.room(Integer.BYTES + (bytes == null ? 0 : bytes.length));
    room.putInt(bytes == null ? NO_BOUND : bytes.length);
    if (bytes != null) {
      room.put(bytes);
    }
  }
}
