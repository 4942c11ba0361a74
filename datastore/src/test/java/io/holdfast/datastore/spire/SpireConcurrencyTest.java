package io.holdfast.datastore.spire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.DatastoreException.Code;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.datastore.spire.Bundles.DeleteMode;
import io.holdfast.datastore.spire.Events.Event;
import io.holdfast.datastore.spire.Rivals.Outcome;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several servers on one store race each other. */
final class SpireConcurrencyTest {
  private static final String TRUST_DOMAIN = "spiffe://other.test";
  private static final Bundle BUNDLE = Bundle.newBuilder().setTrustDomainId(TRUST_DOMAIN).build();
  private static final int RIVALS = 4;
  private static final int ROUNDS = 15;

  @TempDir private Path folder;

  private Rivals rivals(String scheme, int count) {
    String name =
        scheme.equals("memory")
            ? UUID.randomUUID().toString()
            : folder.resolve("store.db").toString();
    return new Rivals(scheme + ":" + name, count);
  }

  private static <T> List<T> times(int count, Function<Integer, T> each) {
    return IntStream.range(0, count).boxed().map(each).toList();
  }

  private static RegistrationEntry entry(String spiffeId, String... selectors) {
    RegistrationEntry.Builder entry =
        RegistrationEntry.newBuilder().setSpiffeId(spiffeId).setParentId("spiffe://a.test/agent");
    for (String value : selectors) {
      entry.addSelectors(selector("unix", value));
    }
    return entry.build();
  }

