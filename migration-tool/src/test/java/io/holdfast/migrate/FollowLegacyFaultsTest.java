package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.Replica;
import io.holdfast.datastore.ReplicaHeldException;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.FaultProxy;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Followers that die, meet, lose their source, or find that somebody wrote behind their back. */
final class FollowLegacyFaultsTest {
  private static final Duration SELDOM = Duration.ofHours(1);

  @TempDir Path folder;

  @Test
  void eventsAloneBringEntriesAndNodesWithoutAComparison() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("varied", folder);
    String target = "sqlite:" + folder.resolve("target.db");
    try (LiveSpire spire = source.server("one", 7);
        RunningFollower follower = RunningFollower.start(source, target, SELDOM)) {
      follower.awaitComparisons(1);
      String kept = spire.createEntry();
      spire.updateEntry(kept);
      String gone = spire.createEntry();
      spire.commit();
      spire.deleteEntry(gone);
      spire.commit();
      follower.awaitRounds(2);
      assertEquals(1, follower.reports("comparison").size());
    }
    FollowLegacyTest.assertSame(source, target);
  }

  @Test
  void whatWasPlantedBehindItsBackIsToldAndMended() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("varied", folder);
    String target = "sqlite:" + folder.resolve("target.db");
    try (RunningFollower follower = RunningFollower.start(source, target)) {
      follower.awaitComparisons(1);
      try (Store store = Store.open(target);
          Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
        List<RegistrationEntry> entries = datastore.snapshot().list(SpireTypes.ENTRY.all());
        RegistrationEntry planted =
            entries.get(0).toBuilder().setEntryId("planted").setHint("x").build();
        datastore.write(
            tx -> {
              tx.create(SpireTypes.ENTRY, planted);
              tx.update(
                  SpireTypes.ENTRY,
                  entries.get(1).getEntryId(),
                  entry -> entry.toBuilder().setHint("planted").build());
              tx.delete(SpireTypes.ENTRY, entries.get(2).getEntryId());
            });
        follower.awaitInStep();
        assertDifference(follower, "planted", "EXTRA", "[]");
        assertDifference(follower, entries.get(1).getEntryId(), "OTHER", "[\"hint\"]");
        assertDifference(follower, entries.get(2).getEntryId(), "MISSING", "[]");
      }
    }
    FollowLegacyTest.assertSame(source, target);
  }

  private static void assertDifference(
      RunningFollower follower, String id, String kind, String fields) {
    List<JsonObject> told =
        follower.reports("difference").stream()
            .filter(report -> report.get("id").getAsString().equals(id))
            .toList();
    assertEquals(1, told.size(), () -> id + ": " + told);
    assertEquals(kind, told.get(0).get("difference").getAsString());
    assertEquals(fields, told.get(0).get("fields").toString());
    assertTrue(told.get(0).get("missedByEvents").getAsBoolean());
  }

  @Test
  void secondFollowerOfAStoreIsRefused() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("migrated", folder);
    String target = "sqlite:" + folder.resolve("target.db");
    try (RunningFollower follower = RunningFollower.start(source, target, SELDOM);
        Store store = Store.open(target)) {
      follower.awaitComparisons(1);
      Run second = follow(source, target, "--until-in-step");
      assertEquals(ExitCode.FOLLOWED_ELSEWHERE.number(), second.exit(), second.err());
      assertEquals(1, second.errorLines().size(), second.err());
      assertTrue(second.err().contains("--take-over"), second.err());
      assertThrows(
          ReplicaHeldException.class,
          () -> Replica.hold(store, "me", Duration.ofMinutes(1), false));
      follower.awaitRounds(1);
    }
    assertEquals(0, follow(source, target, "--until-in-step").exit());
  }

  @Test
  void followerWhoseStoreWasTakenOverEnds() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("migrated", folder);
    String target = "sqlite:" + folder.resolve("target.db");
    try (Child child = child(source, target);
        LiveSpire spire = source.server("one", 3)) {
      awaitReport(child, "comparison");
      assertEquals(0, follow(source, target, "--until-in-step", "--take-over").exit());
      spire.createEntry();
      spire.commit();
      assertEquals(ExitCode.FOLLOWED_ELSEWHERE.number(), child.exit(), child.err());
    }
  }

  @Test
  void killedFollowerGoesOn() throws Exception {
    long seed = System.nanoTime();
    System.out.println("kills from seed " + seed);
    Random random = new Random(seed);
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("varied", folder);
    String target = "sqlite:" + folder.resolve("target.db");
    try (LiveSpire spire = source.server("one", seed)) {
      for (int kill = 0; kill < 5; kill++) {
        try (Child child = child(source, target, "--take-over", "--compare-every=1s")) {
          Instant end = Instant.now().plusMillis(500 + random.nextInt(4000));
          while (child.runsOn() && Instant.now().isBefore(end)) {
            spire.write();
          }
          assertTrue(child.isAlive(), child.err());
        }
      }
    }
    Run last = follow(source, target, "--take-over", "--until-in-step");
    assertEquals(0, last.exit(), last.err());
    FollowLegacyTest.assertSame(source, target);
  }

  @Test
  @Timeout(600)
  void differencesAreComparedAgainAtOnceUntilItIsInStep() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("varied", folder);
    String target = "sqlite:" + folder.resolve("target.db");
    assertEquals(0, follow(source, target, "--until-in-step").exit());
    try (Store store = Store.open(target);
        Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
      RegistrationEntry entry = datastore.snapshot().list(SpireTypes.ENTRY.all()).get(0);
      datastore.items(SpireTypes.ENTRY).delete(entry.getEntryId());
    }
    Run again = follow(source, target, "--until-in-step", "--compare-every=60m");
    assertEquals(0, again.exit(), again.err());
    FollowLegacyTest.assertSame(source, target);
  }

  @Test
  void sigtermEndsItInGoodOrderAndGivesTheStoreFree() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("migrated", folder);
    String target = "sqlite:" + folder.resolve("target.db");
    try (Child child = child(source, target)) {
      awaitReport(child, "comparison");
      child.terminate();
      child.exit();
      String last = child.out().lines().reduce((one, next) -> next).orElseThrow();
      JsonObject report = JsonParser.parseString(last).getAsJsonObject();
      assertEquals("end", report.get("report").getAsString());
      assertEquals("told to end", report.get("reason").getAsString());
    }
    try (Store store = Store.open(target)) {
      Instant begin = Instant.now();
      Replica.hold(store, "next", Duration.ofMinutes(1), false).close();
      assertTrue(Instant.now().isBefore(begin.plusSeconds(30)));
    }
  }

  @Test
  void sourceAndTargetMayBeAwayForAWhile() throws Exception {
    Database spires = LegacyServers.PG.load("varied");
    Database ours = LegacyServers.PG.fresh();
    try (FaultProxy toSource = FaultProxy.to(spires.host(), spires.port());
        FaultProxy toTarget = FaultProxy.to(ours.host(), ours.port())) {
      var source =
          new LegacySourceCase.Live(
              toSource.through(spires).jdbcUrl(), spires.user(), spires.password());
      var direct = new LegacySourceCase.Live(spires.jdbcUrl(), spires.user(), spires.password());
      String target = url(toTarget.through(ours)) + "?timeout=2s";
      try (LiveSpire spire = direct.server("one", 5);
          RunningFollower follower = RunningFollower.start(source, target)) {
        follower.awaitComparisons(1);
        for (FaultProxy proxy : List.of(toSource, toTarget)) {
          int before = follower.reports("retry").size();
          proxy.refuse();
          proxy.strike(FaultProxy.Direction.TO_SERVER, FaultProxy.Fault.CUT);
          for (int i = 0; i < 20; i++) {
            spire.write();
          }
          follower.await(() -> follower.reports("retry").size() > before);
          proxy.heal();
        }
        follower.awaitInStep();
      }
      FollowLegacyTest.assertSame(direct, url(ours));
    }
  }

  private static String url(Database database) {
    return "postgresql://%s:%s@%s:%d/%s"
        .formatted(
            database.user(),
            database.password(),
            database.host(),
            database.port(),
            database.name());
  }

  @Test
  void storeWithRecordsOfItsOwnIsRefused() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("migrated", folder);
    String target = "sqlite:" + folder.resolve("target.db");
    try (Store store = Store.open(target);
        Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
      datastore.write(
          tx ->
              tx.create(
                  SpireTypes.ENTRY, RegistrationEntry.newBuilder().setEntryId("own").build()));
    }
    Run run = follow(source, target, "--until-in-step");
    assertEquals(ExitCode.TARGET_NOT_EMPTY.number(), run.exit(), run.err());
    assertEquals(1, run.errorLines().size(), run.err());
  }

  @Test
  void storeOfAnotherSourceIsRefused() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("migrated", folder);
    LegacySourceCase.Live other = LegacySourceCase.SQLITE.load("migrated", folder);
    String target = "sqlite:" + folder.resolve("target.db");
    assertEquals(0, follow(source, target, "--until-in-step").exit());
    Run run = follow(other, target, "--until-in-step", "--output=json");
    assertEquals(ExitCode.FOLLOWS_ANOTHER.number(), run.exit(), run.err());
    assertTrue(run.out().contains("\"code\":\"FOLLOWS_ANOTHER\""), run.out());
    assertEquals(0, follow(other, target, "--until-in-step", "--take-over").exit());
  }

  @Test
  void sourceItselfAndWrongUrlsAreRefused() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("migrated", folder);
    Path file = LegacyDatabase.path(source.url());
    Run same = follow(source, "sqlite:" + file);
    assertEquals(ExitCode.TARGET_UNUSABLE.number(), same.exit(), same.err());
    String target = "sqlite:" + folder.resolve("target.db");
    Run missing = Run.of("follow", "legacy", "--from=jdbc:sqlite:" + file + "x", "--to=" + target);
    assertEquals(ExitCode.SOURCE_MISSING.number(), missing.exit(), missing.err());
    assertEquals(1, missing.errorLines().size(), missing.err());
    Run wrong = follow(source, "nothing:at-all");
    assertEquals(ExitCode.STORE_URL.number(), wrong.exit(), wrong.err());
    Run usage = follow(source, target, "--poll=soon");
    assertEquals(ExitCode.USAGE.number(), usage.exit(), usage.err());
    assertFalse(Run.of("follow").err().isEmpty());
  }

  private static Run follow(LegacySourceCase.Live source, String target, String... more) {
    return Run.of(arguments(source, target, more).toArray(String[]::new));
  }

  private static List<String> arguments(
      LegacySourceCase.Live source, String target, String... more) {
    List<String> arguments =
        new java.util.ArrayList<>(
            List.of("follow", "legacy", "--from=" + source.url(), "--to=" + target));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private Child child(LegacySourceCase.Live source, String target, String... more)
      throws Exception {
    List<String> arguments = arguments(source, target, more);
    arguments.addAll(List.of("--output=json", "--poll=50ms"));
    return Child.start(folder, arguments.toArray(String[]::new));
  }

  private static void awaitReport(Child child, String kind) throws Exception {
    Instant limit = Instant.now().plusSeconds(90);
    while (!child.out().contains("{\"report\":\"" + kind + "\"")) {
      assertTrue(child.runsOn(), child.err());
      assertTrue(Instant.now().isBefore(limit), child.out());
    }
  }
}
