package io.holdfast.store.etcd;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Condition;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Mutation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * What some requests read, expect and write. Requests may become one commit only if none of them
 * writes what another one reads, expects or writes: then any order of them is the same. Two that
 * expect one key to be absent are kept apart as well, so that whoever must not share a revision can
 * say so.
 */
final class Footprint {
  private final Set<Key> written = new HashSet<>();
  private final Set<Key> expected = new HashSet<>();
  private final Set<Key> absent = new HashSet<>();
  private final List<KeyRange> ranges = new ArrayList<>();
  private int compares;
  private long bytes;

  static Footprint of(CommitRequest request) {
    Footprint footprint = new Footprint();
    footprint.compares = request.bases().size() + 2;
    for (Mutation write : request.mutations()) {
      footprint.written.add(write.key());
      footprint.bytes += write.key().length() + write.value().map(v -> v.length).orElse(0);
    }
    request.conditions().forEach(footprint::add);
    return footprint;
  }

  private void add(Condition condition) {
    compares++;
    if (condition instanceof Condition.KeyAt at) {
      expected.add(at.key());
    } else if (condition instanceof Condition.KeyAbsent key) {
      expected.add(key.key());
      absent.add(key.key());
    } else if (condition instanceof Condition.RangeEmpty empty) {
      ranges.add(empty.range());
    } else if (condition instanceof Condition.RangeUnchanged read) {
      ranges.add(read.range());
      compares += read.keys().size();
    }
  }

  /** How many keys are written. */
  int writes() {
    return written.size();
  }

  /** How many compares it takes, at most. */
  int compares() {
    return compares;
  }

  /** The keys and values that are written. */
  long bytes() {
    return bytes;
  }

  /** Takes as long as this one is large, if it has no ranges. */
  boolean isDisjointFrom(Footprint other) {
    return written.stream().noneMatch(other::expectsOrWrites)
        && expected.stream().noneMatch(other.written::contains)
        && absent.stream().noneMatch(other.absent::contains)
        && other.ranges.stream().noneMatch(this::writesInto)
        && ranges.stream().noneMatch(other::writesInto);
  }

  private boolean expectsOrWrites(Key key) {
    return written.contains(key) || expected.contains(key);
  }

  private boolean writesInto(KeyRange range) {
    return written.stream().anyMatch(range::contains);
  }

  void add(Footprint other) {
    written.addAll(other.written);
    expected.addAll(other.expected);
    absent.addAll(other.absent);
    ranges.addAll(other.ranges);
    compares += other.compares;
    bytes += other.bytes;
  }
}
