package io.holdfast.campaign;

/** What an operation is about. */
enum Kind {
  /** Fills the store before the clients begin. */
  SETUP,
  /** Writes registers without looking. */
  PUT,
  /** Counts a register up. */
  INCREMENT,
  /** Appends to a list. */
  APPEND,
  /** Moves an amount between accounts that it reads. */
  TRANSFER,
  /** Moves an amount between accounts as the mirror has them, in one round trip. */
  CACHED_TRANSFER,
  /** Reads two registers and writes one of them. */
  SKEW,
  /** Reads a range of items and inserts one or deletes one, so that the number stays small. */
  RESTOCK,
  /** Counts a range of items and writes the number. */
  COUNT,
  /** Creates a key if it is absent. */
  CREATE,
  /** Writes a key if it is as it was. */
  SWAP,
  /** Inserts into a range if it is empty. */
  CLAIM,
  /** Deletes a key that is there. */
  DELETE,
  /** Deletes keys that may be there or not. */
  BLIND_DELETE,
  /** Deletes a key and creates another, as one move. */
  MOVE,
  /** Deletes what a range holds. */
  CLEAR,
  /** A transaction that only reads. */
  READ_ONLY,
  /** One page of a range, without a transaction. */
  PAGE,
  /** All accounts in the mirror, as new as the store. */
  LINEARIZABLE_SNAPSHOT,
  /** All accounts in the mirror, as it has them. */
  CACHED_SNAPSHOT,
  /** The last commit, for which all watchers wait. */
  MARKER;

  /** Whether it must see all that was acknowledged before it began. */
  boolean isFresh() {
    return this != CACHED_SNAPSHOT;
  }
}
