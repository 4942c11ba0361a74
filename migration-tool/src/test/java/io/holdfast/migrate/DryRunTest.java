package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.holdfast.store.Limits;
import io.holdfast.store.Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class DryRunTest {
  @TempDir Path folder;

  @Test
  void reportsEverythingAndWritesNothing() throws Exception {
    Path database = LegacyFixture.unpack("varied", folder);
    Map<String, Integer> before = LegacyFixture.contents(folder);
    Run run = dryRun(database, "json");
    assertEquals(0, run.exit(), run.err());
    assertEquals(List.of(), run.errorLines());
    assertEquals(before, LegacyFixture.contents(folder));
    assertEquals(1, run.out().lines().count());
    JsonObject report = JsonParser.parseString(run.out()).getAsJsonObject();
    assertTrue(report.get("dryRun").getAsBoolean());
    assertEquals(335, number(report, "kinds", "kind", "entry", "read"));
    assertEquals(375, number(report, "kinds", "kind", "entry_event", "read"));
    assertEquals(756, number(report, "tables", "table", "selectors", "rows"));
    assertEquals(756 - 25, number(report, "tables", "table", "selectors", "used"));
    assertEquals(25, number(report, "skipped", "what", "selectors", "count"));
    assertEquals(21, number(report, "skipped", "what", "dns_names", "count"));
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "MEMORY")
  void aStoreThatIsNotThereIsNotMade(TestStores kind) throws Exception {
    String database = "jdbc:sqlite:" + LegacyFixture.unpack("migrated", folder);
    String target = kind.fresh(folder);
    Limits told = Store.limitsIfNew(target).orElseThrow();
    Run dry = Run.of("migrate", "legacy", "--from=" + database, "--to=" + target, "--dry-run");
    assertEquals(0, dry.exit(), dry.err());
    Run compared = Run.of("compare", "legacy", "--from=" + database, "--store=" + target);
    assertEquals(ExitCode.STORE_NOT_FOUND.number(), compared.exit(), compared.err());
    assertEquals(Optional.of(told), Store.limitsIfNew(target));
    try (Store store = Store.open(target)) {
      assertEquals(told, store.limits());
    }
    assertEquals(Optional.empty(), Store.limitsIfNew(target));
  }

  @Test
  void aFileOfSomethingElseIsNotTouched() throws Exception {
    Path database = LegacyFixture.unpack("migrated", folder);
    Path other = Files.copy(database, folder.resolve("other.db"));
    Map<String, Integer> before = LegacyFixture.contents(folder);
    String source = "--from=jdbc:sqlite:" + database;
    Run dry = Run.of("migrate", "legacy", source, "--to=sqlite:" + other, "--dry-run");
    assertEquals(0, dry.exit(), dry.err());
    Run compared = Run.of("compare", "legacy", source, "--store=sqlite:" + other);
    assertEquals(ExitCode.STORE_NOT_FOUND.number(), compared.exit(), compared.err());
    assertEquals(before, LegacyFixture.contents(folder));
  }

  @Test
  void textNamesEachReasonWithExamples() throws Exception {
    Run run = dryRun(LegacyFixture.unpack("varied", folder), "text");
    assertEquals(0, run.exit(), run.err());
    assertTrue(run.out().startsWith("Dry run: read jdbc:sqlite:"), run.out());
    assertTrue(run.out().contains("selectors: 25, each belongs to"), run.out());
    assertTrue(run.out().contains("      row "), run.out());
    assertFalse(run.out().contains("stored"), run.out());
  }

  private Run dryRun(Path database, String output) {
    return Run.of(
        "migrate",
        "legacy",
        "--from=jdbc:sqlite:" + database,
        "--to=sqlite:" + folder.resolve("target.db"),
        "--dry-run",
        "--output=" + output);
  }

  /** A number in the one element of an array whose {@code key} is {@code value}. */
  private static long number(
      JsonObject report, String array, String key, String value, String field) {
    for (JsonElement element : report.getAsJsonArray(array)) {
      if (element.getAsJsonObject().get(key).getAsString().equals(value)) {
        return element.getAsJsonObject().get(field).getAsLong();
      }
    }
    throw new AssertionError("no " + value + " in " + report);
  }
}
