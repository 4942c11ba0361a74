package io.holdfast.datastore;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.store.StoreException;
import org.junit.jupiter.api.function.Executable;

/** Calls that are given little time, on a machine that may be held up at any moment. */
final class Hurried {
  private static final int ATTEMPTS = 10;

  private Hurried() {}

  /**
   * What a call is refused with. A conflict or a timeout says that nothing was written: where
   * something else is expected, the time was over before it could come to that, and the call is
   * made again.
   */
  static <E extends RuntimeException> E refused(Class<E> expected, Executable call) {
    for (int attempt = 1; ; attempt++) {
      RuntimeException refusal = assertThrows(RuntimeException.class, call);
      boolean hadNoTime =
          refusal instanceof StoreException.Timeout || refusal instanceof StoreException.Conflict;
      if (expected.isInstance(refusal) || !hadNoTime || attempt == ATTEMPTS) {
        return assertInstanceOf(expected, refusal);
      }
    }
  }
}
