package io.holdfast.datastore.spire;

import static io.holdfast.datastore.spire.Authorization.Standing.ACTIVE;
import static io.holdfast.datastore.spire.Authorization.Standing.ACTIVE_NEW_SERIAL;
import static io.holdfast.datastore.spire.Authorization.Standing.BANNED;
import static io.holdfast.datastore.spire.Authorization.Standing.EXPIRED;
import static io.holdfast.datastore.spire.Authorization.Standing.SUPERSEDED_SERIAL;
import static io.holdfast.datastore.spire.Authorization.Standing.UNKNOWN;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.store.ItemKey;
import io.holdfast.store.Store;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

final class AuthorizationTest {
  private static final Instant NOW = Instant.ofEpochSecond(1_000_000);
  private static final String AGENT = "spiffe://td.example/spire/agent/a";
  private static final String SERVER = "spiffe://td.example/spire/server";

  private final Store store = Store.open("memory:" + UUID.randomUUID());
  private final Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open();
  private final Authorization authorization = Authorization.of(datastore, "td.example");

  @AfterEach
  void close() {
    datastore.close();
    store.close();
  }

  @BeforeEach
  void attest() {
    datastore.write(
        tx -> {
          tx.create(SpireTypes.NODE, node().build());
          tx.create(SpireTypes.NODE_SELECTORS, selectorsOfAgent("x", "y", "z"));
        });
  }

  private static AttestedNode.Builder node() {
    return AttestedNode.newBuilder()
        .setSpiffeId(AGENT)
        .setCertSerialNumber("11")
        .setCertNotAfter(NOW.getEpochSecond() + 60);
  }

  private void change(AttestedNode.Builder node) {
    datastore.items(SpireTypes.NODE).put(node.build());
  }

  private static NodeSelectors selectorsOfAgent(String... values) {
    return NodeSelectors.newBuilder().setSpiffeId(AGENT).addAllSelectors(selectors(values)).build();
  }

  private static List<Selector> selectors(String... values) {
    return Arrays.stream(values)
        .map(value -> Selector.newBuilder().setType("t").setValue(value).build())
        .toList();
  }

  private void entry(String id, String parent, String spiffeId, String... selectors) {
    datastore
        .items(SpireTypes.ENTRY)
        .create(
            RegistrationEntry.newBuilder()
                .setEntryId(id)
                .setParentId(parent)
                .setSpiffeId(spiffeId)
                .addAllSelectors(selectors(selectors))
                .build());
  }

  private static String id(String path) {
    return "spiffe://td.example/" + path;
  }

  private List<String> entitled() {
    return authorization.entitledEntries(AGENT, NOW).stream()
        .map(RegistrationEntry::getEntryId)
        .toList();
  }

  @Test
  void anAgentActsWithItsCurrentCertificate() {
    assertEquals(ACTIVE, authorization.mayAct(AGENT, "11", NOW));
    assertEquals(SUPERSEDED_SERIAL, authorization.mayAct(AGENT, "10", NOW));
    assertEquals(SUPERSEDED_SERIAL, authorization.mayAct(AGENT, "", NOW));
    assertEquals(UNKNOWN, authorization.mayAct(AGENT + "/other", "11", NOW));
  }

  @Test
  void anAgentActsWithItsPreparedCertificate() {
    change(node().setNewCertSerialNumber("12").setNewCertNotAfter(NOW.getEpochSecond() + 600));
    assertEquals(ACTIVE, authorization.mayAct(AGENT, "11", NOW));
    assertEquals(ACTIVE_NEW_SERIAL, authorization.mayAct(AGENT, "12", NOW));
    Instant later = NOW.plusSeconds(61);
    assertEquals(EXPIRED, authorization.mayAct(AGENT, "11", later));
    assertEquals(ACTIVE_NEW_SERIAL, authorization.mayAct(AGENT, "12", later));
    assertEquals(EXPIRED, authorization.mayAct(AGENT, "12", NOW.plusSeconds(601)));
  }

  @Test
  void aCertificateLivesUpToTheLastMoment() {
    assertEquals(ACTIVE, authorization.mayAct(AGENT, "11", NOW.plusSeconds(60)));
    assertEquals(EXPIRED, authorization.mayAct(AGENT, "11", NOW.plusSeconds(60).plusNanos(1)));
  }

