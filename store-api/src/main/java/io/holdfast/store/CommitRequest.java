package io.holdfast.store;

import java.util.List;
import java.util.Optional;

/**
 * A transaction as a backend gets it: validated, within the limits, one mutation for a key.
 *
 * <p>The backend does all of it or nothing, at one moment: proves that the history is the one that
 * was read, proves the conditions, writes.
 */
public final class CommitRequest {
  private final List<Position> bases;
  private final Position ownLast;
  private final List<Condition> conditions;
  private final List<Mutation> mutations;

  /**
   * A request.
   *
   * @param bases see {@link #bases}
   * @param ownLast see {@link #ownLast}; null when there was none
   * @param conditions see {@link #conditions}
   * @param mutations see {@link #mutations}
   */
  public CommitRequest(
      List<Position> bases,
      Position ownLast,
      List<Condition> conditions,
      List<Mutation> mutations) {
    this.bases = List.copyOf(bases);
    this.ownLast = ownLast;
    this.conditions = List.copyOf(conditions);
    this.mutations = List.copyOf(mutations);
  }

  /**
   * Every distinct position the transaction read from. One above the head, or with another token
   * there, is <em>diverged</em>; one that the history no longer reaches is a <em>conflict</em>.
   */
  public List<Position> bases() {
    return bases;
  }

  /**
   * The last commit that this process knows to be its own. Above the head or with another token it
   * is <em>diverged</em>, so that a writer who reads nothing notices a lost history too; one that
   * the history no longer reaches proves nothing and is passed over.
   */
  public Optional<Position> ownLast() {
    return Optional.ofNullable(ownLast);
  }

  /** What must be true at the moment of the commit. */
  public List<Condition> conditions() {
    return conditions;
  }

  /** What is written: at most one for a key, in ascending key order; empty for a pure reader. */
  public List<Mutation> mutations() {
    return mutations;
  }
}
