package io.holdfast.migrate;

import static java.util.Objects.requireNonNull;

/**
 * A migration that cannot start or go on.
 *
 * <p>The message is one line: what is wrong, with which file or store, and what to do about it. It
 * never holds passwords or tokens. Each {@link Kind} ends the process with an exit code of its own.
 */
final class MigrationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final Kind kind;

  MigrationException(Kind kind, String message) {
    this(kind, message, null);
  }

  MigrationException(Kind kind, String message, Throwable cause) {
    super(message.replaceAll("\\s*\\R\\s*", " "), cause);
    this.kind = requireNonNull(kind);
  }

  Kind kind() {
    return kind;
  }

  /** What went wrong; 10 to 19 concern the source, 20 to 29 the target, 30 and up the outcome. */
  enum Kind {
    /** The source's URL is none that can be read. */
    SOURCE_URL(10),
    /** There is nothing under the source's name. */
    SOURCE_MISSING(11),
    /** The file is no database. */
    SOURCE_NOT_A_DATABASE(12),
    /** A database, but without SPIRE's tables. */
    SOURCE_NOT_SPIRE(13),
    /** SPIRE's tables in a version that this release does not read. */
    SOURCE_VERSION(14),
    /** Another process kept the source locked for longer than the wait. */
    SOURCE_LOCKED(15),
    /** The source is damaged, or may not be read. */
    SOURCE_UNREADABLE(16),
    /** Somebody changed the source in a way that what was read may be torn. */
    SOURCE_CHANGED(17),
    /** The source's server does not answer. */
    SOURCE_UNAVAILABLE(18),
    /** The source's server does not let the user read. */
    SOURCE_ACCESS_DENIED(19),
    /** The target already holds records. */
    TARGET_NOT_EMPTY(20),
    /** The target cannot be opened or written. */
    TARGET_UNUSABLE(21),
    /** Some records are larger than the target takes, or refused by it; the others are there. */
    RECORDS_TOO_LARGE(22),
    /** Another process keeps the target in step with a source. */
    FOLLOWED_ELSEWHERE(23),
    /** The target is kept in step with another source. */
    FOLLOWS_ANOTHER(24),
    /** The target holds what an earlier run did not finish. */
    TARGET_UNFINISHED(25),
    /** The target does not hold what the source holds. */
    VERIFY_FAILED(30),
    /** A store answers otherwise than its source. */
    DIFFERENT(33);

    private final int exitCode;

    Kind(int exitCode) {
      this.exitCode = exitCode;
    }

    /** Exit code of the process, from 10 to 39; no two kinds share one. */
    int exitCode() {
      return exitCode;
    }
  }
}
