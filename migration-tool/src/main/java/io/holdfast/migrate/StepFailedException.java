package io.holdfast.migrate;

/** A step of the quickstart that did not do what it says. */
final class StepFailedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  StepFailedException(String message) {
    super(message);
  }

  /** Throws unless what a step claims is so. */
  static void unless(boolean claim, String message) {
    if (!claim) {
      throw new StepFailedException(message);
    }
  }
}
