package io.holdfast.cache;

import io.holdfast.store.Key;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The places of an index in a few bytes each: what all index keys of a node begin with is kept
 * once, and the rest of each behind that, in one array.
 *
 * <p>An index has several places for each item of a mirror, and neighbours are much alike, so that
 * this takes a fifth of what objects take, and a search looks into one array instead of following
 * three references for each comparison. Where two index keys are equal, the keys of the items
 * decide; they are those of the entries in the node and need no room.
 */
final class PackedKeys implements Keys<IndexPlace> {
  private static final PackedKeys NONE = new PackedKeys(new byte[0], 0, 0);
  private static final VarHandle SHORT_ENDS =
      MethodHandles.byteArrayViewVarHandle(char[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG_ENDS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

  /** Where the rest of each ends, then what all begin with, and then the rest of each. */
  private final byte[] bytes;

  private final int length;
  private final int prefix; // the length of what all begin with

  private PackedKeys(byte[] bytes, int length, int prefix) {
    this.bytes = bytes;
    this.length = length;
    this.prefix = prefix;
  }

  static PackedKeys none() {
    return NONE;
  }

  @Override
  public int length() {
    return length;
  }

  /** How many bytes say where something is. */
  private static int width(int bytes) {
    return bytes <= Character.MAX_VALUE ? Character.BYTES : Integer.BYTES;
  }

  private int prefixStart() {
    return length * width(bytes.length);
  }

  private int end(int at) {
    return width(bytes.length) == Character.BYTES
        ? (char) SHORT_ENDS.get(bytes, at * Character.BYTES)
        : (int) LONG_ENDS.get(bytes, at * Integer.BYTES);
  }

  private static void setEnd(byte[] bytes, int at, int end) {
    if (width(bytes.length) == Character.BYTES) {
      SHORT_ENDS.set(bytes, at * Character.BYTES, (char) end);
    } else {
      LONG_ENDS.set(bytes, at * Integer.BYTES, end);
    }
  }

  private int start(int at) {
    return at == 0 ? prefixStart() + prefix : end(at - 1);
  }

  @Override
  public IndexPlace get(int at, PersistentMap.Node<IndexPlace> node) {
    return new IndexPlace(Key.ofBytes(indexKey(at)), itemOf(node, at));
  }

  /** The key of the item at a place; above leaves that of the first one below. */
  private static Key itemOf(PersistentMap.Node<IndexPlace> from, int place) {
    PersistentMap.Node<IndexPlace> node = from;
    int at = place;
    while (node instanceof PersistentMap.Inner<IndexPlace> inner) {
      node = inner.children[at];
      at = 0;
    }
    return ((Entry<?>) ((PersistentMap.Leaf<?>) node).values[at]).key();
  }

  @Override
  public int compare(IndexPlace place, int at, PersistentMap.Node<IndexPlace> node) {
    int order = compareWithPrefix(place.bytes());
    return order != 0 ? order : compareRest(place, at, node);
  }

  private int compareWithPrefix(byte[] index) {
    int from = prefixStart();
    int to = Math.min(prefix, index.length);
    return Arrays.compareUnsigned(index, 0, to, bytes, from, from + prefix);
  }

  private int compareRest(IndexPlace place, int at, PersistentMap.Node<IndexPlace> node) {
    byte[] index = place.bytes();
    int order = Arrays.compareUnsigned(index, prefix, index.length, bytes, start(at), end(at));
    if (order != 0) {
      return order;
    }
    return place.item() == null ? -1 : place.item().compareTo(itemOf(node, at));
  }

  @Override
  public int find(IndexPlace place, int from, PersistentMap.Node<IndexPlace> node) {
    int order = compareWithPrefix(place.bytes());
    int low = order > 0 ? length : from;
    int high = order < 0 ? from : length;
    while (low < high) {
      int middle = (low + high) >>> 1;
      int here = compareRest(place, middle, node);
      if (here == 0) {
        return middle;
      }
      low = here > 0 ? middle + 1 : low;
      high = here > 0 ? high : middle;
    }
    return -low - 1;
  }

  @Override
  public Keys<IndexPlace> with(int at, Keys<IndexPlace> first) {
    return isSame(at, (PackedKeys) first)
        ? this
        : builder(length)
            .append(this, 0, at)
            .append(first, 0, 1)
            .append(this, at + 1, length)
            .build();
  }

  private boolean isSame(int at, PackedKeys first) {
    int from = prefixStart();
    int start = start(at);
    int end = end(at);
    int whole = first.prefixStart();
    int wholeEnd = first.end(0);
    return prefix + end - start == wholeEnd - whole
        && Arrays.equals(bytes, from, from + prefix, first.bytes, whole, whole + prefix)
        && Arrays.equals(bytes, start, end, first.bytes, whole + prefix, wholeEnd);
  }

  /** How many bytes {@link #writeTo} puts. */
  int writtenLength() {
    return 3 * Integer.BYTES + bytes.length;
  }

  void writeTo(ByteBuffer target) {
    target.putInt(length).putInt(prefix).putInt(bytes.length).put(bytes);
  }

  /**
   * Reads what {@link #writeTo} has put; whether it ascends remains to be seen.
   *
   * @throws IllegalArgumentException if these are no keys of a node
   */
  static PackedKeys read(ByteBuffer from) {
    int length = from.getInt();
    int prefix = from.getInt();
    int bytes = from.getInt();
    if (length < 1 || length > PersistentMap.WIDTH_MAX || prefix < 0 || prefix > bytes) {
      throw new IllegalArgumentException("no node");
    }
    int first = length * width(bytes) + prefix;
    if (bytes < first || bytes > from.remaining()) {
      throw new IllegalArgumentException("a node of another length");
    }
    byte[] packed = new byte[bytes];
    from.get(packed);
    PackedKeys keys = new PackedKeys(packed, length, prefix);
    keys.checkEnds(first);
    return keys;
  }

  private void checkEnds(int first) {
    int from = first;
    boolean empty = false;
    for (int at = 0; at < length; at++) {
      int end = end(at);
      empty |= end == from && prefix == 0;
      if (end < from || empty) {
        throw new IllegalArgumentException("a key without length");
      }
      from = end;
    }
    if (from != bytes.length) {
      throw new IllegalArgumentException("a node that is too long");
    }
  }

  /** How two neighbours of the same node compare, without the keys of their items. */
  int compareWithNext(int at) {
    int end = end(at);
    return Arrays.compareUnsigned(bytes, start(at), end, bytes, end, end(at + 1));
  }

  /** How the last compares with the first of the next node, without the keys of their items. */
  int compareLastWith(PackedKeys next) {
    return Arrays.compareUnsigned(indexKey(length - 1), next.indexKey(0));
  }

  private byte[] indexKey(int at) {
    int rest = end(at) - start(at);
    byte[] index = new byte[prefix + rest];
    System.arraycopy(bytes, prefixStart(), index, 0, prefix);
    System.arraycopy(bytes, start(at), index, prefix, rest);
    return index;
  }

  @Override
  public Keys.Builder<IndexPlace> builder(int lengthMax) {
    return new Builder(lengthMax);
  }

  /** Collects whole keys. */
  static final class Builder implements Keys.Builder<IndexPlace> {
    private static final int BYTES_GUESSED = 64;

    private final int[] ends;
    private ByteBuffer whole;
    private int length;

    Builder(int lengthMax) {
      ends = new int[lengthMax];
      whole = ByteBuffer.allocate(BYTES_GUESSED * lengthMax);
    }

    @Override
    public Builder append(IndexPlace place) {
      makeRoom(place.index().length());
      place.index().writeTo(whole);
      ends[length++] = whole.position();
      return this;
    }

    /** The bytes of an index key, for whoever has no object of it. */
    void append(byte[] index, int from, int end) {
      makeRoom(end - from);
      whole.put(index, from, end - from);
      ends[length++] = whole.position();
    }

    @Override
    public Builder append(Keys<IndexPlace> keys, int from, int end) {
      PackedKeys more = (PackedKeys) keys;
      for (int at = from; at < end; at++) {
        int start = more.start(at);
        int rest = more.end(at) - start;
        makeRoom(more.prefix + rest);
        whole.put(more.bytes, more.prefixStart(), more.prefix).put(more.bytes, start, rest);
        ends[length++] = whole.position();
      }
      return this;
    }

    private void makeRoom(int more) {
      if (whole.remaining() < more) {
        whole = ByteBuffer.allocate(2 * whole.capacity() + more).put(whole.flip());
      }
    }

    @Override
    public int length() {
      return length;
    }

    @Override
    public Keys<IndexPlace> build() {
      if (length == 0) {
        return NONE;
      }
      byte[] all = whole.array();
      int prefix = prefix(all);
      int keys = prefix + ends[length - 1] - prefix * length;
      int width = width(length * Character.BYTES + keys);
      byte[] packed = new byte[length * width + keys];
      System.arraycopy(all, 0, packed, length * width, prefix);
      int end = length * width + prefix;
      for (int at = 0; at < length; at++) {
        int from = (at == 0 ? 0 : ends[at - 1]) + prefix;
        System.arraycopy(all, from, packed, end, ends[at] - from);
        end += ends[at] - from;
        setEnd(packed, at, end);
      }
      return new PackedKeys(packed, length, prefix);
    }

    /** What the first and the last have in common, all between have as well. */
    private int prefix(byte[] all) {
      int last = length == 1 ? 0 : ends[length - 2];
      int common = Arrays.mismatch(all, 0, ends[0], all, last, ends[length - 1]);
      return common < 0 ? ends[0] : common;
    }
  }
}
