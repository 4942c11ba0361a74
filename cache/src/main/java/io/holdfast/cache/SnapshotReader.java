package io.holdfast.cache;

import io.holdfast.cache.SnapshotFile.Refused;
import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a {@link SnapshotFile}, section by section, into what a mirror holds: no value is decoded,
 * nothing is sorted, and each node of an index comes as it is. That keys ascend and that indexes
 * name entries which are there is checked on the way. For one thread.
 */
final class SnapshotReader<V> implements AutoCloseable {
  private final FileChannel channel;
  private final BlockReader from;
  private final SnapshotFile.Head head;
  private final List<Entry<V>> entries = new ArrayList<>();
  private final List<KeyValue> refused = new ArrayList<>();

  /** Opens a file and reads its head. */
  SnapshotReader(Path file) throws IOException, Refused {
    channel = FileChannel.open(file, StandardOpenOption.READ);
    try {
      from = new BlockReader(channel);
      head = SnapshotFile.readHead(from);
    } catch (IOException | Refused | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  SnapshotFile.Head head() {
    return head;
  }

  /** The entries in ascending key order, and what was refused; the first to be read. */
  List<Entry<V>> readEntries(Entry.Undecoded<V> undecoded) throws IOException, Refused {
    section(block -> addEntry(block, undecoded));
    section(this::addRefused);
    return entries;
  }

  private void addEntry(ByteBuffer block, Entry.Undecoded<V> undecoded) throws Refused {
    int keyLength = block.getInt();
    int valueLength = block.getInt();
    long created = block.getLong();
    long modified = block.getLong();
    Key key = Key.ofBytes(SnapshotFile.bytes(block, keyLength));
    byte[] value = SnapshotFile.bytes(block, valueLength);
    if (!entries.isEmpty() && entries.get(entries.size() - 1).key().compareTo(key) >= 0) {
      throw new Refused("it is damaged: its keys do not ascend");
    }
    entries.add(Entry.undecoded(key, value, created, modified, undecoded));
  }

  private void addRefused(ByteBuffer block) {
    int keyLength = block.getInt();
    int valueLength = block.getInt();
    long created = block.getLong();
    long modified = block.getLong();
    Key key = Key.ofBytes(SnapshotFile.bytes(block, keyLength));
    refused.add(KeyValue.adopt(key, SnapshotFile.bytes(block, valueLength), created, modified));
  }

  /** What no decoder took, in ascending key order. */
  List<KeyValue> refused() {
    return refused;
  }

  /** Takes each place of an index: the number of its entry. */
  interface Places {
    void take(int entry);
  }

  /** The next index of the head's form. */
  PersistentMap<IndexPlace, Entry<V>> readIndex(Places places) throws IOException, Refused {
    List<PersistentMap.Node<IndexPlace>> leaves = new ArrayList<>();
    Leaves order = new Leaves(places);
    section(block -> leaves.add(order.read(block)));
    return PersistentMap.<V>emptyIndex().ofLeaves(leaves);
  }

  /** Reads leaves, each of which has to follow the one before. */
  private final class Leaves {
    private final Places places;
    private PackedKeys keysBefore;
    private int entryBefore;

    Leaves(Places places) {
      this.places = places;
    }

    PersistentMap.Leaf<IndexPlace> read(ByteBuffer block) throws Refused {
      PackedKeys keys = PackedKeys.read(block);
      Object[] values = new Object[keys.length()];
      int order = keysBefore == null ? -1 : keysBefore.compareLastWith(keys);
      for (int at = 0; at < values.length; at++) {
        int number = block.getInt();
        if (order > 0 || (order == 0 && entryBefore >= number)) {
          throw new Refused("it is damaged: an index does not ascend");
        }
        values[at] = entries.get(number);
        places.take(number);
        entryBefore = number;
        order = at + 1 < values.length ? keys.compareWithNext(at) : 0;
      }
      keysBefore = keys;
      return new PersistentMap.Leaf<>(keys, values);
    }
  }

  /** There must be nothing behind what was read. */
  void end() throws IOException, Refused {
    from.end();
  }

  private void section(BlockReader.Records records) throws IOException, Refused {
    try {
      from.section(records);
    } catch (BufferUnderflowException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw SnapshotFile.damaged(e);
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
