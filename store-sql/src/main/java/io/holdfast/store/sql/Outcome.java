package io.holdfast.store.sql;

import io.holdfast.store.Position;
import io.holdfast.store.StoreException;

/**
 * What became of one request.
 *
 * @param position where its commit stands, or where it was proven; null if it failed
 * @param failure why it failed; null if it did not
 */
record Outcome(Position position, StoreException failure) {
  static Outcome at(Position position) {
    return new Outcome(position, null);
  }

  static Outcome failed(StoreException failure) {
    return new Outcome(null, failure);
  }

  Position orThrow() {
    if (failure != null) {
      throw failure;
    }
    return position;
  }
}
