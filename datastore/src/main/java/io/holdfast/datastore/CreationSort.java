package io.holdfast.datastore;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import io.holdfast.datastore.StoredItems.StoredItem;
import io.holdfast.store.Key;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.PriorityQueue;

/**
 * Sorts items by their places in the order of creation, in constant memory: what is more than may
 * be held goes into a temporary file, run by run, and the runs are merged as they are read. Only
 * its owner may read the file, and it goes away with the process, however that ends.
 */
final class CreationSort<M extends MessageLite> implements Iterator<StoredItem<M>>, AutoCloseable {
  private static final int BYTES_MAX = 8 << 20;
  private static final int BUFFER_BYTES = 16 << 10;

  private final ItemType<M> type;
  private final int heldMax;
  private final List<Held> held = new ArrayList<>();
  private final PriorityQueue<Run> runs = new PriorityQueue<>();
  private final List<Long> ends = new ArrayList<>(); // of the runs in the file
  private long heldBytes;
  private FileChannel file; // null if all is held
  private DataOutputStream out;

  /**
   * Begins with nothing.
   *
   * @param heldMax how many items may be held in memory
   */
  CreationSort(ItemType<M> type, int heldMax) {
    this.type = type;
    this.heldMax = heldMax;
  }

  /** Place of an item among all of its type; the key decides where a store combined commits. */
  private record Place(CreationOrder order, Key key) implements Comparable<Place> {
    private static final Comparator<Place> COMPARATOR =
        Comparator.comparing(Place::order).thenComparing(Place::key);

    @Override
    public int compareTo(Place other) {
      return COMPARATOR.compare(this, other);
    }
  }

  private record Held(Place place, ByteString message) {}

  /** Takes an item; all come before the first is asked for. */
  void add(Key key, StoredItem<M> item) {
    ByteString message = item.message().toByteString();
    held.add(new Held(new Place(item.order(), key), message));
    heldBytes += message.size();
    if (held.size() >= heldMax || heldBytes >= BYTES_MAX) {
      writing(this::spill);
    }
  }

  /** Ends the adding. */
  void finish() {
    held.sort(Comparator.comparing(Held::place));
    if (file == null) {
      addRun(new Run(held.iterator()));
    } else {
      writing(this::merge);
    }
  }

  private void spill() throws IOException {
    if (file == null) {
      Path path = Files.createTempFile("holdfast-sort-", "");
      file =
          FileChannel.open(
              path,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
      out = new DataOutputStream(new BufferedOutputStream(Channels.newOutputStream(file)));
    }
    held.sort(Comparator.comparing(Held::place));
    for (Held item : held) {
      CreationOrder order = item.place().order();
      out.writeInt(order.era());
      out.writeLong(order.revision());
      out.writeInt(order.position());
      write(item.place().key().toBytes());
      write(item.message().toByteArray());
    }
    out.flush();
    ends.add(file.position());
    held.clear();
    heldBytes = 0;
  }

  private void write(byte[] bytes) throws IOException {
    out.writeInt(bytes.length);
    out.write(bytes);
  }

  private void merge() throws IOException {
    spill();
    long begin = 0;
    for (long end : ends) {
      addRun(new Run(new FileRun(new Part(file, begin, end))));
      begin = end;
    }
  }

  private void addRun(Run run) {
    if (run.advance()) {
      runs.add(run);
    }
  }

  @Override
  public boolean hasNext() {
    return !runs.isEmpty();
  }

  @Override
  public StoredItem<M> next() {
    Run run = runs.poll();
    if (run == null) {
      throw new NoSuchElementException();
    }
    Held item = run.next;
    addRun(run);
    try {
      return new StoredItem<>(type.parser().parseFrom(item.message()), item.place().order());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the temporary file was changed", e);
    }
  }

  @Override
  public void close() {
    if (file != null) {
      writing(file::close);
    }
  }

  private static void writing(Io io) {
    try {
      io.run();
    } catch (IOException e) {
      throw new UncheckedIOException(
          new IOException("cannot sort in a temporary file: " + e.getMessage(), e));
    }
  }

  @FunctionalInterface
  private interface Io {
    void run() throws IOException;
  }

  /** Items in order, of which the next one is at hand. */
  private static final class Run implements Comparable<Run> {
    private final Iterator<Held> rest;
    private Held next;

    Run(Iterator<Held> rest) {
      this.rest = rest;
    }

    boolean advance() {
      next = rest.hasNext() ? rest.next() : null;
      return next != null;
    }

    @Override
    public int compareTo(Run other) {
      return next.place().compareTo(other.next.place());
    }
  }

  /** The items of a part of the file. */
  private static final class FileRun implements Iterator<Held> {
    private final Part part;
    private final DataInputStream in;

    FileRun(Part part) {
      this.part = part;
      this.in = new DataInputStream(new BufferedInputStream(part, BUFFER_BYTES));
    }

    @Override
    public boolean hasNext() {
      try {
        return part.hasMore() || in.available() > 0;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public Held next() {
      try {
        CreationOrder order = new CreationOrder(in.readInt(), in.readLong(), in.readInt());
        Key key = Key.ofBytes(in.readNBytes(in.readInt()));
        return new Held(new Place(order, key), ByteString.copyFrom(in.readNBytes(in.readInt())));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** A part of a file that others read as well. */
  private static final class Part extends InputStream {
    private final FileChannel file;
    private long position;
    private final long end;

    Part(FileChannel file, long begin, long end) {
      this.file = file;
      this.position = begin;
      this.end = end;
    }

    boolean hasMore() {
      return position < end;
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (!hasMore()) {
        return -1;
      }
      int most = (int) Math.min(length, end - position);
      int done = file.read(ByteBuffer.wrap(bytes, offset, most), position);
      position += Math.max(done, 0);
      return done;
    }
  }
}
