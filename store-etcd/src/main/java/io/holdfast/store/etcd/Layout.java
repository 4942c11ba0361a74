package io.holdfast.store.etcd;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;

/**
 * Where things lie below the prefix: {@code entry/KEY}, {@code guard}, {@code lane/WRITER/SLOT} and
 * {@code store}. Other names below the prefix are nobody's business.
 */
final class Layout {
  /** An id in text, and a slash. */
  private static final int WRITER_BYTES = 36 + 1;

  private final ByteString prefix;
  private final ByteString guard;
  private final ByteString store;
  private final ByteString lanes;
  private final ByteString entries;
  private final ByteString first;
  private final ByteString entriesEnd;

  /** A layout; the prefix ends with a slash. */
  Layout(String prefix) {
    this.prefix = ByteString.copyFromUtf8(prefix);
    guard = under("guard");
    store = under("store");
    lanes = under("lane/");
    entries = under("entry/");
    first = entries.concat(ByteString.copyFrom(new byte[1]));
    entriesEnd = under("entry0"); // the character behind the slash
  }

  private ByteString under(String name) {
    return prefix.concat(ByteString.copyFromUtf8(name));
  }

  ByteString prefix() {
    return prefix;
  }

  /** The first key behind all that begin with the prefix. */
  ByteString prefixEnd() {
    return endOf(prefix);
  }

  /** Where begins what a watch asks for: entries and the guard, which lie before the lanes. */
  ByteString watched() {
    return entries;
  }

  /** The first key behind what a watch asks for. */
  ByteString watchedEnd() {
    return guard.concat(ByteString.copyFrom(new byte[1]));
  }

  /** The first key behind all that begin with {@code begin}, which ends with a slash. */
  static ByteString endOf(ByteString begin) {
    return begin.substring(0, begin.size() - 1).concat(ByteString.copyFromUtf8("0"));
  }

  ByteString guard() {
    return guard;
  }

  ByteString store() {
    return store;
  }

  /** The beginning of all lanes. */
  ByteString lanes() {
    return lanes;
  }

  ByteString lane(Mark mark) {
    String digits = Integer.toString(1000 + mark.slot()).substring(1);
    return lanes.concat(ByteString.copyFromUtf8(mark.writer() + "/" + digits));
  }

  /** The beginning of all lanes of the writer of one. */
  ByteString writer(ByteString lane) {
    return lane.substring(0, lanes.size() + WRITER_BYTES);
  }

  ByteString entry(Key key) {
    return entries.concat(bytes(key));
  }

  /** An entry's key has a byte at least: the bare name is somebody else's. */
  ByteString start(KeyRange range) {
    return range.start().map(this::entry).orElse(first);
  }

  ByteString end(KeyRange range) {
    return range.end().map(this::entry).orElse(entriesEnd);
  }

  boolean isEntry(ByteString etcdKey) {
    return etcdKey.size() > entries.size() && etcdKey.startsWith(entries);
  }

  /** The entry's key without what we put before it. */
  Key key(ByteString etcdKey) {
    return Key.ofBytes(etcdKey.substring(entries.size()).toByteArray());
  }

  private static ByteString bytes(Key key) {
    return UnsafeByteOperations.unsafeWrap(key.asByteBuffer());
  }
}
