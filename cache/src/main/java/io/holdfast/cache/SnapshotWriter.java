package io.holdfast.cache;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;

/**
 * Writes what a snapshot has in some ranges to a {@link SnapshotFile}, one record after the other.
 *
 * <p>An index names its entries by their numbers in the file. Each entry keeps its own while the
 * file is written, so no table of them is needed, and the leaves of an index can be written as they
 * are. One file of a mirror at a time; for one thread.
 */
final class SnapshotWriter<V> {
  /** The number of an entry that is not in the file. */
  static final int NO_NUMBER = -1;

  static final int ENTRY_BYTES = 2 * Integer.BYTES + 2 * Long.BYTES;

  private final Snapshot<V> snapshot;
  private final List<KeyRange> ranges;
  private final SnapshotFile.Form form;
  private final BlockWriter to;
  private PersistentMap.Leaf<IndexPlace> held; // of an index, until the next one is there

  SnapshotWriter(Snapshot<V> snapshot, SnapshotFile.Head head, BlockWriter to) {
    this.snapshot = snapshot;
    this.ranges = head.ranges();
    this.form = head.form();
    this.to = to;
  }

  void write() throws IOException {
    try {
      writeEntries();
      writeRefused();
      for (String name : form.names()) {
        writeIndex(snapshot.indexes().get(snapshot.layout().slotOf(name)));
      }
    } finally {
      // A later file must not take an entry for its own that only an index has still.
      snapshot.items().cursor(null, null).forEachRemaining(entry -> entry.number(NO_NUMBER));
    }
  }

  private void writeEntries() throws IOException {
    int count = 0;
    for (KeyRange range : ranges) {
      for (Iterator<Entry<V>> entries = snapshot.range(range).iterator(); entries.hasNext(); ) {
        Entry<V> entry = entries.next();
        entry.number(count++);
        ByteBuffer room = begin(entry.key(), entry.valueLength());
        room.putLong(entry.createdNumber()).putLong(entry.modifiedNumber());
        entry.key().writeTo(room);
        entry.writeValueTo(room);
      }
    }
    to.endSection(count);
  }

  private ByteBuffer begin(Key key, int valueLength) throws IOException {
    ByteBuffer room = to.room(ENTRY_BYTES + key.length() + valueLength);
    return room.putInt(key.length()).putInt(valueLength);
  }

  private void writeRefused() throws IOException {
    long count = 0;
    for (KeyRange range : ranges) {
      Iterator<KeyValue> refused =
          snapshot.undecodable().cursor(range.start().orElse(null), range.end().orElse(null));
      while (refused.hasNext()) {
        KeyValue stored = refused.next();
        ByteBuffer room = begin(stored.key(), stored.valueLength());
        room.putLong(stored.created().number()).putLong(stored.modified().number());
        stored.key().writeTo(room);
        room.put(stored.valueBuffer());
        count++;
      }
    }
    to.endSection(count);
  }

  private void writeIndex(PersistentMap<IndexPlace, Entry<V>> index) throws IOException {
    long[] count = {0};
    index.forEachLeaf(leaf -> count[0] += hold(inFile(leaf)));
    count[0] += held == null ? 0 : write(held);
    held = null;
    to.endSection(count[0]);
  }

  /** Writes what was held, unless one of both is narrow, so that no tree becomes of thin leaves. */
  private int hold(PersistentMap.Leaf<IndexPlace> next) throws IOException {
    if (next.values.length == 0) {
      return 0;
    }
    if (held == null) {
      held = next;
      return 0;
    }
    if (Math.min(held.values.length, next.values.length) >= PersistentMap.WIDTH_MIN) {
      int written = write(held);
      held = next;
      return written;
    }
    List<PersistentMap.Node<IndexPlace>> joined = new ArrayList<>(2);
    held.join(next, joined);
    held = (PersistentMap.Leaf<IndexPlace>) joined.get(joined.size() - 1);
    return joined.size() == 1 ? 0 : write((PersistentMap.Leaf<IndexPlace>) joined.get(0));
  }

  /** Without entries that are not to be in the file. */
  private PersistentMap.Leaf<IndexPlace> inFile(PersistentMap.Leaf<IndexPlace> leaf)
      throws IOException {
    int width = leaf.values.length;
    int first = 0;
    while (first < width && isInFile(leaf, first)) {
      first++;
    }
    if (first == width) {
      return leaf;
    }
    Keys.Builder<IndexPlace> keys = leaf.keys.builder(width).append(leaf.keys, 0, first);
    Object[] values = Arrays.copyOf(leaf.values, width);
    for (int at = first + 1; at < width; at++) {
      if (isInFile(leaf, at)) {
        values[keys.length()] = leaf.values[at];
        keys.append(leaf.keys, at, at + 1);
      }
    }
    return new PersistentMap.Leaf<>(keys.build(), Arrays.copyOf(values, keys.length()));
  }

  private boolean isInFile(PersistentMap.Leaf<IndexPlace> leaf, int at) throws IOException {
    Entry<?> entry = (Entry<?>) leaf.values[at];
    boolean inFile = entry.number() != NO_NUMBER;
    if (!inFile && ranges.stream().anyMatch(range -> range.contains(entry.key()))) {
      throw new IOException("an index of the mirror has an entry that is none of its own");
    }
    return inFile;
  }

  private int write(PersistentMap.Leaf<IndexPlace> leaf) throws IOException {
    PackedKeys keys = (PackedKeys) leaf.keys;
    ByteBuffer room = to.room(keys.writtenLength() + leaf.values.length * Integer.BYTES);
    keys.writeTo(room);
    for (Object entry : leaf.values) {
      room.putInt(((Entry<?>) entry).number());
    }
    return 1;
  }
}
