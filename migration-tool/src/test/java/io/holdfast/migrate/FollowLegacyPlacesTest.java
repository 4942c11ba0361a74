package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.holdfast.datastore.StoredItems;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.IndexKey;
import io.holdfast.store.ItemKey;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Store;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Followers from sources and into stores of every kind, also damaged ones. */
final class FollowLegacyPlacesTest {
  private static final byte[] NOTHING = {};

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(names = {"POSTGRESQL", "MARIADB", "ETCD"})
  void storeOnAServerEqualsItsSource(TestStores kind) throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("varied", folder);
    String target = kind.fresh(folder);
    try (LiveSpire spire = source.server("one", 11);
        RunningFollower follower = RunningFollower.start(source, target)) {
      follower.awaitComparisons(1);
      for (int i = 0; i < 100; i++) {
        spire.write();
      }
      spire.pruneEvents(5);
      follower.awaitInStep();
    }
    FollowLegacyTest.assertSame(source, target);
  }

  @ParameterizedTest
  @ValueSource(strings = {"spire-1.0.4", "spire-1.6.5", "spire-1.7.6"})
  void sourceWhoseReleaseWritesNoEventsIsBroughtByComparisons(String name) throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load(name, folder);
    Path file = LegacyDatabase.path(source.url());
    String target = "sqlite:" + folder.resolve("target.db");
    try (RunningFollower follower = RunningFollower.start(source, target)) {
      follower.awaitComparisons(1);
      JsonObject begin = follower.reports("begin").get(0);
      assertEquals(name.equals("spire-1.7.6"), begin.get("events").getAsBoolean());
      LegacyFixture.change(
          file,
          "UPDATE registered_entries SET expiry = 77 WHERE id = (SELECT MAX(id) FROM"
              + " registered_entries)",
          "DELETE FROM registered_entries WHERE id = (SELECT MIN(id) FROM registered_entries)",
          "INSERT INTO attested_node_entries (spiffe_id, data_type, serial_number)"
              + " VALUES ('spiffe://late.test/n', 'x', '1')",
          "INSERT INTO join_tokens (token, expiry) VALUES ('late', 1)");
      follower.awaitInStep();
      assertTrue(follower.reports("difference").size() >= 4);
    }
    FollowLegacyTest.assertSame(source, target);
    Run text =
        Run.of("follow", "legacy", "--from=" + source.url(), "--to=" + target, "--until-in-step");
    assertEquals(0, text.exit(), text.err());
    assertEquals(name.equals("spire-1.7.6"), !text.out().contains("which has no events"));
  }

  @Test
  void bytesThatAreNoRecordsAreToldAndReplaced() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("varied", folder);
    String target = "sqlite:" + folder.resolve("target.db");
    assertEquals(0, follow(source, target).exit());
    KeyRange rows = IndexKey.all("entry", "similar");
    List<Key> entries = new ArrayList<>();
    long similar;
    try (Store store = Store.open(target)) {
      similar = store.count(rows);
      store.get(ItemKey.all("entry"), 3).entries().forEach(entry -> entries.add(entry.key()));
      byte[] another = store.get(entries.get(2)).orElseThrow().value();
      store.put(entries.get(0), new byte[] {(byte) 0xff, 0});
      store.put(entries.get(1), another);
      store.put(new ItemKey("entry", "ghost").toKey(), new byte[] {1});
      store.put(new ItemKey("join_token", "the-secret").toKey(), new byte[] {1});
      store.put(store.get(ItemKey.all("bundle"), 1).entries().get(0).key(), new byte[] {1});
    }
    Run mended = follow(source, target, "--output=json");
    assertEquals(0, mended.exit(), mended.err());
    List<JsonObject> told =
        mended.out().lines().map(line -> JsonParser.parseString(line).getAsJsonObject()).toList();
    assertEquals(5, told.stream().filter(line -> isDamage(line)).count(), mended.out());
    assertFalse(mended.out().contains("the-secret"), mended.out());
    FollowLegacyTest.assertSame(source, target);
    try (Store store = Store.open(target)) {
      assertEquals(similar, store.count(rows));
    }
  }

  @Test
  void rowsOfIndexesThatAreNotThoseOfTheRecordsAreToldAndMended() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("varied", folder);
    String target = "sqlite:" + folder.resolve("target.db");
    assertEquals(0, follow(source, target).exit());
    KeyRange similar = IndexKey.all("entry", "similar");
    Map<Key, String> before;
    try (Store store = Store.open(target)) {
      before = rows(store);
      List<Key> some = store.get(similar, 3).entries().stream().map(row -> row.key()).toList();
      store.delete(some.get(0));
      String intact = IndexKey.parse(some.get(1)).orElseThrow().id();
      store.put(new IndexKey("entry", "join_token_alias", "spiffe://a", intact).toKey(), NOTHING);
      store.put(new IndexKey("entry", "join_token_alias", "spiffe://a", "nobody").toKey(), NOTHING);
    }
    Run mended = follow(source, target, "--output=json");
    assertEquals(0, mended.exit(), mended.err());
    assertEquals(
        3, mended.out().lines().filter(line -> line.contains("\"INDEX\"")).count(), mended.out());
    try (Store store = Store.open(target)) {
      assertEquals(before, rows(store));
    }
  }

  /** The keys of all rows in indexes. */
  private static Map<Key, String> rows(Store store) {
    Map<Key, String> rows = new LinkedHashMap<>();
    StoredItems.of(store, SpireTypes.ENTRY).forEachRow((id, row) -> rows.put(row, id));
    return rows;
  }

  private static boolean isDamage(JsonObject line) {
    return line.has("difference") && line.get("difference").getAsString().equals("DAMAGED");
  }

  @Test
  void anEventOfADamagedRecordReplacesIt() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("varied", folder);
    String target = "sqlite:" + folder.resolve("target.db");
    try (LiveSpire spire = source.server("one", 3);
        RunningFollower follower = RunningFollower.start(source, target, Duration.ofHours(1))) {
      follower.awaitComparisons(1);
      String entry = spire.createEntry();
      spire.commit();
      follower.awaitRounds(2);
      try (Store store = Store.open(target)) {
        store.put(new ItemKey("entry", entry).toKey(), new byte[] {1});
      }
      spire.updateEntry(entry);
      spire.commit();
      follower.awaitRounds(2);
    }
    FollowLegacyTest.assertSame(source, target);
  }

  @Test
  void whoIsToldToEndGivesALastReport() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("migrated", folder);
    String target = "sqlite:" + folder.resolve("target.db");
    try (Child child =
        Child.start(
            folder,
            "follow",
            "legacy",
            "--from=" + source.url(),
            "--to=" + target,
            "--output=json")) {
      awaitLines(child, "comparison", 1);
      child.terminate();
      child.exit();
      assertEquals("end", last(child).get("report").getAsString(), child.out());
      assertEquals("", String.join("", Run.errorLines(child.err())));
    }
    try (Child child =
        Child.start(
            folder,
            "compare",
            "legacy",
            "--from=" + source.url(),
            "--store=" + target,
            "--every=10ms",
            "--output=json")) {
      awaitLines(child, "comparison", 3);
      child.terminate();
      child.exit();
      assertEquals("total", last(child).get("report").getAsString(), child.out());
      assertTrue(last(child).get("comparisons").getAsLong() >= 3, child.out());
      assertEquals(0, last(child).get("differences").getAsLong(), child.out());
    }
  }

  private static JsonObject last(Child child) throws Exception {
    String line = child.out().lines().reduce((one, next) -> next).orElseThrow();
    return JsonParser.parseString(line).getAsJsonObject();
  }

  private static void awaitLines(Child child, String report, int count) throws Exception {
    Instant limit = Instant.now().plusSeconds(90);
    String begin = "{\"report\":\"" + report + "\"";
    while (child.out().lines().filter(line -> line.startsWith(begin)).count() < count) {
      assertTrue(child.runsOn(), child.err());
      assertTrue(Instant.now().isBefore(limit), child.out());
    }
  }

  private static Run follow(LegacySourceCase.Live source, String target, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("follow", "legacy", "--from=" + source.url(), "--to=" + target));
    arguments.addAll(List.of(more));
    arguments.add("--until-in-step");
    return Run.of(arguments.toArray(String[]::new));
  }
}
