package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.proto.JoinToken;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** A store answers what the database answers that it was made from, and what differs is told. */
final class CompareLegacyTest {
  private static final String SECRET = "the-token-itself";

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({"varied", "migrated", "aliases"})
  void copyAnswersEverythingAsItsSource(String name) throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load(name, folder);
    Run run = compare(source, copy(source), "--sample=0");
    assertEquals(0, run.exit(), run.out() + run.err());
    JsonObject report = JsonParser.parseString(run.out()).getAsJsonObject();
    assertTrue(report.getAsJsonObject("asked").get("entitled entries").getAsInt() > 10);
    assertTrue(report.getAsJsonObject("asked").get("fetch").getAsInt() > 10);
  }

  @Test
  void rowsThatWereLeftOutOfTheCopyAreNotMissedInIt() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("varied", folder);
    LegacyFixture.change(
        Path.of(source.url().substring("jdbc:sqlite:".length())),
        "UPDATE registered_entries SET parent_id = NULL WHERE id % 7 = 1",
        "UPDATE registered_entries SET spiffe_id = NULL WHERE id % 7 = 2",
        "UPDATE registered_entries SET additional_attributes = x'ff' WHERE id % 7 = 3",
        "UPDATE registered_entries SET id = -id WHERE id = 7",
        "UPDATE selectors SET registered_entry_id = -7 WHERE registered_entry_id = 7",
        "DROP INDEX uix_registered_entries_entry_id",
        "DROP INDEX idx_selector_entry",
        "UPDATE registered_entries SET entry_id ="
            + " (SELECT entry_id FROM registered_entries WHERE id = 42) WHERE id = 40",
        "INSERT INTO selectors (registered_entry_id, type, value)"
            + " SELECT registered_entry_id, type, value FROM selectors WHERE id % 5 = 0");
    Run run = compare(source, copy(source), "--sample=0", "--settle=0s");
    assertEquals(0, run.exit(), run.out() + run.err());
  }

  @ParameterizedTest
  @EnumSource(names = {"POSTGRESQL", "MARIADB"})
  void copyOfAServerAnswersAsItsSource(LegacySourceCase kind) throws Exception {
    LegacySourceCase.Live source = kind.load("varied", folder);
    String target = copy(source);
    try (LegacyDatabase database = LegacyDatabase.open(source.url(), source.options());
        Store store = Store.open(target);
        Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open();
        Stop stop = Stop.onSignal()) {
      ReadComparison comparison = new ReadComparison(database, datastore, 0, 1);
      comparison.run(stop);
      assertEquals(List.of(), comparison.differences());
      assertTrue(comparison.asked().get("fetch") > 100);
    }
  }

  @Test
  void everyDifferenceIsToldWithOperationFieldAndBothValues() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("varied", folder);
    String target = copy(source);
    List<String> ids = new ArrayList<>();
    change(
        target,
        (datastore, entries) -> {
          ids.addAll(List.of(entries.get(3).getEntryId(), entries.get(4).getEntryId()));
          datastore.write(
              tx -> {
                tx.update(
                    SpireTypes.ENTRY,
                    ids.get(0),
                    entry -> entry.toBuilder().setHint("another").build());
                tx.delete(SpireTypes.ENTRY, ids.get(1));
                tx.create(SpireTypes.JOIN_TOKEN, JoinToken.newBuilder().setToken(SECRET).build());
              });
        });
    Run run = compare(source, target, "--sample=0", "--settle=10ms");
    assertEquals(ExitCode.DIFFERENT.number(), run.exit(), run.err());
    assertEquals(1, run.errorLines().size(), run.err());
    assertFalse((run.out() + run.err()).contains(SECRET), run.out());
    Map<String, JsonObject> told =
        run.out()
            .lines()
            .map(line -> JsonParser.parseString(line).getAsJsonObject())
            .filter(line -> line.get("report").getAsString().equals("difference"))
            .collect(
                Collectors.toMap(
                    line ->
                        line.get("operation").getAsString() + " " + line.get("id").getAsString(),
                    line -> line,
                    (one, other) -> one));
    JsonObject hint = told.get("fetch entry " + ids.get(0));
    assertEquals("hint", hint.get("field").getAsString());
    assertEquals("another", hint.get("store").getAsString());
    assertEquals("(absent)", told.get("fetch entry " + ids.get(1)).get("store").getAsString());
    assertTrue(told.containsKey("count entry *"), told::toString);
    assertEquals("(absent)", told.get("list join_token (secret)").get("source").getAsString());
  }

  @Test
  void sameSeedAsksTheSame() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("varied", folder);
    String target = copy(source);
    change(
        target,
        (datastore, entries) ->
            datastore.write(
                tx ->
                    entries.forEach(
                        entry ->
                            tx.update(
                                SpireTypes.ENTRY,
                                entry.getEntryId(),
                                old -> old.toBuilder().setHint("another").build()))));
    String[] options = {"--sample=5", "--seed=42", "--settle=0s"};
    Run run = compare(source, target, options);
    assertEquals(ExitCode.DIFFERENT.number(), run.exit(), run.err());
    assertEquals(5, run.out().lines().filter(line -> line.contains("\"fetch entry\"")).count());
    assertEquals(run.out(), compare(source, target, options).out());
  }

  @Test
  void wrongOptionsAndSourcesAreRefused() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("migrated", folder);
    Run negative = compare(source, copy(source), "--sample=-1");
    assertEquals(ExitCode.USAGE.number(), negative.exit(), negative.err());
    Run missing =
        Run.of(
            "compare",
            "legacy",
            "--from=jdbc:sqlite:" + folder.resolve("nothing.db"),
            "--store=memory:nothing");
    assertEquals(ExitCode.SOURCE_MISSING.number(), missing.exit(), missing.err());
    assertEquals(1, missing.errorLines().size(), missing.err());
  }

  private static void change(String target, BiConsumer<Datastore, List<RegistrationEntry>> change) {
    try (Store store = Store.open(target);
        Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
      change.accept(datastore, datastore.snapshot().list(SpireTypes.ENTRY.all()));
    }
  }

  private String copy(LegacySourceCase.Live source) {
    String target = "sqlite:" + folder.resolve("copy.db");
    var plan = new LegacyMigration.Plan(source.url(), target, false, false, source.options());
    try (Console console = Console.ofProcess()) {
      assertTrue(new LegacyMigration(plan, console, Store::open).run().isVerified());
    }
    return target;
  }

  private static Run compare(LegacySourceCase.Live source, String target, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of("compare", "legacy", "--from=" + source.url(), "--store=" + target));
    arguments.addAll(List.of(more));
    arguments.add("--output=json");
    return Run.of(arguments.toArray(String[]::new));
  }
}
