package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.StoredItems;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A migration that dies or fails leaves a target that nobody can take for a whole one. */
final class UnfinishedMigrationTest {
  private static final long BYTES_BEFORE_KILL = 8_000_000;

  @TempDir Path folder;

  @Test
  void killedMigrationGoesOnWhereItEnded() throws Exception {
    Path source = LegacyFixture.unpack("fleet", folder);
    Path target = Files.createDirectory(folder.resolve("target")).resolve("fleet.db");
    kill(source, target);
    String url = "sqlite:" + target;
    assertUnusable(url);
    Run again = migrate(source, url);
    assertEquals(0, again.exit(), again.err());
    assertTrue(again.err().contains("holdfast: going on after "), again.err());
    assertHoldsTheFleet(url);
  }

  @Test
  void killedMigrationCanBeStartedOver() throws Exception {
    Path source = LegacyFixture.unpack("fleet", folder);
    Path target = Files.createDirectory(folder.resolve("target")).resolve("fleet.db");
    kill(source, target);
    String url = "sqlite:" + target;
    Run again = migrate(source, url, "--start-over");
    assertEquals(0, again.exit(), again.err());
    assertEquals(List.of(), again.errorLines());
    assertHoldsTheFleet(url);
  }

  @Test
  void migrationOfAnotherStateOfTheSourceDoesNotGoOn() throws Exception {
    Path source = LegacyFixture.unpack("fleet", folder);
    Path target = Files.createDirectory(folder.resolve("target")).resolve("fleet.db");
    kill(source, target);
    LegacyFixture.change(source, "INSERT INTO join_tokens (token, expiry) VALUES ('late', 1)");
    Run refused = migrate(source, "sqlite:" + target);
    assertEquals(ExitCode.STORE_INCOMPLETE.number(), refused.exit(), refused.err());
    assertEquals(1, refused.errorLines().size(), refused.err());
    assertTrue(refused.err().contains("--start-over"), refused.err());
    assertEquals(0, migrate(source, "sqlite:" + target, "--start-over").exit());
  }

  @Test
  void migrationKilledAtTwentyMomentsHoldsEveryRecordOnce() throws Exception {
    long seed = System.nanoTime();
    System.out.println("moments of the kills from seed " + seed);
    Random random = new Random(seed);
    Path source = LegacyFixture.unpack("fleet", folder);
    Path target = Files.createDirectory(folder.resolve("target")).resolve("fleet.db");
    int kills = 0;
    while (kills < 20) {
      try (Child child = start(source, target)) {
        // Most are killed while they write, some before that, some while they check.
        long bytes = size(target.getParent()) + random.nextInt(2_000_000);
        Instant end = Instant.now().plusMillis(500 + random.nextInt(4000));
        while (child.runsOn() && size(target.getParent()) < bytes && Instant.now().isBefore(end)) {
          // runsOn() waits a little
        }
        kills += child.isAlive() ? 1 : 0;
        if (!child.isAlive()) {
          assertEquals(0, child.exit(), child.err());
        }
      }
      // One that had just finished when it was killed has left a whole target as well.
      if (isWhole("sqlite:" + target)) {
        empty(target.getParent());
      }
    }
    Run last = migrate(source, "sqlite:" + target);
    assertEquals(0, last.exit(), last.err());
    assertHoldsTheFleet("sqlite:" + target);
  }

  private static boolean isWhole(String url) {
    try (Store store = Store.open(url)) {
      Datastore.builder(store).types(SpireTypes.all()).open().close();
      return store.count(KeyRange.all()) > 0;
    } catch (StoreException.Unusable unfinished) {
      return false;
    }
  }

  private static void empty(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      files.forEach(file -> assertTrue(file.toFile().delete(), file.toString()));
    }
  }

  private static void assertHoldsTheFleet(String url) throws IOException {
    try (Store store = Store.open(url)) {
      assertEquals(10_000, StoredItems.of(store, SpireTypes.ENTRY).count());
      try (Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
        MigratedTruthTest.assertSame(
            LegacyExpected.lines("fleet"), MigratedTruthTest.records(datastore.snapshot()));
      }
    }
  }

  private Child start(Path source, Path target) throws IOException {
    return Child.start(
        folder, "migrate", "legacy", "--from=jdbc:sqlite:" + source, "--to=sqlite:" + target);
  }

  /**
   * Kills a migration, as kill -9 does, when it has written something and is not finished. One that
   * was finished before it could be killed is begun anew.
   */
  private void kill(Path source, Path target) throws Exception {
    do {
      empty(target.getParent());
      try (Child child = start(source, target)) {
        while (child.runsOn() && size(target.getParent()) < BYTES_BEFORE_KILL) {
          // runsOn() waits a little
        }
        if (!child.isAlive()) {
          assertEquals(0, child.exit(), child.err());
        }
      }
    } while (isWhole("sqlite:" + target));
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
      assertUnusable("memory:brim");
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
      JsonObject error = report.getAsJsonObject("error");
      assertEquals("VERIFY_FAILED", error.get("code").getAsString());
      assertUnusable("memory:leaky");
    }
  }

  @Test
  void itemUnderAnotherKeyThanItsOwnIsNotTakenForIt() throws Exception {
    Path source = LegacyFixture.unpack("migrated", folder);
    try (Store store = Store.open("memory:astray")) {
      Run run = migrate(source, "astray:astray");
      assertEquals(ExitCode.RECORDS.number(), run.exit(), run.err());
      assertEquals(1, run.errorLines().size(), run.err());
      assertUnusable("memory:astray");
      assertTrue(store.count(KeyRange.all()) > 1);
    }
  }

  private static void assertUnusable(String url) {
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
