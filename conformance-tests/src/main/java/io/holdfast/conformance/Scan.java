package io.holdfast.conformance;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reading a whole range, page by page. */
final class Scan {
  private Scan() {}

  static List<KeyValue> of(Store store, KeyRange range) {
    return of(store, range, store.limits().pageEntriesMax());
  }

  static List<KeyValue> of(Store store, KeyRange range, int pageEntries) {
    List<KeyValue> entries = new ArrayList<>();
    Optional<KeyRange> rest = Optional.of(range);
    while (rest.isPresent()) {
      Page page = store.get(rest.get(), pageEntries);
      checkProgress(entries, rest.get(), page);
      entries.addAll(page.entries());
      rest = page.rest();
    }
    return entries;
  }

  /** Without it a store whose pages lead back would be read forever. */
  private static void checkProgress(List<KeyValue> before, KeyRange asked, Page page) {
    if (page.entries().isEmpty() && page.rest().isPresent()) {
      throw new AssertionError("[R3] an empty page of " + asked + " says there is a rest");
    }
    if (!before.isEmpty() && !page.entries().isEmpty()) {
      Key last = before.get(before.size() - 1).key();
      Key next = page.entries().get(0).key();
      if (last.compareTo(next) >= 0) {
        throw new AssertionError("[R3] behind " + last + " the next page begins with " + next);
      }
    }
  }

  static List<Key> keys(Store store, KeyRange range) {
    return of(store, range).stream().map(KeyValue::key).toList();
  }
}
