package io.holdfast.store.etcd;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.nio.ByteBuffer;
import java.util.UUID;

/**
 * The guard as one commit left it.
 *
 * @param position the commit: the guard's modification revision and the token in its value
 * @param version how often the guard was put, which numbers the commits without gaps
 * @param mark who committed
 */
record Guard(Position position, long version, Mark mark) {
  private static final int BYTES = 36;

  long revision() {
    return position.revision().number();
  }

  long token() {
    return position.token();
  }

  static ByteString value(long token, Mark mark) {
    ByteBuffer buffer = ByteBuffer.allocate(BYTES);
    buffer.putLong(token);
    buffer.putLong(mark.writer().getMostSignificantBits());
    buffer.putLong(mark.writer().getLeastSignificantBits());
    buffer.putInt(mark.slot());
    buffer.putLong(mark.sequence());
    return ByteString.copyFrom(buffer.flip());
  }

  /** The value that this guard has in etcd. */
  ByteString value() {
    return value(token(), mark);
  }

  static Guard of(KeyValue kv) {
    if (kv.getValue().size() != BYTES) {
      throw new StoreException.Unusable(
          Reason.DAMAGED,
          "etcd key "
              + kv.getKey().toStringUtf8()
              + " was not put by a store; delete what is below the prefix, or choose another one",
          null);
    }
    ByteBuffer buffer = kv.getValue().asReadOnlyByteBuffer();
    long token = buffer.getLong();
    UUID writer = new UUID(buffer.getLong(), buffer.getLong());
    Mark mark = new Mark(writer, buffer.getInt(), buffer.getLong());
    return new Guard(Position.of(kv.getModRevision(), token), kv.getVersion(), mark);
  }
}
