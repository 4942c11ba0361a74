package io.holdfast.cache;

import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import java.util.List;
import java.util.Objects;

/**
 * One step of a mirror as a subscriber gets it.
 *
 * @param kind what sort of step
 * @param changes what the step did to the subscribed range, in key order; empty for a RESYNC
 * @param snapshot the mirror after the step
 * @param <V> the decoded values' type
 */
public record Changes<V>(Kind kind, List<Change<V>> changes, Snapshot<V> snapshot) {
  /** What sort of step. */
  public enum Kind {
    /** One commit of the store, whole. */
    COMMIT,
    /** A repair after a drift: the position stays, the contents change. */
    REPAIR,
    /**
     * Steps before this one were not delivered: the subscriber was too slow, or the mirror was
     * loaded anew. Only the snapshot counts; later steps follow it.
     */
    RESYNC
  }

  /** Copies the changes. */
  public Changes {
    Objects.requireNonNull(kind, "kind");
    changes = List.copyOf(changes);
    Objects.requireNonNull(snapshot, "snapshot");
  }

  /** What the step did to this range; itself if that is all. */
  Changes<V> within(KeyRange range) {
    int inside = 0;
    for (Change<V> change : changes) {
      inside += range.contains(change.key()) ? 1 : 0;
    }
    return inside == changes.size() ? this : new Changes<>(kind, only(range), snapshot);
  }

  private List<Change<V>> only(KeyRange range) {
    return changes.stream().filter(change -> range.contains(change.key())).toList();
  }

  /** Where the mirror stands after the step. */
  public Position position() {
    return snapshot.position();
  }
}
