package io.holdfast.migrate;

/** A migration that failed after it had begun to write; its cause says why. */
final class IncompleteTargetException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private IncompleteTargetException(String target, String remedy, RuntimeException cause) {
    super(
        cause.getMessage() + "; " + target + " is left marked as incomplete: mend this, " + remedy,
        cause);
  }

  /** Of a store, into which a run can go on. */
  static IncompleteTargetException ofStore(String target, RuntimeException cause) {
    return new IncompleteTargetException(
        target,
        "then run again, which goes on from there, or with --start-over from the beginning",
        cause);
  }

  /** Of a database of SPIRE's, which is filled whole or not at all. */
  static IncompleteTargetException ofDatabase(String target, RuntimeException cause) {
    return new IncompleteTargetException(target, "then run again with --start-over", cause);
  }
}
