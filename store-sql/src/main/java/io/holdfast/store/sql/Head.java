package io.holdfast.store.sql;

import io.holdfast.store.Position;

/**
 * The one row that orders everything, as a transaction sees it.
 *
 * @param position the newest commit
 * @param oldest the oldest revision from which a watch can resume
 * @param incarnation drawn at the creation
 */
record Head(Position position, long oldest, String incarnation) {
  long revision() {
    return position.revision().number();
  }
}
