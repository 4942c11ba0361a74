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

  /** What a failure says of itself; its name alone if that is not to be read, or fails as well. */
  static String words(Throwable failure, boolean secret) {
    String name = failure.getClass().getSimpleName();
    try {
      return secret ? name : failure.toString();
    } catch (RuntimeException | Error e) {
      return name;
    }
  }

  /**
   * Logs a failure, if that can be done: who goes on behind the failure must not end because there
   * is no memory to tell it, or because it cannot be put into words.
   */
  static void tell(Runnable log) {
    try {
      log.run();
    } catch (RuntimeException | Error e) {
      // Nobody is left to be told of this.
    }
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
