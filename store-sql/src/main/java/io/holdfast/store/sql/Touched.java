package io.holdfast.store.sql;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Condition;
import io.holdfast.store.Key;
import io.holdfast.store.Position;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What has to be known to prove some requests.
 *
 * @param keys whose versions matter
 * @param revisions whose tokens matter
 */
record Touched(Set<Key> keys, Set<Long> revisions) {
  static Touched by(List<CommitRequest> requests) {
    Touched touched = new Touched(new HashSet<>(), new HashSet<>());
    requests.forEach(touched::add);
    return touched;
  }

  private void add(CommitRequest request) {
    request.mutations().forEach(write -> keys.add(write.key()));
    for (Condition condition : request.conditions()) {
      if (condition instanceof Condition.KeyAt at) {
        keys.add(at.key());
      } else if (condition instanceof Condition.KeyAbsent absent) {
        keys.add(absent.key());
      }
    }
    request.bases().forEach(this::add);
    request.ownLast().ifPresent(this::add);
  }

  private void add(Position position) {
    revisions.add(position.revision().number());
  }
}
