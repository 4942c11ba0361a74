package io.holdfast.store.etcd;

import java.util.UUID;

/**
 * One lane of this handle, as it stands in etcd. It carries one commit at a time.
 *
 * @param writer the handle's id
 * @param slot which one of its lanes
 * @param value what it holds
 */
record Lane(UUID writer, int slot, LaneValue value) {
  /** Who the next commit on this lane is. */
  Mark nextMark() {
    return new Mark(writer, slot, value.sequence() + 1);
  }

  /** What the next commit leaves; token 0 says that there was none. */
  LaneValue nextValue(long token) {
    return new LaneValue(value.sequence() + 1, token);
  }

  Lane holding(LaneValue next) {
    return new Lane(writer, slot, next);
  }
}
