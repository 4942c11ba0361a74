package io.holdfast.campaign;

import io.holdfast.store.StoreException;

/** How an operation ended. */
enum Outcome {
  /** Acknowledged, or for a reader proven, at a position. */
  COMMITTED,
  /** Refused: somebody changed what it relied on. */
  CONFLICT,
  /** The store said: not done in time, and never will be. */
  TIMEOUT,
  /** The store said: interrupted, not done, and never will be. */
  INTERRUPTED,
  /** The store said: no answer for now; not done. */
  UNAVAILABLE,
  /** The store said: not the history that was followed; not done. */
  DIVERGED,
  /** Any other exception; not done. */
  REFUSED,
  /** Gave up, or could not read, before it sent a commit. */
  NOT_SENT,
  /** The store said that it does not know. */
  UNKNOWN,
  /** The process was killed before there was an answer. Never logged. */
  KILLED;

  /** What a commit that threw this has come to. */
  static Outcome of(StoreException e) {
    if (e instanceof StoreException.Conflict) {
      return CONFLICT;
    } else if (e instanceof StoreException.UnknownOutcome) {
      return UNKNOWN;
    } else if (e instanceof StoreException.Timeout) {
      return TIMEOUT;
    } else if (e instanceof StoreException.Interrupted) {
      return INTERRUPTED;
    } else if (e instanceof StoreException.Unavailable) {
      return UNAVAILABLE;
    } else if (e instanceof StoreException.Diverged) {
      return DIVERGED;
    }
    return REFUSED;
  }

  /** Whether a store may answer so when nothing is wrong but servers, network and time. */
  boolean isTrouble() {
    return this == TIMEOUT || this == INTERRUPTED || this == UNAVAILABLE || this == UNKNOWN;
  }

  /** Whether it may or may not be in the history. */
  boolean isOpen() {
    return this == UNKNOWN || this == KILLED;
  }
}
