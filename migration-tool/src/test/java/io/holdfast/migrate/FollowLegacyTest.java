package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A store that follows a live SPIRE database holds what that holds, record for record. */
final class FollowLegacyTest {
  private static final int ROUNDS = 40;

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource
  void storeEqualsTheSourceAfterWritesOfSeveralServers(LegacySourceCase kind) throws Exception {
    long seed = System.nanoTime();
    System.out.println("live SPIRE from seed " + seed);
    LegacySourceCase.Live source = kind.load("varied", folder);
    String target = "sqlite:" + folder.resolve("target.db");
    try (LiveSpire spire = source.server("one", seed);
        RunningFollower follower = RunningFollower.start(source, target)) {
      follower.awaitComparisons(1);
      if (kind == LegacySourceCase.SQLITE) {
        writeAlone(spire);
      } else {
        try (LiveSpire slow = source.server("two", seed + 1)) {
          writeOutOfOrder(spire, slow, follower, new Random(seed));
        }
      }
      follower.awaitInStep();
    }
    assertSame(source, target);
  }

  private static void writeAlone(LiveSpire spire) throws Exception {
    for (int i = 0; i < 5 * ROUNDS; i++) {
      spire.write();
      if (i == 3 * ROUNDS) {
        spire.pruneEvents(5);
      }
    }
  }

  /** The ids of one server's events are taken before those of the other, and seen after them. */
  private static void writeOutOfOrder(
      LiveSpire spire, LiveSpire slow, RunningFollower follower, Random random) throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      slow.createEntry();
      for (int i = 0; i < 3; i++) {
        spire.write();
      }
      if (round % 10 == 0) {
        follower.awaitRounds(2);
      }
      if (random.nextInt(5) == 0) {
        slow.rollback();
      } else {
        slow.commit();
      }
      if (round == ROUNDS / 2) {
        spire.pruneEvents(5);
      }
    }
  }

  static void assertSame(LegacySourceCase.Live source, String target) {
    LegacyTruth truth = new LegacyTruth();
    List<JsonObject> expected = new ArrayList<>();
    try (LegacyDatabase database = LegacyDatabase.open(source.url(), source.options())) {
      database.read(record -> expected.add(truth.line(record)));
    }
    try (Store store = Store.open(target);
        Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
      List<JsonObject> records = MigratedTruthTest.records(datastore.snapshot());
      for (int i = 0; i < Math.min(expected.size(), records.size()); i++) {
        assertEquals(expected.get(i), records.get(i), "line " + (i + 1));
      }
      assertEquals(expected.size(), records.size());
      assertTrue(expected.size() > 100);
    }
  }
}
