package io.holdfast.migrate;

/** A migration that failed after it had begun to write; its cause says why. */
final class IncompleteTargetException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  IncompleteTargetException(String target, RuntimeException cause) {
    super(
        cause.getMessage()
            + "; "
            + target
            + " is left marked as incomplete: mend this, then run again, which goes on from there,"
            + " or with --start-over from the beginning",
        cause);
  }
}
