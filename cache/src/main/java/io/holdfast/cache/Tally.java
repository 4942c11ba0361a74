package io.holdfast.cache;

import io.holdfast.store.Key;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/** What a verification pass has found so far. For one thread at a time. */
final class Tally {
  long pages;
  long entries;
  long indexEntries;
  long drifts;
  long repaired;

  /** Keys of entries that the decoder refuses, each of which is told once. */
  final Set<Key> refused = new HashSet<>();

  Verification result(Duration took) {
    return new Verification(pages, entries, indexEntries, drifts, repaired, took);
  }
}
