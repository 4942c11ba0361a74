package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.spire.Authorization;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** After a migration every agent is entitled to what SPIRE itself would hand to it. */
final class MigratedEntitlementsTest {
  private static final Instant NOW = Instant.parse("2026-11-20T00:00:00Z");

  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "fleet, fleet.example, 2000",
    "varied, example.org, 128",
    "aliases, alias.example, 392",
    "migrated, old.example, 80"
  })
  void agentsGetWhatSpireGivesThem(String name, String trustDomain, int agents) throws Exception {
    Path source = LegacyFixture.unpack(name, folder);
    String target = "sqlite:" + folder.resolve("target.db");
    Run run = Run.of("migrate", "legacy", "--from", "jdbc:sqlite:" + source, "--to", target);
    assertEquals(0, run.exit(), run.err());
    List<String> lines = LegacyFixture.entitled(name);
    assertEquals(agents, lines.size());
    try (Store store = Store.open(target);
        Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
      Authorization authorization = Authorization.of(datastore, trustDomain);
      View view = datastore.snapshot();
      for (String line : lines) {
        JsonObject expected = JsonParser.parseString(line).getAsJsonObject();
        String agent = expected.get("agent").getAsString();
        assertEquals(
            texts(expected.getAsJsonArray("entries")),
            authorization.entitledEntries(view, agent, NOW).stream()
                .map(RegistrationEntry::getEntryId)
                .sorted()
                .toList(),
            agent);
      }
    }
  }

  private static List<String> texts(Iterable<JsonElement> array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonElement::getAsString).toList();
  }
}
