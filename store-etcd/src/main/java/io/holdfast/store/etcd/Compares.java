package io.holdfast.store.etcd;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.Compare;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Condition;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Mutation;
import io.holdfast.store.Position;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What some requests read and expect, as etcd's compares.
 *
 * <p>A range that was read becomes one compare for what was written in it and one for each key that
 * was found, since etcd's compares of ranges do not see deletions. A position that was read from
 * becomes the content of the lane that carried its commit, which holds the commit's token: after a
 * restore the same revisions come again, but never the same tokens.
 */
final class Compares {
  /** Ranges with more keys are proven another way. */
  static final int RANGE_KEYS_MAX = 100;

  private final Layout layout;
  private final Known known;
  private final Set<Compare> compares = new LinkedHashSet<>();

  private Compares(Layout layout, Known known) {
    this.layout = layout;
    this.known = known;
  }

  /** The compares of all requests; empty if they cannot tell it, or are too many. */
  static Optional<List<Compare>> of(List<CommitRequest> requests, Keyspace keyspace) {
    Compares compares = new Compares(keyspace.layout(), keyspace.known());
    int most = keyspace.settings().operationsMax() - 1; // one for the lane
    for (CommitRequest request : requests) {
      if (!compares.add(request) || compares.compares.size() > most) {
        return Optional.empty();
      }
    }
    return Optional.of(List.copyOf(compares.compares));
  }

  private boolean add(CommitRequest request) {
    for (Position base : request.bases()) {
      if (!add(base)) {
        return false;
      }
    }
    if (request.ownLast().isPresent() && !add(request.ownLast().get())) {
      return false;
    }
    for (Condition condition : request.conditions()) {
      if (!add(condition)) {
        return false;
      }
    }
    if (mayChangeNothing(request)) {
      Key first = request.mutations().get(0).key();
      compares.add(Ops.exists(layout.entry(first)));
    }
    return true;
  }

  /** Whether all that is written may be deletions of missing keys: then there is no commit. */
  static boolean mayChangeNothing(CommitRequest request) {
    return !request.mutations().isEmpty()
        && request.mutations().stream().allMatch(Mutation::isDelete)
        && request.mutations().stream().noneMatch(delete -> isThere(delete.key(), request));
  }

  private static boolean isThere(Key key, CommitRequest request) {
    return request.conditions().stream()
        .anyMatch(
            condition ->
                (condition instanceof Condition.KeyAt at && at.key().equals(key))
                    || (condition instanceof Condition.RangeUnchanged read
                        && read.keys().contains(key)));
  }

  private boolean add(Position position) {
    Mark mark = known.mark(position);
    if (mark == null || position.revision().number() < known.oldest()) {
      return false;
    }
    if (mark.isCreation()) {
      compares.add(Ops.valueIs(layout.store(), known.creation()));
    } else {
      ByteString value = new LaneValue(mark.sequence(), position.token()).bytes();
      compares.add(Ops.valueIs(layout.lane(mark), value));
    }
    return true;
  }

  private boolean add(Condition condition) {
    if (condition instanceof Condition.KeyAt at) {
      compares.add(Ops.modifiedAt(layout.entry(at.key()), at.modified().number()));
    } else if (condition instanceof Condition.KeyAbsent absent) {
      compares.add(Ops.absent(layout.entry(absent.key())));
    } else if (condition instanceof Condition.RangeEmpty empty) {
      addEmpty(empty.range());
    } else if (condition instanceof Condition.RangeUnchanged read) {
      return addUnchanged(read);
    } else {
      throw new IllegalStateException("unknown condition " + condition);
    }
    return true;
  }

  private void addEmpty(KeyRange range) {
    if (!range.isEmpty()) {
      compares.add(Ops.empty(layout.start(range), layout.end(range)));
    }
  }

  private boolean addUnchanged(Condition.RangeUnchanged read) {
    if (read.counted() || read.keys().size() > RANGE_KEYS_MAX) {
      return false;
    }
    if (read.keys().isEmpty()) {
      addEmpty(read.range());
      return true;
    }
    ByteString start = layout.start(read.range());
    ByteString end = layout.end(read.range());
    compares.add(Ops.notWrittenAbove(start, end, read.readAt().revision().number()));
    read.keys().forEach(key -> compares.add(Ops.exists(layout.entry(key))));
    return true;
  }
}