  private static Selector selector(String type, String value) {
    return Selector.newBuilder().setType(type).setValue(value).build();
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "sqlite"})
  void oneOfSimilarCreationsWinsAndTheOthersGetItsEntry(String scheme) throws Exception {
    try (Rivals rivals = rivals(scheme, RIVALS)) {
      for (int round = 0; round < ROUNDS; round++) {
        String id = "spiffe://a.test/workload-" + round;
        List<Function<SpireDatastore, Entries.Created>> calls =
            times(
                RIVALS,
                i ->
                    server ->
                        server
                            .entries()
                            .create(i % 2 == 0 ? entry(id, "a", "b") : entry(id, "b", "a")));
        List<Entries.Created> created =
            rivals.race(calls).stream().map(outcome -> outcome.value().orElseThrow()).toList();
        assertEquals(1, created.stream().filter(one -> !one.existing()).count());
        assertEquals(1, created.stream().map(one -> one.entry().getEntryId()).distinct().count());
      }
      assertEquals(
          ROUNDS, rivals.server(0).entries().count(Freshness.LINEARIZABLE, EntryFilter.ALL));
      assertEquals(ROUNDS, entryEvents(rivals).size());
    }
  }

  private static List<Event> entryEvents(Rivals rivals) {
    return rivals.server(0).entryEvents().list(Freshness.LINEARIZABLE, 0, 0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "sqlite"})
  void noEntryIsLeftBehindByABundleThatIsDeletedMeanwhile(String scheme) throws Exception {
    try (Rivals rivals = rivals(scheme, RIVALS)) {
      for (int round = 0; round < ROUNDS; round++) {
        for (DeleteMode mode : DeleteMode.values()) {
          rivals.server(0).bundles().set(BUNDLE);
          race(rivals, mode, round);
        }
      }
    }
  }

  private static void race(Rivals rivals, DeleteMode mode, int round) throws Exception {
    List<Function<SpireDatastore, String>> calls = new ArrayList<>();
    for (int i = 1; i < RIVALS; i++) {
      RegistrationEntry federated =
          entry("spiffe://a.test/" + mode + round + "-" + i, "x").toBuilder()
              .addFederatesWith(TRUST_DOMAIN)
              .build();
      calls.add(server -> server.entries().create(federated).entry().getEntryId());
    }
    calls.add(
        server -> {
          server.bundles().delete(TRUST_DOMAIN, mode);
          return "";
        });
    List<Outcome<String>> outcomes = rivals.race(calls);
    SpireDatastore server = rivals.server(1);
    boolean deleted = outcomes.get(RIVALS - 1).value().isPresent();
    assertEquals(deleted, server.bundles().fetch(TRUST_DOMAIN).isEmpty());
    if (deleted) {
      EntryFilter federated = EntryFilter.ALL.federatesWith(List.of(TRUST_DOMAIN), Match.ANY);
      assertEquals(List.of(), server.entries().list(Freshness.LINEARIZABLE, federated));
    } else {
      assertEquals(DeleteMode.RESTRICT, mode);
      assertEquals(
          Code.FAILED_PRECONDITION, outcomes.get(RIVALS - 1).refusal().orElseThrow().code());
      server.bundles().delete(TRUST_DOMAIN, DeleteMode.DELETE);
    }
    for (Outcome<String> outcome : outcomes.subList(0, RIVALS - 1)) {
      outcome.refusal().ifPresent(refusal -> assertEquals(Code.UNKNOWN, refusal.code()));
      if (mode == DeleteMode.DISSOCIATE) {
        outcome.value().ifPresent(id -> assertTrue(server.entries().fetch(id).isPresent()));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "sqlite"})
  void aJoinTokenIsUsedOnce(String scheme) throws Exception {
    try (Rivals rivals = rivals(scheme, RIVALS)) {
      for (int round = 0; round < ROUNDS; round++) {
        String token = "token-" + round;
        rivals.server(round % RIVALS).joinTokens().create(token, Instant.ofEpochSecond(1));
        List<Function<SpireDatastore, String>> calls =
            times(
                RIVALS,
                i ->
                    server -> {
                      server.joinTokens().delete(token);
                      return "used";
                    });
        List<Outcome<String>> outcomes = rivals.race(calls);
        assertEquals(1, outcomes.stream().filter(one -> one.value().isPresent()).count());
        outcomes.forEach(
            one -> one.refusal().ifPresent(no -> assertEquals(Code.NOT_FOUND, no.code())));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "sqlite"})
  void twentyAtOnceSetTheSelectorsOfTheirNodes(String scheme) throws Exception {
    int nodes = 20;
    try (Rivals rivals = rivals(scheme, nodes)) {
      List<Function<SpireDatastore, String>> calls =
          times(
              nodes,
              i ->
                  server -> {
                    List<Selector> selectors =
                        List.of(selector("b", "n" + i), selector("a", "n" + i));
                    server.nodeSelectors().set("spiffe://a.test/agent/" + i, selectors);
                    return "";
                  });
      rivals.race(calls).forEach(outcome -> assertTrue(outcome.value().isPresent()));
      SpireDatastore server = rivals.server(0);
      for (int i = 0; i < nodes; i++) {
        assertEquals(
            List.of(selector("b", "n" + i), selector("a", "n" + i)),
            server.nodeSelectors().get(Freshness.LINEARIZABLE, "spiffe://a.test/agent/" + i));
      }
      assertCountedUp(server.nodeEvents().list(Freshness.LINEARIZABLE, 0, 0), nodes);
    }
  }

  private static void assertCountedUp(List<Event> events, int count) {
    assertEquals(
        IntStream.rangeClosed(1, count).mapToObj(i -> (long) i).toList(),
        events.stream().map(Event::id).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "sqlite"})
  void noAliasIsLeftBehindByANodeThatIsDeletedMeanwhile(String scheme) throws Exception {
    try (Rivals rivals = rivals(scheme, 2)) {
      for (int round = 0; round < ROUNDS; round++) {
        String id = "spiffe://a.test/spire/agent/join_token/" + round;
        AttestedNode node =
            AttestedNode.newBuilder().setSpiffeId(id).setAttestationDataType("join_token").build();
        rivals.server(0).nodes().create(node);
        RegistrationEntry alias =
            RegistrationEntry.newBuilder()
                .setSpiffeId("spiffe://a.test/alias")
                .setParentId(id)
                .addSelectors(selector("spiffe_id", id))
                .build();
        List<Function<SpireDatastore, String>> calls =
            List.of(
                server -> server.entries().create(alias).entry().getEntryId(),
                server -> server.nodes().delete(id).getSpiffeId());
        List<Outcome<String>> outcomes = rivals.race(calls);
        String aliasId = outcomes.get(0).value().orElseThrow();
        assertTrue(outcomes.get(1).value().isPresent());
        // Either the alias was there first, and went with its node; or it came after that.
        assertEquals(
            rivals.server(0).entries().fetch(aliasId).isPresent() ? 1 : 2,
            entryEvents(rivals).stream().filter(e -> e.subject().equals(aliasId)).count());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "sqlite"})
  void everybodySeesEachEventUnderOneId(String scheme) throws Exception {
    try (Rivals rivals = rivals(scheme, RIVALS)) {
      List<Set<Event>> seen = times(RIVALS, i -> Collections.synchronizedSet(new HashSet<>()));
      List<Function<SpireDatastore, String>> calls =
          times(
              RIVALS,
              i ->
                  server -> {
                    for (int round = 0; round < ROUNDS; round++) {
                      server.entries().create(entry("spiffe://a.test/" + i, "s" + round));
                      seen.get(i).addAll(server.entryEvents().list(Freshness.CACHED, 0, 0));
                    }
                    return "";
                  });
      rivals.race(calls).forEach(outcome -> assertTrue(outcome.value().isPresent()));
      List<Event> events = entryEvents(rivals);
      assertCountedUp(events, RIVALS * ROUNDS);
      seen.forEach(one -> assertTrue(new HashSet<>(events).containsAll(one)));
    }
  }
}
