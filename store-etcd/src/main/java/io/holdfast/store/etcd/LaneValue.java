package io.holdfast.store.etcd;

import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;

/**
 * What a lane holds: how many commits it has carried, and what became of the last.
 *
 * @param sequence of the last commit that was tried on it
 * @param token of that commit; 0 if it was settled that it did not and will not happen
 */
record LaneValue(long sequence, long token) {
  /** A lane that has carried nothing. */
  static final LaneValue FRESH = new LaneValue(0, 0);

  ByteString bytes() {
    ByteBuffer buffer = ByteBuffer.allocate(2 * Long.BYTES);
    return ByteString.copyFrom(buffer.putLong(sequence).putLong(token).flip());
  }
}
