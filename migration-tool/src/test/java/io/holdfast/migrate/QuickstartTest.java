package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class QuickstartTest {
  @TempDir Path folder;

  @Test
  void doesEachStepAndLeavesNothing() throws Exception {
    Set<Long> processes = children();
    Path keep = folder.resolve("kept");
    Run run = Run.of("quickstart", "--questions=20000", "--keep=" + keep);
    assertEquals(0, run.exit(), run.err());
    List<String> steps = run.out().lines().filter(line -> line.matches("\\d\\. \\[.*")).toList();
    assertEquals(7, steps.size(), run.out());
    assertTrue(run.out().contains("Migrated 18,105 items"), run.out());
    assertTrue(run.out().contains("Answered 20,000 times"), run.out());
    assertTrue(run.out().contains("ALERT: drift VALUE of (1, \"entry\", "), run.out());
    assertTrue(run.out().contains("Memory had admin=false, the database has admin=true"));
    Set<Long> left = children();
    left.removeAll(processes); // of which some may have ended meanwhile
    assertEquals(Set.of(), left);
    assertTrue(Files.exists(keep.resolve("fleet.db")));
    assertIsRefused(keep);
  }

  /** A folder that somebody uses is left alone. */
  private static void assertIsRefused(Path keep) throws Exception {
    var before = LegacyFixture.contents(keep);
    Run again = Run.of("quickstart", "--keep=" + keep);
    assertEquals(ExitCode.USAGE.number(), again.exit());
    assertEquals(1, again.errorLines().size(), again.err());
    assertTrue(again.err().contains(keep.toString()), again.err());
    assertEquals("", again.out());
    assertEquals(before, LegacyFixture.contents(keep));
  }

  @Test
  void worksInAFolderOfItsOwnThatIsGoneAfterwards() throws Exception {
    try (Child child = Child.start(folder, "quickstart", "--questions=100")) {
      assertEquals(0, child.exit(), child.err());
      assertFalse(child.out().contains("left in"), child.out());
      assertEquals(List.of(), Run.errorLines(child.err()));
    }
    assertEquals(Map.of(), LegacyFixture.contents(folder));
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of(), left.filter(file -> file.toString().contains("holdfast")).toList());
    }
  }

  @Test
  void leavesNothingWhenItIsToldToEnd() throws Exception {
    long meanwhile = 0;
    int exit = 0;
    // One that has ended before it could be told is started again.
    for (int attempt = 0; attempt < 10 && (exit == 0 || meanwhile == 0); attempt++) {
      try (Child child = Child.start(folder, "quickstart")) {
        while (!child.out().contains("Migrated") && child.runsOn()) {
          // runsOn() waits a little
        }
        meanwhile = folders();
        child.terminate();
        exit = child.exit();
      }
      assertEquals(0, folders(), "when it has ended");
    }
    assertEquals(1, meanwhile, "while it runs");
    assertEquals(143, exit);
  }

  private long folders() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().contains("holdfast-quickstart")).count();
    }
  }

  private static Set<Long> children() {
    return ProcessHandle.current().children().map(ProcessHandle::pid).collect(Collectors.toSet());
  }
}
