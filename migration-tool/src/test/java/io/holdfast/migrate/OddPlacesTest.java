package io.holdfast.migrate;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Targets with names that drivers would read otherwise, and results that nobody can read. */
final class OddPlacesTest {
  @TempDir Path folder;

  private static final class FullStream extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      throw new IOException("No space left on device");
    }
  }

  /** A store with SPIRE's records. */
  private String store() throws Exception {
    String store = "sqlite:" + folder.resolve("store.db");
    Path source = LegacyFixture.unpack("migrated", folder);
    Run run = Run.of("migrate", "legacy", "--from=jdbc:sqlite:" + source, "--to=" + store);
    assertEquals(0, run.exit(), run.err());
    return store;
  }

  private static Run back(String store, String target) {
    return Run.of("migrate", "legacy", "--back", "--from=" + store, "--to=" + target);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.db?journal_mode=WAL", "b?x=1&synchronous=off&c", "c;d#e%41 +.db"})
  void theWayBackWritesTheFileThatWasNamed(String name) throws Exception {
    String store = store();
    Path target = folder.resolve(name);
    Map<String, Integer> before = LegacyFixture.contents(folder);
    Run run = back(store, "jdbc:sqlite:" + target);
    assertEquals(0, run.exit(), run.err());
    Map<String, Integer> after = LegacyFixture.contents(folder);
    assertTrue(after.containsKey(name), after.keySet().toString());
    assertEquals(before.size() + 1, after.size(), after.keySet().toString());
  }

  @Test
  void aTargetThatCannotBeOpenedIsNamedInFull() throws Exception {
    String target = "jdbc:sqlite:" + folder.resolve("nowhere/a;b?c.db");
    Run run = back(store(), target);
    assertEquals(ExitCode.TARGET_UNUSABLE.number(), run.exit(), run.err());
    assertTrue(run.err().contains(target), run.err());
  }

  @Test
  void theWayBackIntoTheStoreItselfIsRefused() throws Exception {
    String store = store();
    Map<String, Integer> before = LegacyFixture.contents(folder);
    Run run = back(store, "jdbc:" + store);
    assertEquals(ExitCode.TARGET_UNUSABLE.number(), run.exit(), run.err());
    assertTrue(run.err().contains("is the source itself"), run.err());
    assertEquals(before, LegacyFixture.contents(folder));
  }

  @Test
  void aDryRunRefusesTheSourceAsItsTarget() throws Exception {
    Path source = LegacyFixture.unpack("migrated", folder);
    Run run =
        Run.of(
            "migrate",
            "legacy",
            "--dry-run",
            "--from=jdbc:sqlite:" + source,
            "--to=sqlite:" + source);
    assertEquals(ExitCode.TARGET_UNUSABLE.number(), run.exit(), run.err());
  }

  @Test
  void aSourceInAFolderThatMayNotBeEnteredIsNotTakenForSomethingElse() throws Exception {
    Path closed = Files.createDirectory(folder.resolve("closed"));
    Path source = LegacyFixture.unpack("migrated", closed);
    Files.setPosixFilePermissions(closed, Set.of());
    try {
      assumeFalse(Files.isReadable(source), "runs as root, who may enter");
      Run run = Run.of("migrate", "legacy", "--dry-run", "--from=jdbc:sqlite:" + source);
      assertEquals(ExitCode.SOURCE_UNREADABLE.number(), run.exit(), run.err());
      assertTrue(run.err().contains("may not read " + source), run.err());
    } finally {
      Files.setPosixFilePermissions(closed, PosixFilePermissions.fromString("rwx------"));
    }
  }

  @Test
  void timesOfTheYearZeroComeBack() throws Exception {
    Path source = LegacyFixture.unpack("migrated", folder);
    LegacyFixture.change(
        source, "UPDATE attested_node_entries SET expires_at = '0000-06-01 00:00:00+00:00'");
    try (Store store = Store.open("memory:year-zero")) {
      assertTrue(store.limits().keyBytesMax() > 0);
      String there = "memory:year-zero";
      assertEquals(
          0, Run.of("migrate", "legacy", "--from=jdbc:sqlite:" + source, "--to=" + there).exit());
      Run run = back(there, "jdbc:sqlite:" + folder.resolve("again.db"));
      assertEquals(0, run.exit(), run.err());
      assertTrue(run.out().contains("Nothing was left out."), run.out());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://me:sekret@127.0.0.1:1/spire",
        "jdbc:mysql://me:sek/r@et@127.0.0.1:1/spire",
        "jdbc:mariadb://me:sekret@127.0.0.1:1/spire?useSsl=true"
      })
  void credentialsInFrontOfAHostAreRefusedBeforeAnybodyReadsThemAsOne(String url) throws Exception {
    Run from = Run.of("migrate", "legacy", "--dry-run", "--from=" + url);
    Run to = back(store(), url);
    assertEquals(ExitCode.SOURCE_URL.number(), from.exit(), from.err());
    assertEquals(ExitCode.TARGET_UNUSABLE.number(), to.exit(), to.err());
    for (Run run : List.of(from, to)) {
      assertEquals(1, run.errorLines().size(), run.err());
      assertTrue(run.err().contains("127.0.0.1:1/spire"), run.err());
      assertTrue(run.err().contains("HOLDFAST_FROM_PASSWORD"), run.err());
      assertFalse(run.err().contains("sek"), run.err());
    }
  }

  /** A database's name may have any character, and so may the options behind it. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:postgresql://127.0.0.1:1/a@b",
        "jdbc:postgresql://127.0.0.1:1,127.0.0.1:1/a@b",
        "jdbc:postgresql://127.0.0.1:1,[::1]:1,localhost:1/a@b?connectTimeout=1",
        "jdbc:postgresql://[::1]:1/a@b",
        "jdbc:mariadb://127.0.0.1:1,127.0.0.1:1/a@b?connectTimeout=100"
      })
  void aDatabaseWithAnAtInItsNameIsNotTakenForCredentials(String url) {
    Run run = Run.of("migrate", "legacy", "--dry-run", "--from=" + url);
    assertEquals(ExitCode.SOURCE_UNAVAILABLE.number(), run.exit(), run.err());
  }

  @ParameterizedTest
  @ValueSource(strings = {"sqlite:again.db", "postgresql://db/spire", "again.db", "jdbc:sqlite:"})
  void aTargetOfTheWayBackThatIsNoDatabaseIsNotCalledASource(String url) throws Exception {
    Run run = back(store(), url);
    assertEquals(ExitCode.TARGET_UNUSABLE.number(), run.exit(), run.err());
    assertEquals(1, run.errorLines().size(), run.err());
    assertTrue(run.err().contains("jdbc:sqlite:FILE"), run.err());
    assertFalse(run.err().contains("source"), run.err());
  }

  @Test
  void aMissingFolderForTemporaryFilesIsNotTakenForTheSource() throws Exception {
    Path source = LegacyFixture.unpack("varied-wal", folder);
    Path nowhere = folder.resolve("nowhere");
    try (Child child =
        Child.start(nowhere, "migrate", "legacy", "--dry-run", "--from=jdbc:sqlite:" + source)) {
      assertEquals(ExitCode.FILES.number(), child.exit(), child.err());
      // Newer JVMs warn of it themselves.
      List<String> lines =
          Run.errorLines(child.err()).stream()
              .filter(line -> !line.startsWith("WARNING:"))
              .toList();
      assertEquals(1, lines.size(), child.err());
      assertTrue(lines.get(0).contains("no temporary folder can be made"), lines.get(0));
      assertTrue(lines.get(0).contains(nowhere.toString()), lines.get(0));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"text", "json"})
  void aReportThatCannotBeWrittenIsAnError(String output) throws Exception {
    Path source = LegacyFixture.unpack("migrated", folder);
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    try (Console console = new Console(new FullStream(), err, false)) {
      int exit =
          Holdfast.run(
              console,
              "migrate",
              "legacy",
              "--dry-run",
              "--from=jdbc:sqlite:" + source,
              "--output=" + output);
      assertEquals(ExitCode.FILES.number(), exit);
    }
    List<String> lines = Run.errorLines(err.toString(UTF_8));
    assertEquals(1, lines.size(), lines.toString());
    assertTrue(lines.get(0).startsWith("holdfast: cannot write to stdout"), lines.get(0));
  }

  @Test
  void noMoreRequestsAreServedOnceAnAnswerIsLost() {
    String request =
        "{\"op\":\"CreateBundle\",\"args\":{\"bundle\":{\"trust_domain_id\":\"%s\"}}}\n";
    String lines = request.formatted("spiffe://one") + request.formatted("spiffe://two");
    try (Store store = Store.open("memory:unheard");
        Console console = new Console(new FullStream(), new ByteArrayOutputStream(), false)) {
      var command =
          new SpireExecCommand(
              console, new Stores(), new ByteArrayInputStream(lines.getBytes(UTF_8)));
      CommandLine line = new CommandLine(command);
      line.setExecutionExceptionHandler((e, failed, parsed) -> Failure.code(e).number());
      assertEquals(ExitCode.FILES.number(), line.execute("--store=memory:unheard"));
      try (Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
        assertEquals(1, datastore.snapshot().list(SpireTypes.BUNDLE.all()).size());
      }
    }
  }
}
