package io.holdfast.datastore;

import io.holdfast.store.StoreException;

/** Says what a store said, but without its words: they name keys, and the key may be a secret. */
final class SecretKeys {
  private static final String WHERE = " in a commit with items whose ids are secret";

  private SecretKeys() {}

  /** An exception of the same kind; the same one where its kind is about no key. */
  static StoreException withoutKeys(StoreException e) {
    if (e instanceof StoreException.Conflict conflict) {
      return new StoreException.Conflict(
          "something that was relied on is no longer true" + WHERE, conflict.waitFor());
    }
    if (e instanceof StoreException.LimitExceeded) {
      return new StoreException.LimitExceeded("more than this store takes" + WHERE);
    }
    if (e instanceof StoreException.Timeout) {
      return new StoreException.Timeout("the deadline has passed" + WHERE);
    }
    if (e instanceof StoreException.UnknownOutcome) {
      return new StoreException.UnknownOutcome("nobody can tell whether it happened" + WHERE, null);
    }
    return e;
  }
}
