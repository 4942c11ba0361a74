package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The databases of ten SPIRE releases, migrated by the command; the counts were made by SQL. */
final class MigratedReleasesTest {
  @TempDir Path folder;

  private Run migrate(String database, String output) throws Exception {
    Path source = LegacyFixture.unpack(database, folder);
    Run run =
        Run.of(
            "migrate",
            "legacy",
            "--from=jdbc:sqlite:" + source,
            "--to=memory:" + folder,
            "--output=" + output);
    assertEquals(0, run.exit(), run.err());
    return run;
  }

  // bundles, entries, selectors, names, links, nodes, node selectors, tokens, federation,
  // journals, events of entries and of nodes; then names without an entry, bundles with old
  // taints
  @ParameterizedTest
  @CsvSource({
    "1.0.4, 17, 12 175 347 87 70 45 157 14 0 0 0 0, 28, 0",
    "1.1.5, 17, 14 221 477 110 98 70 257 14 7 0 0 0, 26, 0",
    "1.2.5, 18, 14 221 474 114 91 70 233 14 7 0 0 0, 26, 0",
    "1.4.7, 19, 14 175 351 83 65 45 161 14 7 0 0 0, 21, 0",
    "1.5.6, 19, 14 221 474 105 89 70 235 14 7 0 0 0, 21, 0",
    "1.6.5, 21, 14 221 476 110 98 70 224 14 7 0 0 0, 21, 0",
    "1.7.6, 22, 14 221 473 104 86 70 204 14 7 0 0 0, 21, 1",
    "1.8.11, 23, 14 221 481 106 93 70 240 14 7 0 88 47, 21, 1",
    "1.14.2, 23, 14 221 481 106 93 64 221 14 7 7 91 98, 21, 0",
    "1.14.7, 24, 14 221 457 103 100 64 199 14 7 7 63 97, 21, 0"
  })
  void takesEveryRowButThoseThatBelongToNothing(
      String release, int schema, String rows, int noEntry, int taints) throws Exception {
    Run run = migrate("spire-" + release, "json");
    JsonObject report = JsonParser.parseString(run.out()).getAsJsonObject();
    assertTrue(report.get("verified").getAsBoolean());
    assertEquals(schema, report.get("schemaVersion").getAsInt());
    assertEquals(release, report.get("codeVersion").getAsString());
    assertEquals(
        rows,
        StreamSupport.stream(report.getAsJsonArray("tables").spliterator(), false)
            .map(table -> table.getAsJsonObject().get("rows").getAsString())
            .collect(Collectors.joining(" ")));
    Map<String, Integer> dirt = new TreeMap<>();
    dirt.put("selectors ENTRY_MISSING", 25);
    dirt.put("dns_names ENTRY_MISSING", noEntry);
    dirt.put("federated_registration_entries ENTRY_MISSING", 10);
    dirt.put("federated_registration_entries BUNDLE_MISSING", 2);
    dirt.put("federated_registration_entries BOTH_MISSING", 5);
    if (taints > 0) {
      dirt.put("bundles OLD_TAINT", taints);
    }
    assertEquals(dirt, dirt(report));
    assertStored(report, rows.split(" "));
  }

  private static Map<String, Integer> dirt(JsonObject report) {
    Map<String, Integer> dirt = new TreeMap<>();
    for (JsonElement element : report.getAsJsonArray("skipped")) {
      JsonObject skip = element.getAsJsonObject();
      String what = skip.get("what").getAsString() + " " + skip.get("reason").getAsString();
      dirt.put(what, skip.get("count").getAsInt());
    }
    return dirt;
  }

  /** Bundles, entries and nodes are all taken, and nothing is taken that was not read. */
  private static void assertStored(JsonObject report, String[] rows) {
    Map<String, Integer> stored = new TreeMap<>();
    for (JsonElement element : report.getAsJsonArray("kinds")) {
      JsonObject kind = element.getAsJsonObject();
      assertEquals(kind.get("read"), kind.get("stored"), kind.toString());
      stored.put(kind.get("kind").getAsString(), kind.get("stored").getAsInt());
    }
    assertEquals(Integer.parseInt(rows[0]), stored.get("bundle"), stored.toString());
    assertEquals(Integer.parseInt(rows[1]), stored.get("entry"), stored.toString());
    assertEquals(Integer.parseInt(rows[5]), stored.get("node"), stored.toString());
  }

  @Test
  void saysOfWhichRootsTheTaintWasMoved() throws Exception {
    Run run = migrate("migrated", "text");
    assertTrue(run.out().contains(" and verified every record "), run.out());
    assertTrue(run.out().contains("bundles: 1, each calls a root tainted as SPIRE"), run.out());
    assertTrue(run.out().contains("row 1: of 16 roots [9, 11]"), run.out());
  }
}
