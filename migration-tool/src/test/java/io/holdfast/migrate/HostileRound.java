package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.spire.Authorization;
import io.holdfast.datastore.spire.SpireDatastore;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;

/**
 * A database with rows that nobody should write: migrated, compared, used, written back into an
 * empty database, and migrated once more. Whatever the rows are, each is in the store or in the
 * report, and nothing is changed on the way back.
 */
final class HostileRound {
  private static final Set<String> SKIPPING =
      Arrays.stream(LegacyReport.Dirt.values())
          .filter(LegacyReport.Dirt::skips)
          .map(Enum::name)
          .collect(Collectors.toSet());

  private final String source;
  private final String again;
  private final String about;
  private int compared;

  /**
   * Prepares one.
   *
   * @param source URL of the database, with credentials
   * @param again URL of an empty one
   * @param about what was done to the database, for the messages
   */
  HostileRound(String source, String again, String about) {
    this.source = source;
    this.again = again;
    this.about = about;
  }

  /** Does all of it; the report of the first migration. */
  JsonObject run() {
    String name = "memory:" + UUID.randomUUID();
    try (Store store = Store.open(name)) {
      JsonObject forward = migrate(source, name, Set.of(0, ExitCode.RECORDS_TOO_LARGE.number()));
      assertEachRowIsInOneOfBoth(forward);
      use(store);
      Run compare =
          Run.of(
              "compare",
              "legacy",
              "--from=" + source,
              "--store=" + name,
              "--sample=5",
              "--seed=1",
              "--settle=0s");
      // SQLite finds no text that is kept as bytes, and says otherwise than the store by that.
      assertTrue(Set.of(0, ExitCode.DIFFERENT.number()).contains(compare.exit()), said(compare));
      compared = compare.exit();
      comeBack(name, forward);
      return forward;
    }
  }

  /** The exit code of the comparison of the copy with its source. */
  int compared() {
    return compared;
  }

  private JsonObject migrate(String from, String to, Set<Integer> codes) {
    Run run = Run.of("migrate", "legacy", "--from=" + from, "--to=" + to, "--output=json");
    assertTrue(codes.contains(run.exit()), said(run));
    JsonObject report = JsonParser.parseString(run.out()).getAsJsonObject();
    assertTrue(report.get("verified").getAsBoolean(), said(run));
    return report;
  }

  private String said(Run run) {
    return about + "\n" + run.out() + run.err();
  }

  private void assertEachRowIsInOneOfBoth(JsonObject report) {
    try (LegacyDatabase database =
        LegacyDatabase.open(source, SourceOptions.waiting(LegacyServers.WAIT))) {
      Map<LegacyTable, Long> rows = database.countRows();
      for (LegacyTable table : LegacyTable.values()) {
        JsonObject read = one(report, "tables", "table", table.sqlName());
        assertEquals(rows.get(table), read.get("rows").getAsLong(), table + " " + about);
        assertEquals(
            rows.get(table),
            read.get("used").getAsLong() + skipped(report, table.sqlName(), SKIPPING),
            table + " " + about + "\n" + report);
      }
    }
    for (JsonElement element : report.getAsJsonArray("kinds")) {
      JsonObject kind = element.getAsJsonObject();
      long refused = skipped(report, kind.get("kind").getAsString(), Set.of("TOO_LARGE"));
      assertEquals(
          kind.get("read").getAsLong(), kind.get("stored").getAsLong() + refused, kind + about);
    }
  }

  /** How many rows or records of something were left out for one of some reasons. */
  static long skipped(JsonObject report, String what, Set<String> reasons) {
    long count = 0;
    for (JsonElement element : report.getAsJsonArray("skipped")) {
      JsonObject skip = element.getAsJsonObject();
      if (skip.get("what").getAsString().equals(what)
          && reasons.contains(skip.get("reason").getAsString())) {
        count += skip.get("count").getAsLong();
      }
    }
    return count;
  }

  private static JsonObject one(JsonObject report, String array, String key, String value) {
    for (JsonElement element : report.getAsJsonArray(array)) {
      if (element.getAsJsonObject().get(key).getAsString().equals(value)) {
        return element.getAsJsonObject();
      }
    }
    throw new AssertionError("no " + value + " in " + report);
  }

  /** Asks the store what servers ask. */
  private static void use(Store store) {
    try (Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
      View view = datastore.snapshot();
      for (var type : SpireTypes.all()) {
        AtomicLong items = new AtomicLong();
        view.forEach(type.all(), item -> items.incrementAndGet());
        assertEquals(view.count(type.all()), items.get());
      }
      SpireDatastore spire = SpireDatastore.of(datastore);
      spire.federation().list();
      spire.caJournals().list();
      Authorization authorization = Authorization.of(datastore, "example.org");
      for (AttestedNode node : view.list(SpireTypes.NODE.all())) {
        authorization.entitledEntries(node.getSpiffeId(), Instant.now());
        authorization.mayAct(node.getSpiffeId(), node.getCertSerialNumber(), Instant.now());
      }
    }
  }

  private void comeBack(String store, JsonObject forward) {
    Run run =
        Run.of("migrate", "legacy", "--back", "--from=" + store, "--to=" + again, "--output=json");
    JsonObject back = JsonParser.parseString(run.out()).getAsJsonObject();
    boolean isWhole = counts(back, "read").equals(counts(back, "stored"));
    assertEquals(isWhole ? 0 : ExitCode.RECORDS_TOO_LARGE.number(), run.exit(), said(run));
    String name = "memory:" + UUID.randomUUID();
    try (Store keptOpen = Store.open(name)) {
      assertFalse(keptOpen.limits().keyBytesMax() <= 0);
      JsonObject twice = migrate(again, name, Set.of(0));
      assertEquals(0, twice.getAsJsonArray("skipped").size(), about + twice);
      assertEquals(counts(back, "stored"), counts(twice, "stored"), about);
      if (back.getAsJsonArray("skipped").size() == 0) {
        Map<String, String> first = counts(forward, "digest");
        Map<String, String> second = counts(twice, "digest");
        long gaps =
            skipped(forward, "node_selectors", Set.of("TOO_LARGE"))
                + skipped(forward, "node", Set.of("TOO_LARGE"));
        if (gaps > 0) {
          // They have no numbers of their own, so those behind a gap have others now.
          first.remove("node_selectors");
          second.remove("node_selectors");
        }
        assertEquals(first, second, about);
      }
    }
  }

  private static Map<String, String> counts(JsonObject report, String field) {
    Map<String, String> counts = new HashMap<>();
    for (JsonElement element : report.getAsJsonArray("kinds")) {
      JsonObject kind = element.getAsJsonObject();
      counts.put(kind.get("kind").getAsString(), kind.get(field).getAsString());
    }
    return counts;
  }
}
