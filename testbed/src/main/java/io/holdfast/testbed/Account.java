package io.holdfast.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Who runs the servers: the user of this JVM, or {@code nobody} if that is root. */
final class Account {
  private static final String UNPRIVILEGED = "nobody";
  private static final Once<String> GROUP =
      new Once<>(() -> Command.of("id", "-g", UNPRIVILEGED).run().strip());

  private Account() {}

  static boolean isRoot() {
    return System.getProperty("user.name").equals("root");
  }

  /**
   * What goes in front of a server's command line. PostgreSQL refuses to run as root. setpriv
   * becomes the server itself, so that the process we start is the one to kill.
   */
  static List<String> prefix() {
    return isRoot()
        ? List.of(
            "setpriv", "--reuid=" + UNPRIVILEGED, "--regid=" + GROUP.get(), "--clear-groups", "--")
        : List.of();
  }

  /** Makes the servers' account the owner of a file. */
  static void give(Path file) throws IOException {
    if (isRoot()) {
      var users = file.getFileSystem().getUserPrincipalLookupService();
      Files.setOwner(file, users.lookupPrincipalByName(UNPRIVILEGED));
    }
  }
}
