package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class HoldfastTest {
  @Test
  void helpListsCommandsAndExitCodes() {
    Run help = Run.of("--help");
    assertEquals(0, help.exit());
    assertTrue(help.out().contains("migrate"), help.out());
    for (ExitCode code : ExitCode.values()) {
      Pattern line = Pattern.compile("(?m)^\\s+" + code.number() + "\\s+\\S+");
      assertTrue(line.matcher(help.out()).find(), () -> code + " in " + help.out());
    }
  }

  @Test
  void exitCodesAreDistinct() {
    long distinct = Arrays.stream(ExitCode.values()).map(ExitCode::number).distinct().count();
    assertEquals(ExitCode.values().length, distinct);
  }

  @Test
  void documentationListsTheExitCodes() throws IOException {
    List<String> expected =
        Arrays.stream(ExitCode.values())
            .map(code -> "| %d | %s | %s |".formatted(code.number(), code, code.meaning()))
            .toList();
    List<String> documented =
        Files.readAllLines(Path.of("../docs/cli.md")).stream()
            .filter(line -> line.matches("\\| \\d.*"))
            .toList();
    assertEquals(expected, documented);
  }

  @Test
  void versionIsOneLineOnStdout() {
    Run version = Run.of("--version");
    assertEquals(0, version.exit());
    assertTrue(version.out().startsWith("holdfast "), version.out());
    assertEquals(1, version.out().lines().count());
  }

  @Test
  void wrongArgumentsAreOneLine() {
    for (String[] arguments :
        new String[][] {
          {}, {"migrate"}, {"fly"}, {"migrate", "legacy"}, {"migrate", "legacy", "--output", "xml"}
        }) {
      Run run = Run.of(arguments);
      assertEquals(ExitCode.USAGE.number(), run.exit(), run.err());
      assertEquals(1, run.errorLines().size(), run.err());
      assertTrue(run.err().startsWith("holdfast: "), run.err());
      assertEquals("", run.out());
    }
  }

  @Test
  void aMistypedArgumentIsNamedWithWhatItMayMean() {
    assertEquals(
        List.of(
            "holdfast: holdfast migrate legacy has no option '--frm'; did you mean --from;"
                + " try holdfast migrate legacy --help"),
        Run.of("migrate", "legacy", "--frm", "jdbc:sqlite:x", "--to", "memory:x").errorLines());
    assertEquals(
        List.of(
            "holdfast: holdfast cannot do anything with 'quickstrat'; did you mean quickstart;"
                + " try holdfast --help"),
        Run.of("quickstrat").errorLines());
  }

  @Test
  void aWrongArgumentDoesNotShowItsPassword() {
    Run run = Run.of("migrate", "jdbc:mysql://spire:top secret@db/spire");
    assertEquals(ExitCode.USAGE.number(), run.exit());
    assertFalse(run.err().contains("secret"), run.err());
    assertTrue(run.err().contains("db/spire"), run.err());
  }
}
