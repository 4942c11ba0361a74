package io.holdfast.testbed;

/** A server could not be started or told; the message says what was tried and what to do. */
public final class TestbedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  TestbedException(String message) {
    super(message);
  }

  TestbedException(String message, Throwable cause) {
    super(message, cause);
  }
}
