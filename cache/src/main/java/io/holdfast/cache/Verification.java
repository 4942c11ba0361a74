package io.holdfast.cache;

import java.time.Duration;
import java.util.Objects;

/**
 * What one pass over a mirror and its store has found.
 *
 * @param pages pages that were read from the store
 * @param entries entries of the store that were compared
 * @param indexEntries places in indexes that were compared with their entries
 * @param drifts differences found; what cannot be decoded is told when it is first seen, and is
 *     none later, as long as both sides have it
 * @param repaired those of them that are mended
 * @param took how long the pass took
 */
public record Verification(
    long pages, long entries, long indexEntries, long drifts, long repaired, Duration took) {
  /** Checks that the time is given. */
  public Verification {
    Objects.requireNonNull(took, "took");
  }

  /** Whether mirror and store were found equal. */
  public boolean isClean() {
    return drifts == 0;
  }
}
