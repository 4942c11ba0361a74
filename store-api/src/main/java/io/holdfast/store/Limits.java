package io.holdfast.store;

/**
 * What a store takes, checked before anything is sent and with the same exception on every store.
 *
 * @param keyBytesMax the longest key, in bytes
 * @param valueBytesMax the longest value, in bytes
 * @param operationsMax how many keys one transaction may write, and how many conditions (keys and
 *     ranges it read or expects) it may have
 * @param transactionBytesMax keys and values that one transaction writes, together, in bytes
 * @param pageEntriesMax the most entries of one page
 * @param pageBytesMax keys and values of one page, in bytes; a page holds at least one entry
 */
public record Limits(
    int keyBytesMax,
    int valueBytesMax,
    int operationsMax,
    int transactionBytesMax,
    int pageEntriesMax,
    int pageBytesMax) {

  /** Checks that every bound is positive. */
  public Limits {
    if (Math.min(Math.min(keyBytesMax, valueBytesMax), operationsMax) < 1
        || Math.min(Math.min(transactionBytesMax, pageEntriesMax), pageBytesMax) < 1) {
      throw new IllegalArgumentException("limits are positive");
    }
  }

  void checkKey(Key key) {
    if (key.length() > keyBytesMax) {
      throw new StoreException.LimitExceeded(
          "key " + key + " has " + key.length() + " bytes; this store takes " + keyBytesMax);
    }
  }

  void checkValue(Key key, byte[] value) {
    if (value.length > valueBytesMax) {
      throw new StoreException.LimitExceeded(
          "value of " + key + " has " + value.length + " bytes; this store takes " + valueBytesMax);
    }
  }

  void checkCommit(CommitRequest request) {
    int operations = Math.max(request.mutations().size(), request.conditions().size());
    if (operations > operationsMax) {
      throw new StoreException.LimitExceeded(
          "a transaction of "
              + request.mutations().size()
              + " writes and "
              + request.conditions().size()
              + " conditions; this store takes "
              + operationsMax
              + " of each: split it, or delete large ranges with deletePaged");
    }
    long bytes = request.mutations().stream().mapToLong(Mutation::bytes).sum();
    if (bytes > transactionBytesMax) {
      throw new StoreException.LimitExceeded(
          "a transaction of " + bytes + " bytes; this store takes " + transactionBytesMax);
    }
  }
}
