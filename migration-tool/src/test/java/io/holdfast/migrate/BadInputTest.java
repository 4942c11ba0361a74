package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each bad input ends with one clear line and its own exit code, and nothing is half written. */
final class BadInputTest {
  @TempDir Path folder;
  private Path source;

  @BeforeEach
  void unpack() throws Exception {
    source = LegacyFixture.unpack("migrated", folder);
  }

  private String target() {
    return "sqlite:" + folder.resolve("target.db");
  }

  /** Runs a migration that is refused, and sees that it left everything as it was. */
  private void assertRefused(ExitCode expected, String where, String from, String to)
      throws Exception {
    Map<String, Integer> before = LegacyFixture.contents(folder);
    Run run = Run.of("migrate", "legacy", "--from", from, "--to", to, "--lock-wait=100ms");
    assertEquals(expected.number(), run.exit(), run.err());
    assertEquals(1, run.errorLines().size(), run.err());
    assertTrue(run.err().startsWith("holdfast: "), run.err());
    assertTrue(run.err().contains(where), run.err());
    assertEquals("", run.out());
    assertEquals(before, LegacyFixture.contents(folder));
  }

  private void assertSourceRefused(ExitCode expected, Path file) throws Exception {
    assertRefused(expected, file.toString(), "jdbc:sqlite:" + file, target());
    Run dry = Run.of("migrate", "legacy", "--from=jdbc:sqlite:" + file, "--dry-run");
    if (expected != ExitCode.SOURCE_LOCKED) {
      assertEquals(expected.number(), dry.exit(), dry.err());
    }
  }

  private void assertTargetRefused(ExitCode expected, String where, String url) throws Exception {
    assertRefused(expected, where, "jdbc:sqlite:" + source, url);
  }

  @Test
  void missingSource() throws Exception {
    assertSourceRefused(ExitCode.SOURCE_MISSING, folder.resolve("nothing.db"));
  }

  @Test
  void sourceWithOptions() throws Exception {
    assertRefused(
        ExitCode.SOURCE_MISSING,
        "takes no options",
        "jdbc:sqlite:" + source + "?mode=ro",
        target());
  }

  @Test
  void sourceThatIsNoDatabase() throws Exception {
    assertSourceRefused(
        ExitCode.SOURCE_NOT_A_DATABASE,
        Files.writeString(folder.resolve("text.db"), "x".repeat(5000)));
  }

  @Test
  void sourceThatIsNotSpires() throws Exception {
    Path file = folder.resolve("other.db");
    LegacyFixture.change(file, "CREATE TABLE orders (id INTEGER PRIMARY KEY)");
    assertSourceRefused(ExitCode.SOURCE_NOT_SPIRE, file);
  }

  @Test
  void sourceOfALaterSchema() throws Exception {
    LegacyFixture.change(source, "UPDATE migrations SET version = 26");
    assertSourceRefused(ExitCode.SOURCE_VERSION, source);
  }

  @Test
  void sourceWhoseVersionIsNoNumber() throws Exception {
    for (String version : new String[] {"'newest'", "NULL", "25.5", "x'3235'"}) {
      LegacyFixture.change(source, "UPDATE migrations SET version = " + version);
      assertSourceRefused(ExitCode.SOURCE_NOT_SPIRE, source);
    }
    LegacyFixture.change(source, "UPDATE migrations SET version = 4294967296 + 25");
    assertSourceRefused(ExitCode.SOURCE_VERSION, source);
  }

  @Test
  void sourceWithTextsInUtf16() throws Exception {
    Path file = folder.resolve("wide.db");
    LegacyFixture.change(
        file, "PRAGMA encoding = 'UTF-16'", "CREATE TABLE migrations (id INTEGER, version TEXT)");
    assertSourceRefused(ExitCode.SOURCE_UNREADABLE, file);
  }

  @Test
  void lockedSource() throws Exception {
    try (OtherProcess other = new OtherProcess(source)) {
      other.execute("PRAGMA locking_mode = EXCLUSIVE");
      other.execute("BEGIN EXCLUSIVE");
      Run run =
          Run.of(
              "migrate",
              "legacy",
              "--from=jdbc:sqlite:" + source,
              "--to=" + target(),
              "--lock-wait=100ms");
      assertEquals(ExitCode.SOURCE_LOCKED.number(), run.exit(), run.err());
      assertEquals(1, run.errorLines().size(), run.err());
      assertTrue(run.err().contains(source.toString()), run.err());
      assertFalse(Files.exists(folder.resolve("target.db")));
    }
  }

  @Test
  void sourceOfAnotherKind() throws Exception {
    assertRefused(
        ExitCode.SOURCE_URL, "jdbc:mysql", "jdbc:mysql://spire:secret@db/spire", target());
  }

  @Test
  void targetOfAnUnknownScheme() throws Exception {
    assertTargetRefused(ExitCode.STORE_URL, "nosuch", "nosuch://me:secret@db/fleet");
  }

  @Test
  void targetThatIsNoUrl() throws Exception {
    assertTargetRefused(ExitCode.STORE_URL, "store URL", "fleet");
  }

  @Test
  void targetWithAnUnknownOption() throws Exception {
    assertTargetRefused(ExitCode.STORE_URL, "colour", target() + "?colour=red");
  }

  @Test
  void twoProvidersForOneScheme() throws Exception {
    assertTargetRefused(ExitCode.STORE_SEVERAL_PROVIDERS, "TwiceOne", "twice:fleet");
  }

  @Test
  void targetInAFolderThatIsNotThere() throws Exception {
    assertTargetRefused(
        ExitCode.STORE_NOT_FOUND, "nowhere", "sqlite:" + folder.resolve("nowhere/target.db"));
  }

  @Test
  void targetThatIsNoStore() throws Exception {
    Path text = Files.writeString(folder.resolve("text.db"), "x".repeat(5000));
    assertTargetRefused(ExitCode.STORE_NOT_A_STORE, text.toString(), "sqlite:" + text);
  }

  @Test
  void targetThatIsTheSource() throws Exception {
    assertTargetRefused(ExitCode.TARGET_UNUSABLE, source.toString(), "sqlite:" + source);
    Path link = Files.createSymbolicLink(folder.resolve("link.db"), source);
    assertTargetRefused(ExitCode.TARGET_UNUSABLE, link.toString(), "sqlite:" + link);
  }

  @Test
  void targetThatHoldsData() throws Exception {
    try (Store store = Store.open("memory:taken")) {
      store.put(Key.of("somebody", "else"), new byte[] {1});
      assertTargetRefused(ExitCode.TARGET_NOT_EMPTY, "memory:taken", "memory:taken");
      assertEquals(1, store.count(KeyRange.all()));
    }
  }

  @Test
  void startingOverDoesNotEmptyAStoreThatIsInUse() throws Exception {
    try (Store store = Store.open("memory:in-use")) {
      store.put(Key.of("somebody", "else"), new byte[] {1});
      Run run =
          Run.of(
              "migrate",
              "legacy",
              "--from=jdbc:sqlite:" + source,
              "--to=memory:in-use",
              "--start-over");
      assertEquals(ExitCode.TARGET_NOT_EMPTY.number(), run.exit(), run.err());
      assertEquals(1, store.count(KeyRange.all()));
    }
  }

  @Test
  void targetOfANewerVersion() throws Exception {
    Store.open(target()).close();
    LegacyFixture.change(folder.resolve("target.db"), "UPDATE holdfast_meta SET format = 99");
    assertTargetRefused(ExitCode.STORE_NEWER_FORMAT, "target.db", target());
  }
}
