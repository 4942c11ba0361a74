package io.holdfast.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The launcher in a directory of its own, with a Java and a Maven that only say how they ran. */
@Timeout(600)
final class LauncherTest {

  private static final String JAVA =
      """
      #!/bin/sh
      if [ "$1" = -version ]; then echo 'openjdk version "%s" 2025-04-15' >&2; exit; fi
      printf '<%%s>' "$@"
      """;
  private static final String MAVEN =
      """
      #!/bin/sh
      echo "[INFO] Building some module 1.0 [1/2]"
      mkdir -p migration-tool/target && echo built >> migration-tool/target/holdfast.jar
      """;

  /** All that the launcher calls; the real Maven and Java are out of its sight. */
  private static final List<String> TOOLS =
      List.of(
          "bash",
          "dirname",
          "find",
          "head",
          "mkdir",
          "readlink",
          "rm",
          "sed",
          "sleep",
          "tail",
          "touch");

  @TempDir Path temporary;
  private Path bin;
  private Path home;
  private Path jar;

  @BeforeEach
  void layOut() throws IOException {
    bin = Files.createDirectory(temporary.resolve("bin"));
    home = Files.createDirectory(temporary.toRealPath().resolve("a clone"));
    jar = home.resolve("migration-tool/target/holdfast.jar");
    Files.createDirectories(home.resolve("migration-tool/src/main"));
    Files.writeString(home.resolve("pom.xml"), "");
    Files.writeString(home.resolve("migration-tool/pom.xml"), "");
    Files.copy(Repository.root().resolve("holdfast"), home.resolve("holdfast"));
    for (String tool : TOOLS) {
      script(tool, "#!/bin/sh\nexec '" + onPath(tool) + "' \"$@\"\n");
    }
    script("java", JAVA.formatted("17.0.15"));
    script("javac", "#!/bin/sh\n");
    script("mvn", MAVEN);
  }

  @Test
  void buildsWhatIsMissingAndPassesTheArgumentsOn() throws Exception {
    Result result = run(home.resolve("holdfast"), "migrate", "two words", "");
    assertEquals("<-jar><" + jar + "><migrate><two words><>", result.out());
    assertTrue(result.err().startsWith("Building holdfast (log: target/"), result.err());
    assertEquals(0, result.exit());
  }

  @Test
  void doesNotBuildWhatIsFresh() throws Exception {
    run(home.resolve("holdfast"));
    Result result = run(home.resolve("holdfast"));
    assertEquals("", result.err());
    assertEquals("built\n", Files.readString(jar));
  }

  @Test
  void buildsAgainWhenASourceIsNewer() throws Exception {
    run(home.resolve("holdfast"));
    Files.setLastModifiedTime(jar, FileTime.from(Instant.EPOCH));
    assertTrue(run(home.resolve("holdfast")).err().contains("Building"));
    assertTrue(Files.getLastModifiedTime(jar).toInstant().isAfter(Instant.EPOCH));
  }

  @Test
  void worksThroughALink() throws Exception {
    Path link = temporary.resolve("bin/link");
    Files.createSymbolicLink(link, Path.of("../a clone/holdfast"));
    assertEquals("<-jar><" + jar + ">", run(link).out());
  }

  @Test
  void showsTheEndOfTheLogWhenTheBuildFails() throws Exception {
    script("mvn", "#!/bin/sh\necho something is wrong\nexit 1\n");
    Result result = run(home.resolve("holdfast"));
    assertEquals(1, result.exit());
    assertEquals("", result.out());
    assertTrue(result.err().contains("something is wrong"), result.err());
    assertTrue(result.err().contains("target/holdfast-build.log"), result.err());
    assertFalse(Files.exists(jar));
  }

  @Test
  void refusesAnOldJavaInOneLine() throws Exception {
    script("java", JAVA.formatted("11.0.2"));
    Result result = run(home.resolve("holdfast"));
    assertEquals("holdfast: Java 17 or newer is needed, and java is 11.\n", result.err());
    assertEquals(1, result.exit());
  }

  @Test
  void saysInOneLineWhatIsNotInstalled() throws Exception {
    Files.delete(bin.resolve("mvn"));
    String withoutMaven = run(home.resolve("holdfast")).err();
    assertTrue(withoutMaven.matches("holdfast: Maven is needed .*\n"), withoutMaven);
    Files.delete(bin.resolve("java"));
    String withoutJava = run(home.resolve("holdfast")).err();
    assertTrue(withoutJava.matches("holdfast: No Java found .*\n"), withoutJava);
  }

  private Result run(Path launcher, String... arguments) throws Exception {
    List<String> command = new ArrayList<>(List.of(bin.resolve("bash").toString()));
    command.add(launcher.toString());
    Collections.addAll(command, arguments);
    Path out = temporary.resolve("out");
    Path err = temporary.resolve("err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(temporary.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", bin.toString());
    Process process = builder.start();
    assertTrue(process.waitFor(120, TimeUnit.SECONDS));
    return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
  }

  private void script(String name, String text) throws IOException {
    Path file = bin.resolve(name);
    Files.writeString(file, text);
    assertTrue(file.toFile().setExecutable(true));
  }

  private static Path onPath(String tool) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .map(directory -> Path.of(directory, tool))
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow();
  }

  private record Result(int exit, String out, String err) {}
}