  @Test
  void aBannedAgentMayNotActWhateverItPresents() {
    change(node().setCertSerialNumber(""));
    assertEquals(BANNED, authorization.mayAct(AGENT, "11", NOW));
    assertEquals(BANNED, authorization.mayAct(AGENT, "", NOW));
    assertEquals(BANNED, authorization.mayAct(AGENT, "", NOW.plusSeconds(100)));
  }

  @Test
  void whatLiesUnderTheKeyOfAnotherAgentIsNoAnswerForItsOwn() {
    byte[] unbanned = store.get(new ItemKey("node", AGENT).toKey()).orElseThrow().value();
    store.put(new ItemKey("node", AGENT + "/other").toKey(), unbanned);
    change(node().setCertSerialNumber(""));
    View view = datastore.at(Freshness.LINEARIZABLE);
    authorization.mayAct(view, AGENT + "/other", "11", NOW);
    assertEquals(BANNED, authorization.mayAct(view, AGENT, "11", NOW));
  }

  @Test
  void childrenAndTheirChildrenAreFoundOnce() {
    entry("grandchild", id("w1"), id("w2"), "s");
    entry("child", AGENT, id("w1"), "s");
    entry("child with the same id", AGENT, id("w1"), "s2");
    entry("elsewhere", id("other"), id("w3"), "s");
    assertEquals(List.of("child", "child with the same id", "grandchild"), entitled());
  }

  @Test
  void cyclesEnd() {
    entry("child", AGENT, id("w1"), "s");
    entry("back", id("w1"), AGENT, "s");
    entry("itself", id("w1"), id("w1"), "s");
    assertEquals(List.of("child", "back", "itself"), entitled());
  }

  @Test
  void aliasesOpenWhatIsBelowThemAndStayOutThemselves() {
    entry("alias", SERVER, id("group"), "x", "z");
    entry("not all", SERVER, id("other-group"), "x", "w");
    entry("below", id("group"), id("w1"), "s");
    entry("below other", id("other-group"), id("w2"), "s");
    entry("far below", id("w1"), id("w3"), "s");
    assertEquals(List.of("below", "far below"), entitled());
    datastore.items(SpireTypes.NODE_SELECTORS).put(selectorsOfAgent("x"));
    assertEquals(List.of(), entitled());
    datastore.items(SpireTypes.NODE_SELECTORS).put(selectorsOfAgent("w", "x"));
    assertEquals(List.of("below other"), entitled());
  }

  @Test
  void aliasesNeedAnAttestedAndUnexpiredAgent() {
    entry("alias", SERVER, id("group"), "x");
    entry("below", id("group"), id("w1"), "s");
    entry("child", AGENT, id("w2"), "s");
    assertEquals(List.of("child", "below"), entitled());
    change(node().setCertSerialNumber(""));
    assertEquals(List.of("child", "below"), entitled(), "a ban is mayAct's answer");
    change(node().setCertNotAfter(NOW.getEpochSecond()));
    assertEquals(List.of("child"), entitled());
    datastore.items(SpireTypes.NODE).delete(AGENT);
    assertEquals(List.of("child"), entitled());
  }

  @Test
  void entriesThatAreNoIdsOfTheTrustDomainArePassedOver() {
    entry("foreign", AGENT, "spiffe://other.example/w1", "s");
    entry("behind foreign", "spiffe://other.example/w1", id("w2"), "s");
    entry("no id", AGENT, "workload", "s");
    entry("longer name", AGENT, "spiffe://td.example.org/w1", "s");
    entry("foreign alias", SERVER, "spiffe://other.example/group", "x");
    entry("below foreign alias", "spiffe://other.example/group", id("w3"), "s");
    entry("alias of another server", "spiffe://other.example/spire/server", id("group"), "x");
    entry("below that", id("group"), id("w4"), "s");
    assertEquals(List.of(), entitled());
  }

  @Test
  void whoCarriesTheServersIdDoesNotGetTheAliases() {
    entry("alias", SERVER, id("group"), "q");
    entry("server", AGENT, SERVER, "s");
    assertEquals(List.of("server"), entitled());
  }

  @Test
  void aTrustDomainMustBeOne() {
    assertThrows(IllegalArgumentException.class, () -> Authorization.of(datastore, "TD"));
    assertThrows(IllegalArgumentException.class, () -> Authorization.of(datastore, ""));
    assertThrows(IllegalArgumentException.class, () -> Authorization.of(datastore, "a/b"));
  }
}
