package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A migration that dies or fails leaves a target that nobody can take for a whole one. */
final class UnfinishedMigrationTest {
  private static final long BYTES_BEFORE_KILL = 500_000;

  @TempDir Path folder;

  @Test
  void killedMigrationLeavesTheTargetUnusableUntilItIsStartedOver() throws Exception {
    Path source = LegacyFixture.unpack("fleet", folder);
    Path target = Files.createDirectory(folder.resolve("target")).resolve("fleet.db");
    kill(source, target);
    String url = "sqlite:" + target;
    assertUnusable(source, url);
    Run again = migrate(source, url, "--start-over");
    assertEquals(0, again.exit(), again.err());
    try (Store store = Store.open(url);
        Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
      assertEquals(10_000, datastore.items(SpireTypes.ENTRY).count());
    }
  }

  /** Kills a migration, as kill -9 does, when it has written something and is not finished. */
  private void kill(Path source, Path target) throws Exception {
    try (Child child =
        Child.start(
            folder, "migrate", "legacy", "--from=jdbc:sqlite:" + source, "--to=sqlite:" + target)) {
      while (child.runsOn() && size(target.getParent()) < BYTES_BEFORE_KILL) {
        // runsOn() waits a little
      }
      assertTrue(child.isAlive(), child.err());
    }
  }

  private static long size(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.mapToLong(file -> file.toFile().length()).sum();
    }
  }

  @Test
  void fullTargetIsOneLineThatSaysHowToGoOn() throws Exception {
    Path source = LegacyFixture.unpack("fleet", folder);
    try (Store store = Store.open("memory:brim")) {
      Run run = migrate(source, "full:brim");
      assertEquals(ExitCode.STORE_FULL.number(), run.exit(), run.err());
      assertEquals(1, run.errorLines().size(), run.err());
      assertTrue(run.err().contains("full:brim is left marked as incomplete"), run.err());
      assertTrue(run.err().contains("--start-over"), run.err());
      assertUnusable(source, "memory:brim");
      assertTrue(store.count(KeyRange.all()) > 1);
    }
  }

  @Test
  void targetThatDiffersFailsTheVerificationAndStaysUnusable() throws Exception {
    Path source = LegacyFixture.unpack("migrated", folder);
    try (Store store = Store.open("memory:leaky")) {
      assertTrue(store.count(KeyRange.all()) == 0);
      Run run = migrate(source, "lossy:leaky", "--output=json");
      assertEquals(ExitCode.VERIFY_FAILED.number(), run.exit(), run.err());
      assertEquals(1, run.errorLines().size(), run.err());
      JsonObject report = JsonParser.parseString(run.out()).getAsJsonObject();
      assertFalse(report.get("verified").getAsBoolean());
      String differences = report.get("differences").toString();
      assertTrue(differences.contains(" is another one in the target"), differences);
      assertTrue(differences.contains(" is missing in the target"), differences);
      assertTrue(differences.contains("the target has one more at "), differences);
      assertTrue(differences.contains("entry: digest "), differences);
      assertUnusable(source, "memory:leaky");
    }
  }

  @Test
  void itemUnderAnotherKeyThanItsOwnIsNotTakenForIt() throws Exception {
    Path source = LegacyFixture.unpack("migrated", folder);
    try (Store store = Store.open("memory:astray")) {
      Run run = migrate(source, "astray:astray");
      assertEquals(ExitCode.RECORDS.number(), run.exit(), run.err());
      assertEquals(1, run.errorLines().size(), run.err());
      assertUnusable(source, "memory:astray");
      assertTrue(store.count(KeyRange.all()) > 1);
    }
  }

  private static void assertUnusable(Path source, String url) {
    Run run = migrate(source, url);
    assertEquals(ExitCode.STORE_INCOMPLETE.number(), run.exit(), run.err());
    assertEquals(1, run.errorLines().size(), run.err());
    assertTrue(run.err().contains(url) && run.err().contains("--start-over"), run.err());
    try (Store store = Store.open(url)) {
      var refused =
          assertThrows(
              StoreException.Unusable.class,
              () -> Datastore.builder(store).types(SpireTypes.all()).open());
      assertEquals(Reason.INCOMPLETE, refused.reason());
    }
  }

  private static Run migrate(Path source, String url, String... more) {
    String[] first = {"migrate", "legacy", "--from=jdbc:sqlite:" + source, "--to=" + url};
    return Run.of(Stream.concat(Stream.of(first), Stream.of(more)).toArray(String[]::new));
  }
}
