package io.holdfast.migrate;

import io.holdfast.store.StoreException.Reason;

/** How a command can end; the one list of the process's exit codes. */
enum ExitCode {
  OK(0, "done"),
  INTERNAL(1, "an error in holdfast itself; --debug shows where"),
  USAGE(2, "the command line cannot be understood"),

  SOURCE_URL(10, "the source's URL is none that can be read"),
  SOURCE_MISSING(11, "there is no such source"),
  SOURCE_NOT_A_DATABASE(12, "the source is no database"),
  SOURCE_NOT_SPIRE(13, "the source is not SPIRE's database"),
  SOURCE_VERSION(14, "the source has a schema version that cannot be read"),
  SOURCE_LOCKED(15, "another process keeps the source locked"),
  SOURCE_UNREADABLE(16, "the source is damaged, or may not be read"),
  SOURCE_CHANGED(17, "somebody wrote to the source while it was read"),
  SOURCE_UNAVAILABLE(18, "the source's server does not answer"),
  SOURCE_ACCESS_DENIED(19, "wrong credentials or missing rights for the source"),

  TARGET_NOT_EMPTY(20, "the target already holds data"),
  TARGET_UNUSABLE(21, "the target cannot take the records"),
  RECORDS_TOO_LARGE(
      22, "copied, but for records that are larger than the target takes, or that it refuses"),
  FOLLOWED_ELSEWHERE(23, "another process keeps the store in step with its source"),
  FOLLOWS_ANOTHER(24, "the store is kept in step with another source"),
  TARGET_UNFINISHED(25, "the target holds what a run did not finish"),

  VERIFY_FAILED(30, "the target does not hold what the source holds; it stays unusable"),
  STEP_FAILED(31, "a step of the quickstart did not do what it says"),
  FILES(32, "a file that the command itself needs, or stdout, cannot be read or written"),
  DIFFERENT(33, "the store answers otherwise than its source"),

  STORE_URL(40, "a store's URL is wrong"),
  STORE_NOT_FOUND(41, "the store is not there and cannot be created"),
  STORE_NOT_A_STORE(42, "there is something else in the store's place"),
  STORE_NEWER_FORMAT(43, "a newer version wrote the store"),
  STORE_READ_ONLY(44, "the store cannot be written"),
  STORE_FULL(45, "the store has no room left"),
  STORE_DAMAGED(46, "the store's data contradict themselves"),
  STORE_INCOMPLETE(47, "a load into the store was begun and never finished"),
  STORE_ACCESS_DENIED(48, "wrong credentials or missing rights for the store"),
  STORE_SEVERAL_PROVIDERS(49, "several modules or plugins open the store's URL"),

  STORE_CONFLICT(50, "others changed the store too often meanwhile"),
  STORE_UNKNOWN_OUTCOME(51, "whether the last commit happened could not be found out"),
  STORE_HISTORY_TOO_OLD(52, "the store's history does not reach back far enough"),
  STORE_DIVERGED(53, "the store's history is not the one that was followed"),
  STORE_LIMIT(54, "a key, value or transaction is larger than the store takes"),
  STORE_TIMEOUT(55, "the store did not answer in time"),
  STORE_UNAVAILABLE(56, "the store does not answer for now"),
  STORE_CLOSED(57, "the store was closed while it was used"),
  RECORDS(58, "the records themselves do not allow it"),
  STORE_PLUGIN(59, "a plugin, or the folder of plugins, cannot be loaded"),

  INTERRUPTED(130, "interrupted");

  private final int number;
  private final String meaning;

  ExitCode(int number, String meaning) {
    this.number = number;
    this.meaning = meaning;
  }

  int number() {
    return number;
  }

  /** The rest of a sentence, for people. */
  String meaning() {
    return meaning;
  }

  static ExitCode of(Reason reason) {
    return valueOf("STORE_" + reason.name());
  }

  static ExitCode of(MigrationException.Kind kind) {
    return valueOf(kind.name());
  }
}
