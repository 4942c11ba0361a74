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
      if (page.entries().isEmpty() && page.rest().isPresent()) {
        throw new AssertionError("[R3] an empty page of " + rest.get() + " says there is a rest");
      }
      entries.addAll(page.entries());
      rest = page.rest();
    }
    return entries;
  }

  static List<Key> keys(Store store, KeyRange range) {
    return of(store, range).stream().map(KeyValue::key).toList();
  }
}
