package io.holdfast.migrate;

import java.util.UUID;

/**
 * What stands in the place of a release's version in a database that is being filled. SPIRE parses
 * that version before anything else, so no server starts on the database and none changes it.
 */
final class UnfinishedMark {
  private static final String PREFIX = "holdfast-unfinished-";

  private UnfinishedMark() {}

  /** The mark of one run, unlike that of any other. */
  static String draw() {
    return PREFIX + UUID.randomUUID();
  }

  /** Whether a database that calls this its release is being filled, or was left unfinished. */
  static boolean is(String codeVersion) {
    return codeVersion != null && codeVersion.startsWith(PREFIX);
  }
}
