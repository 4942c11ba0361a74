package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a migration of a database with every sort of dirt reports. */
final class MigrationReportTest {
  @TempDir Path folder;
  private String source;
  private String target;

  @BeforeEach
  void unpack() throws Exception {
    source = "jdbc:sqlite:" + LegacyFixture.unpack("varied", folder);
    target = "sqlite:" + folder.resolve("target.db");
  }

  @Test
  void jsonIsOneObjectThatTellsTheErrorWhereThereIsNoReport() {
    String missing = "jdbc:sqlite:" + folder.resolve("missing.db");
    Run run = Run.of("migrate", "legacy", "--from=" + missing, "--to=" + target, "--output=json");
    assertEquals(ExitCode.SOURCE_MISSING.number(), run.exit(), run.err());
    assertEquals(1, run.out().lines().count(), run.out());
    JsonObject error = JsonParser.parseString(run.out()).getAsJsonObject().getAsJsonObject("error");
    assertEquals("SOURCE_MISSING", error.get("code").getAsString());
    assertEquals(run.exit(), error.get("exitCode").getAsInt());
    assertEquals(List.of("holdfast: " + error.get("message").getAsString()), run.errorLines());
  }

  @Test
  void jsonIsOneObjectWithEveryCount() {
    Run run = Run.of("migrate", "legacy", "--from=" + source, "--to=" + target, "--output=json");
    assertEquals(0, run.exit(), run.err());
    assertEquals(1, run.out().lines().count());
    JsonObject report = JsonParser.parseString(run.out()).getAsJsonObject();
    assertEquals(source, report.get("source").getAsString());
    assertEquals(target, report.get("target").getAsString());
    assertEquals(25, report.get("schemaVersion").getAsInt());
    assertTrue(report.get("verified").getAsBoolean());
    assertEquals(0, report.getAsJsonArray("differences").size());
    assertEquals(
        Map.of(
            "selectors ENTRY_MISSING", 25L,
            "dns_names ENTRY_MISSING", 21L,
            "federated_registration_entries ENTRY_MISSING", 10L,
            "federated_registration_entries BUNDLE_MISSING", 2L,
            "federated_registration_entries BOTH_MISSING", 5L),
        numbers(report.getAsJsonArray("skipped"), "what", "reason", "count"));
    assertEquals(
        Map.of(
            "bundle", 14L,
            "entry", 335L,
            "node", 131L,
            "node_selectors", 119L,
            "join_token", 14L,
            "federation", 7L,
            "ca_journal", 7L,
            "entry_event", 375L,
            "node_event", 230L),
        numbers(report.getAsJsonArray("kinds"), "kind", null, "stored"));
    for (JsonElement kind : report.getAsJsonArray("kinds")) {
      JsonObject one = kind.getAsJsonObject();
      assertEquals(one.get("read"), one.get("stored"));
      assertTrue(one.get("digest").getAsString().matches("[0-9a-f]{64}"));
    }
  }

  /** Numbers of the elements by one or two of their texts. */
  private static Map<String, Long> numbers(
      JsonArray array, String key, String secondKey, String field) {
    Map<String, Long> numbers = new TreeMap<>();
    for (JsonElement element : array) {
      JsonObject one = element.getAsJsonObject();
      String name =
          one.get(key).getAsString()
              + (secondKey == null ? "" : " " + one.get(secondKey).getAsString());
      numbers.put(name, one.get(field).getAsLong());
    }
    return numbers;
  }

  @Test
  void textSaysWhatBecameOfEachKind() {
    Run run = Run.of("migrate", "legacy", "--from=" + source, "--to=" + target);
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().startsWith("Copied " + source + " (schema 25, SPIRE "), run.out());
    assertTrue(run.out().contains(" to " + target + " and verified every record in "), run.out());
    assertTrue(
        run.out().lines().anyMatch(line -> line.matches("  entry +335 +335  [0-9a-f]{16}")),
        run.out());
    assertTrue(
        run.out()
            .contains("  selectors: 25, each belongs to a registration entry that does not exist"),
        run.out());
    assertTrue(run.out().lines().anyMatch(line -> line.matches(" {6}row \\d+: entry \\d+")));
  }
}
