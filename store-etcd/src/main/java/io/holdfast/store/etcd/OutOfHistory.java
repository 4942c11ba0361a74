package io.holdfast.store.etcd;

/** A revision that was asked for is compacted, or above the head. */
final class OutOfHistory extends Exception {
  private static final long serialVersionUID = 1;

  private final boolean compacted;

  OutOfHistory(boolean compacted) {
    super(compacted ? "compacted" : "above the head");
    this.compacted = compacted;
  }

  /** Compacted, not above the head. */
  boolean isCompacted() {
    return compacted;
  }
}
