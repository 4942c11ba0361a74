package io.holdfast.cache;

import io.holdfast.store.StoreException;

/** What the log gets of a failure beside the line that tells of it. */
final class Trace {
  private Trace() {}

  /**
   * Where a defect was met; null for what a store is expected to throw, of which the line says
   * enough.
   *
   * @param secret whether its texts may name what nobody is to read
   */
  static Throwable of(Throwable failure, boolean secret) {
    if (failure instanceof StoreException) {
      return null;
    }
    return secret ? new WithoutText(failure) : failure;
  }

  /** The name of a failure and where it was thrown, and nothing of what it says. */
  private static final class WithoutText extends Throwable {
    private static final long serialVersionUID = 1;

    WithoutText(Throwable failure) {
      super(failure.getClass().getName(), null, false, true);
      setStackTrace(failure.getStackTrace());
    }
  }
}
