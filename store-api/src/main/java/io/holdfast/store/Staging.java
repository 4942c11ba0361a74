package io.holdfast.store;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** The writes of a transaction before its commit, and how its reads look with them. */
final class Staging {
  private final NavigableMap<Key, Mutation> writes = new TreeMap<>();

  void add(Mutation write) {
    writes.put(write.key(), write);
  }

  boolean holds(Key key) {
    return writes.containsKey(key);
  }

  Optional<KeyValue> get(Key key) {
    return written(writes.get(key));
  }

  List<Mutation> writes() {
    return List.copyOf(writes.values());
  }

  Collection<Mutation> within(KeyRange range) {
    NavigableMap<Key, Mutation> part = writes;
    if (range.start().isPresent()) {
      part = part.tailMap(range.start().get(), true);
    }
    if (range.end().isPresent()) {
      part = part.headMap(range.end().get(), false);
    }
    return part.values();
  }

  /**
   * A page with these writes in it.
   *
   * @param page what the store has
   * @param covered the part of the range that the page has read
   * @param range the whole range
   * @param entriesMax the bound on the entries of the page
   */
  Page over(Page page, KeyRange covered, KeyRange range, int entriesMax) {
    Collection<Mutation> mine = within(covered);
    if (mine.isEmpty()) {
      return page;
    }
    NavigableMap<Key, KeyValue> merged = new TreeMap<>();
    page.entries().forEach(entry -> merged.put(entry.key(), entry));
    for (Mutation write : mine) {
      merged.remove(write.key());
      written(write).ifPresent(entry -> merged.put(entry.key(), entry));
    }
    List<KeyValue> entries = new ArrayList<>(merged.values());
    if (entries.size() > entriesMax) {
      List<KeyValue> first = entries.subList(0, entriesMax);
      return Page.truncated(first, page.position(), range.after(first.get(entriesMax - 1).key()));
    }
    return page.rest().isPresent()
        ? Page.truncated(entries, page.position(), page.rest().get())
        : Page.last(entries, page.position());
  }

  private static Optional<KeyValue> written(Mutation write) {
    return write.value().map(v -> KeyValue.of(write.key(), v, Revision.ZERO, Revision.ZERO));
  }
}
