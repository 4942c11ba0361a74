package io.holdfast.cache;

import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The last positions that a follower came by: they tell a position of its history from one of
 * another, though both have the same revision. Safe for use by many threads.
 */
final class PassedPositions {
  /** Who is farther behind asks the store. */
  static final int KEPT = 1000;

  private final Map<Revision, Position> kept =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Revision, Position> eldest) {
          return size() > KEPT;
        }
      };

  synchronized void add(Position position) {
    kept.put(position.revision(), position);
  }

  /** Another history begins. */
  synchronized void clear() {
    kept.clear();
  }

  /** Whether the follower came by this position; if not, it may still have passed over it. */
  synchronized boolean has(Position position) {
    return position.equals(kept.get(position.revision()));
  }

  /** Whether the follower came by another position with the same revision. */
  synchronized boolean contradicts(Position position) {
    Position passed = kept.get(position.revision());
    return passed != null && !passed.equals(position);
  }
}
