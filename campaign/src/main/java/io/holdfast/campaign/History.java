package io.holdfast.campaign;

import java.util.List;

/**
 * All that is known of one run.
 *
 * @param start the revision of the store before the first operation, when it was empty
 * @param startToken beside it
 * @param kept how many commits the store keeps at least, {@link #ALL} if it trims none: watchers
 *     that are farther behind may be too old, and what was read long ago may be a conflict
 * @param sharesRevisions whether the store may give commits that have nothing to do with each other
 *     one revision
 * @param operations of all clients, in no order
 * @param commits all commits above {@code start}, as the store's history has them at the end
 * @param watches what each watcher saw
 * @param end the entries that a scan found at the end, as one read of each space
 */
record History(
    long start,
    long startToken,
    long kept,
    boolean sharesRevisions,
    List<Operation> operations,
    List<Commit> commits,
    List<Watched> watches,
    List<Read> end) {
  /** More commits than any store has. */
  static final long ALL = Long.MAX_VALUE;

  boolean trimmed() {
    return kept < ALL;
  }
}
