package io.holdfast.store;

import java.util.List;

/**
 * What the author of a store writes: five calls and {@code close}. Everything that stores have in
 * common (transactions, limits, retries, key encoding) stands once in front of it, in {@link
 * Store}.
 *
 * <p>Calls come from any number of threads at once. Each gives up at its deadline with {@link
 * StoreException.Timeout}, reacts to interruption with {@link StoreException.Interrupted}, and
 * after {@link #close} throws {@link StoreException.Closed}. The rules that a backend must keep are
 * in {@code docs/contract.md}; the conformance kit proves them.
 */
public interface Backend extends AutoCloseable {
  /** Head, oldest revision, incarnation and limits; linearizable. */
  Status status(Deadline deadline);

  /**
   * The first entries of a range, linearizable, as an exact cut of the whole store at the page's
   * position.
   *
   * @param entriesMax at most so many entries, at least 1; the backend's own bounds on entries and
   *     bytes apply besides, and a page that they cut says so
   */
  Page read(KeyRange range, int entriesMax, Deadline deadline);

  /** How many keys a range holds, linearizable. */
  Count count(KeyRange range, Deadline deadline);

  /**
   * Proves and writes a transaction, at one moment, wholly or not at all.
   *
   * @return the position of the new commit, or, where nothing changed, a position at which the
   *     conditions were true
   * @throws StoreException.Conflict when a condition does not hold; nothing was written
   * @throws StoreException.Diverged when the history is not the one that was read; nothing was
   *     written
   * @throws StoreException.UnknownOutcome when it cannot be found out whether it was committed;
   *     every other exception means that it was not and never will be
   */
  Position commit(CommitRequest request, Deadline deadline);

  /**
   * Opens a watch of the commits above {@code after} that touch any of the ranges. Whether the
   * history still reaches back that far and is the same may be found out here or at the first call
   * of {@link Watch#next}.
   */
  Watch watch(List<KeyRange> ranges, Position after, Deadline deadline);

  /** Ends all watches and threads, and gives back what is held. Idempotent. */
  @Override
  void close();
}
