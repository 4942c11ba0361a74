package io.holdfast.conformance;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a client saw of one transaction.
 *
 * @param client who ran it, for messages
 * @param invoked when it began, in nanoseconds of the process's clock
 * @param returned when its commit had answered
 * @param reads what it read before it wrote
 * @param writes what it wrote; empty means a deletion
 * @param outcome how the commit ended
 * @param position where it stands; null unless committed
 */
record Observation(
    String client,
    long invoked,
    long returned,
    List<Read> reads,
    Map<Key, Optional<String>> writes,
    Outcome outcome,
    Position position) {

  /** How a commit ended. */
  enum Outcome {
    COMMITTED,
    /** Conflict or abort: nothing must be left of it. */
    REFUSED,
    /** Nobody knows, so anything goes. */
    UNKNOWN
  }

  /**
   * What a range held when it was read.
   *
   * @param range the part of a range that was read to its end
   * @param found key and value of each entry; null when the range was only counted
   * @param count how many they were
   */
  record Read(KeyRange range, Map<Key, String> found, long count) {
    @Override
    public String toString() {
      return range + (found == null ? " has " + count + " entries" : " holds " + found);
    }
  }

  @Override
  public String toString() {
    return "transaction of "
        + client
        + (position == null ? " (" + outcome + ")" : " at " + position)
        + ", which read "
        + reads
        + " and wrote "
        + writes;
  }
}
