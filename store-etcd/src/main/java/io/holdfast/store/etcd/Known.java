package io.holdfast.store.etcd;

import com.google.protobuf.ByteString;
import io.holdfast.store.Position;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Which writer's lane carried the commits that this handle met lately; the eldest are forgotten.
 */
final class Known {
  private static final int POSITIONS_MAX = 4096;

  private final Map<Position, Mark> marks =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Position, Mark> eldest) {
          return size() > POSITIONS_MAX;
        }
      };

  /** The oldest revision of the history when it was last looked at. */
  private volatile long oldest;

  /** What the key {@code store} holds: proves the position at which the store was created. */
  private volatile ByteString creation;

  void add(Guard guard) {
    add(guard.position(), guard.mark());
  }

  synchronized void add(Position position, Mark mark) {
    marks.putIfAbsent(position, mark);
  }

  /** Who committed at a position; null if this is not known. */
  synchronized Mark mark(Position position) {
    return marks.get(position);
  }

  ByteString creation() {
    return creation;
  }

  void creation(ByteString value) {
    creation = value;
  }

  long oldest() {
    return oldest;
  }

  /** The history was seen to begin here. */
  synchronized void oldest(long revision) {
    oldest = Math.max(oldest, revision);
  }

  /** The history may begin anywhere. */
  synchronized void forgetOldest() {
    oldest = 0;
  }
}
