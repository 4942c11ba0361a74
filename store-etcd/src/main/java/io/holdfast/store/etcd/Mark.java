package io.holdfast.store.etcd;

import java.util.UUID;

/**
 * Which commit of which writer: what a guard says of who put it.
 *
 * @param writer the writer's random id, never used again
 * @param slot which of its lanes carried the commit
 * @param sequence how many commits that lane had carried, this one included
 */
record Mark(UUID writer, int slot, long sequence) {
  /** Who created the store. */
  static final Mark CREATION = new Mark(new UUID(0, 0), 0, 0);

  boolean isCreation() {
    return equals(CREATION);
  }
}
