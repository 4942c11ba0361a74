package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Targets on a full disk and on one that is read-only: in a child process with mounts of its own,
 * so that nothing has to be cleaned up. Where the system does not let us mount, the test says so;
 * {@link UnfinishedMigrationTest} has a stand-in for the full disk.
 */
final class RealDisksTest {
  @TempDir Path folder;
  private Path source;
  private Path disk;

  @BeforeEach
  void unpack() throws Exception {
    source = LegacyFixture.unpack("fleet", folder);
    disk = Files.createDirectory(folder.resolve("disk"));
  }

  @Test
  void fullDisk() throws Exception {
    for (int kilobytes : new int[] {16, 64, 1024}) {
      try (Child child = migrate("size=" + kilobytes + "k", "true")) {
        assertEquals(ExitCode.STORE_FULL.number(), child.exit(), child.err());
        assertOneLine(child, "no room is left");
      }
    }
  }

  @Test
  void readOnlyTarget() throws Exception {
    Files.setPosixFilePermissions(disk, PosixFilePermissions.fromString("r-x------"));
    if (Files.isWritable(disk)) {
      // No permission forbids root anything, but a read-only disk does.
      try (Child child = migrate("size=1m", "mount -o remount,ro " + disk)) {
        assertEquals(ExitCode.STORE_READ_ONLY.number(), child.exit(), child.err());
        assertOneLine(child, "cannot be written");
      }
      return;
    }
    Run run =
        Run.of(
            "migrate",
            "legacy",
            "--from=jdbc:sqlite:" + source,
            "--to=sqlite:" + disk.resolve("target.db"));
    assertEquals(ExitCode.STORE_READ_ONLY.number(), run.exit(), run.err());
    assertEquals(1, run.errorLines().size(), run.err());
    assertTrue(run.err().contains(disk.toString()), run.err());
  }

  private void assertOneLine(Child child, String what) throws IOException {
    assertEquals(1, Run.errorLines(child.err()).size(), child.err());
    assertTrue(child.err().contains(what), child.err());
    assertTrue(child.err().contains(disk.toString()), child.err());
    assertEquals("", child.out());
  }

  /** Starts a migration to a small disk, after a shell command. */
  private Child migrate(String size, String before) throws Exception {
    String mount = "mount -t tmpfs -o " + size + " tmpfs " + disk + " && " + before;
    requireMounts(mount);
    return Child.start(
        List.of("unshare", "-rm", "sh", "-c", mount + " && exec \"$@\"", "sh"),
        List.of(),
        folder,
        "migrate",
        "legacy",
        "--from=jdbc:sqlite:" + source,
        "--to=sqlite:" + disk.resolve("target.db"));
  }

  private static void requireMounts(String mount) throws Exception {
    boolean mounts;
    try {
      mounts =
          new ProcessBuilder("unshare", "-rm", "sh", "-c", mount).inheritIO().start().waitFor()
              == 0;
    } catch (IOException e) {
      mounts = false; // no such command
    }
    if (!mounts) {
      System.err.println("NOT TESTED: targets on real small disks; this system lets us mount none");
      abort("this system lets us mount no disks");
    }
  }
}
