package io.holdfast.campaign;

import java.util.List;

/**
 * What one watcher saw.
 *
 * @param name for people
 * @param space what it watched; null for everything
 * @param start the revision behind which it began
 * @param startToken beside it
 * @param complete whether it was given the time to see the last commit
 * @param steps its batches in their order, and the end of the watch if it had to end
 */
record Watched(
    String name, Space space, long start, long startToken, boolean complete, Iterable<Step> steps) {

  /**
   * A batch, or the end.
   *
   * @param batch null at the end
   * @param end why the watch ended; null for a batch
   */
  record Step(Commit batch, String end) {}

  /** The log of a process that was killed before its watch was open. */
  static Watched nothing(String name) {
    return new Watched(name, null, 0, 0, false, List.of());
  }
}
