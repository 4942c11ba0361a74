package io.holdfast.datastore.spire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.store.Store;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Holds the answers against what SPIRE answered, agent by agent. */
final class AuthorizationTruthTest {
  @ParameterizedTest
  @CsvSource({
    "aliases, alias.example, 392, 1591",
    "fleet, fleet.example, 2000, 10000",
    "varied, example.org, 128, 335"
  })
  void everyAgentGetsWhatSpireGivesIt(String name, String trustDomain, int agents, int entries) {
    try (Store store = Store.open("memory:" + UUID.randomUUID())) {
      LegacyTruth.load(name, store);
      try (Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
        assertEquals(entries, datastore.items(SpireTypes.ENTRY).count());
        Map<String, Set<String>> expected = LegacyTruth.entitled(name);
        assertEquals(agents, expected.size());
        assertEquals(Map.of(), differences(datastore, trustDomain, expected));
        assertTrue(expected.values().stream().anyMatch(ids -> ids.size() > 1));
      }
    }
  }

  /** For each agent with a wrong answer the ids that are too many or missing. */
  private static Map<String, Set<String>> differences(
      Datastore datastore, String trustDomain, Map<String, Set<String>> expected) {
    Authorization authorization = Authorization.of(datastore, trustDomain);
    View view = datastore.snapshot();
    Map<String, Set<String>> differences = new LinkedHashMap<>();
    expected.forEach(
        (agent, ids) -> {
          List<RegistrationEntry> given =
              authorization.entitledEntries(view, agent, LegacyTruth.ASKED);
          Set<String> givenIds =
              given.stream()
                  .map(RegistrationEntry::getEntryId)
                  .collect(Collectors.toCollection(TreeSet::new));
          if (givenIds.size() != given.size() || !givenIds.equals(ids)) {
            differences.put(agent, givenIds);
          }
        });
    return differences;
  }
}
