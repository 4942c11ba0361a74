package io.holdfast.conformance;

import io.holdfast.store.Backend;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Condition;
import io.holdfast.store.Count;
import io.holdfast.store.Deadline;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Mutation;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;

/** A store that takes different keys for the same. */
final class MappedKeys extends ForwardingBackend {
  private final UnaryOperator<Key> mapped;

  MappedKeys(Backend backend, UnaryOperator<Key> mapped) {
    super(backend);
    this.mapped = mapped;
  }

  private KeyRange mapped(KeyRange range) {
    if (range.isSingle()) {
      return KeyRange.single(mapped.apply(range.start().orElseThrow()));
    }
    Key start = range.start().map(mapped).orElse(null);
    Key end = range.end().map(mapped).orElse(null);
    if (start == null || end == null) {
      return start == null ? KeyRange.all() : KeyRange.from(start);
    }
    return start.compareTo(end) < 0 ? KeyRange.of(start, end) : KeyRange.single(start);
  }

  private Condition mapped(Condition condition) {
    if (condition instanceof Condition.KeyAt at) {
      return new Condition.KeyAt(mapped.apply(at.key()), at.modified());
    }
    if (condition instanceof Condition.KeyAbsent absent) {
      return new Condition.KeyAbsent(mapped.apply(absent.key()));
    }
    return condition;
  }

  @Override
  public Page read(KeyRange range, int entriesMax, Deadline deadline) {
    return super.read(mapped(range), entriesMax, deadline);
  }

  @Override
  public Count count(KeyRange range, Deadline deadline) {
    return super.count(mapped(range), deadline);
  }

  @Override
  public Position commit(CommitRequest request, Deadline deadline) {
    NavigableMap<Key, Mutation> writes = new TreeMap<>();
    for (Mutation write : request.mutations()) {
      Key key = mapped.apply(write.key());
      writes.put(
          key,
          write.isDelete() ? Mutation.delete(key) : Mutation.put(key, write.value().orElseThrow()));
    }
    List<Condition> conditions = new ArrayList<>();
    request.conditions().forEach(condition -> conditions.add(mapped(condition)));
    return super.commit(
        new CommitRequest(
            request.bases(),
            request.ownLast().orElse(null),
            conditions,
            List.copyOf(writes.values())),
        deadline);
  }
}
