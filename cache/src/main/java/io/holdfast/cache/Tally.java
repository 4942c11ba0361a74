package io.holdfast.cache;

import java.time.Duration;

/** What a verification pass has found so far. For one thread at a time. */
final class Tally {
  long pages;
  long entries;
  long indexEntries;
  long drifts;
  long repaired;

  Verification result(Duration took) {
    return new Verification(pages, entries, indexEntries, drifts, repaired, took);
  }
}
