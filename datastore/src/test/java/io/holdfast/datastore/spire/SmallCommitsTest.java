package io.holdfast.datastore.spire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.CAJournal;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.datastore.spire.Bundles.DeleteMode;
import io.holdfast.store.Deadline;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.Limits;
import io.holdfast.store.MemoryProvider;
import io.holdfast.store.Status;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What removes many items does so on a store that takes few writes in a commit, too: as many as
 * etcd does with its default settings.
 */
final class SmallCommitsTest {
  private static final int WRITES = 126;
  private static final int MANY = 200;
  private static final Instant END = Instant.parse("2030-01-01T00:00:00Z");
  private static final String TRUST_DOMAIN = "spiffe://other.test";

  private final Store store = Store.over(new Small(), Duration.ofSeconds(10));
  private final Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open();
  private final SpireDatastore spire = SpireDatastore.of(datastore, () -> END);

  private static final class Small extends ForwardingBackend {
    Small() {
      super(new MemoryProvider().open(StoreConfig.of("memory:" + UUID.randomUUID())));
    }

    @Override
    public Status status(Deadline deadline) {
      Status status = super.status(deadline);
      Limits most = status.limits();
      return new Status(
          status.head(),
          status.oldest(),
          status.incarnation(),
          new Limits(
              most.keyBytesMax(),
              most.valueBytesMax(),
              WRITES,
              most.transactionBytesMax(),
              most.pageEntriesMax(),
              most.pageBytesMax()));
    }
  }

  @AfterEach
  void close() {
    datastore.close();
    store.close();
  }

  private static List<String> names(String prefix) {
    return IntStream.range(0, MANY).mapToObj(i -> prefix + i).toList();
  }

  private static RegistrationEntry.Builder entry(String id, String parentId) {
    return RegistrationEntry.newBuilder()
        .setEntryId(id)
        .setSpiffeId("spiffe://a.test/" + id)
        .setParentId(parentId)
        .addSelectors(Selector.newBuilder().setType("spiffe_id").setValue(parentId));
  }

  private long entries() {
    return spire.entries().count(Freshness.LINEARIZABLE, EntryFilter.ALL);
  }

  /** What has changed since so many events. */
  private static List<String> changed(Events events, long since) {
    return events.list(Freshness.LINEARIZABLE, since, 0).stream()
        .map(Events.Event::subject)
        .toList();
  }

  @Test
  void expiredEntriesGoWithTheirEvents() {
    for (String id : names("entry-")) {
      spire.entries().create(entry(id, "agent").setEntryExpiry(1_000).build());
    }
    spire.entries().prune(END);
    assertEquals(0, entries());
    assertEquals(names("entry-"), changed(spire.entryEvents(), MANY));
  }

  @Test
  void expiredNodesGoWithWhatTheirTokensLeft() {
    for (String id : names("agent-")) {
      spire
          .nodes()
          .create(
              AttestedNode.newBuilder()
                  .setSpiffeId(id)
                  .setAttestationDataType("join_token")
                  .setCertSerialNumber("1")
                  .setCertNotAfter(1_000)
                  .build());
      spire
          .nodeSelectors()
          .set(id, List.of(Selector.newBuilder().setType("a").setValue("b").build()));
      spire.entries().create(entry("of-" + id, id).build());
    }
    spire.nodes().prune(END, true, MANY - 1);
    assertEquals(1, spire.nodes().count(NodeFilter.ALL));
    spire.nodes().prune(END, true, 0);
    assertEquals(0, spire.nodes().count(NodeFilter.ALL));
    assertEquals(0, entries());
    assertEquals(names("agent-"), changed(spire.nodeEvents(), 2L * MANY));
    assertEquals(names("of-agent-"), changed(spire.entryEvents(), MANY));
  }

  @Test
  void expiredTokensGo() {
    names("token-").forEach(token -> spire.joinTokens().create(token, END));
    spire.joinTokens().prune(END.plusSeconds(1));
    for (String token : names("token-")) {
      assertEquals(Optional.empty(), spire.joinTokens().fetch(token));
    }
  }

  @Test
  void oldEventsGoAndTheOthersKeepTheirIds() {
    names("agent-").forEach(id -> spire.nodeSelectors().set(id, List.of()));
    spire.nodeEvents().prune(Duration.ofSeconds(-1));
    assertEquals(List.of(), changed(spire.nodeEvents(), 0));
    spire.nodeSelectors().set("agent", List.of());
    assertEquals(new Events.Event(MANY + 1L, "agent"), spire.nodeEvents().fetch(MANY + 1L));
  }

  @Test
  void endedJournalsGo() {
    for (String authority : names("authority-")) {
      spire.caJournals().set(CAJournal.newBuilder().setActiveX509AuthorityId(authority).build());
    }
    spire.caJournals().prune(0);
    assertEquals(List.of(), spire.caJournals().list());
  }

  @Test
  void aBundleIsDeletedWithItsEntries() {
    createFederated();
    spire.bundles().delete(TRUST_DOMAIN, DeleteMode.DELETE);
    assertEquals(0, spire.bundles().count());
    assertEquals(0, entries());
    assertEquals(names("entry-"), changed(spire.entryEvents(), MANY));
  }

  @Test
  void aBundleIsDeletedAndItsEntriesGoOn() {
    createFederated();
    spire.bundles().delete(TRUST_DOMAIN, DeleteMode.DISSOCIATE);
    assertEquals(0, spire.bundles().count());
    for (RegistrationEntry entry : spire.entries().list(Freshness.LINEARIZABLE, EntryFilter.ALL)) {
      assertEquals(0, entry.getFederatesWithCount());
      assertEquals(1, entry.getRevisionNumber());
    }
    assertEquals(names("entry-"), changed(spire.entryEvents(), MANY));
  }

  private void createFederated() {
    spire.bundles().create(Bundle.newBuilder().setTrustDomainId(TRUST_DOMAIN).build());
    for (String id : names("entry-")) {
      spire.entries().create(entry(id, "agent").addFederatesWith(TRUST_DOMAIN).build());
    }
  }

  @Test
  void whatIsTooLargeAloneIsRefusedAndStays() {
    AttestedNode node =
        AttestedNode.newBuilder()
            .setSpiffeId("agent")
            .setAttestationDataType("join_token")
            .setCertSerialNumber("1")
            .build();
    spire.nodes().create(node);
    names("entry-").forEach(id -> spire.entries().create(entry(id, "agent").build()));
    assertThrows(StoreException.LimitExceeded.class, () -> spire.nodes().prune(END, true, 0));
    assertEquals(List.of(node), spire.nodes().list(NodeFilter.ALL));
    assertEquals(MANY, entries());
  }
}
