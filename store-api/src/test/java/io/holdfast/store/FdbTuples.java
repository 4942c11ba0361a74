package io.holdfast.store;

import com.apple.foundationdb.tuple.Tuple;
import java.nio.ByteBuffer;
import java.util.List;

/** FoundationDB's own packer, which needs no native library: the oracle for the shared types. */
final class FdbTuples {
  private FdbTuples() {}

  static Tuple of(List<Object> elements) {
    Tuple tuple = new Tuple();
    for (Object element : elements) {
      tuple =
          element instanceof ByteBuffer bytes
              ? tuple.add(io.holdfast.store.Tuple.bytesOf(bytes))
              : tuple.addObject(element);
    }
    return tuple;
  }
}
