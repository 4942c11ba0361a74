package io.holdfast.datastore.spire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.DatastoreException;
import io.holdfast.datastore.DatastoreException.Code;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.datastore.spire.Bundles.DeleteMode;
import io.holdfast.store.Store;
import java.util.List;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Bundles with more entries than one commit takes. */
final class BundlesTest {
  private static final String TRUST_DOMAIN = "spiffe://other.test";
  private static final int MANY = 1_234;

  private final Store store = Store.open("memory:" + UUID.randomUUID());
  private final Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open();
  private final SpireDatastore spire = SpireDatastore.of(datastore);

  @BeforeEach
  void create() {
    spire.bundles().create(Bundle.newBuilder().setTrustDomainId(TRUST_DOMAIN).build());
    datastore.write(
        tx -> {
          for (int i = 0; i < MANY; i++) {
            tx.create(SpireTypes.ENTRY, entry(i));
          }
        });
  }

  private static RegistrationEntry entry(int i) {
    return RegistrationEntry.newBuilder()
        .setEntryId("entry-" + i)
        .setSpiffeId("spiffe://a.test/" + i)
        .addSelectors(Selector.newBuilder().setType("unix").setValue("uid:" + i))
        .addFederatesWith(TRUST_DOMAIN)
        .build();
  }

  @AfterEach
  void close() {
    datastore.close();
    store.close();
  }

  private List<String> subjects() {
    return spire.entryEvents().list(Freshness.LINEARIZABLE, 0, 0).stream()
        .map(Events.Event::subject)
        .toList();
  }

  private static List<String> all() {
    return IntStream.range(0, MANY).mapToObj(i -> "entry-" + i).toList();
  }

  @Test
  void manyEntriesAreDeletedInTheirOrder() {
    spire.bundles().delete(TRUST_DOMAIN, DeleteMode.DELETE);
    assertEquals(0, spire.bundles().count());
    assertEquals(0, spire.entries().count(Freshness.LINEARIZABLE, EntryFilter.ALL));
    assertEquals(all(), subjects());
  }

  @Test
  void manyEntriesGoOnWithout() {
    spire.bundles().delete(TRUST_DOMAIN, DeleteMode.DISSOCIATE);
    assertEquals(0, spire.bundles().count());
    List<RegistrationEntry> entries = spire.entries().list(Freshness.LINEARIZABLE, EntryFilter.ALL);
    assertEquals(MANY, entries.size());
    entries.forEach(entry -> assertEquals(1, entry.getRevisionNumber()));
    entries.forEach(entry -> assertEquals(0, entry.getFederatesWithCount()));
    assertEquals(all(), subjects());
  }

  @Test
  void restrictTellsHowMany() {
    var refusal =
        assertThrows(
            DatastoreException.class,
            () -> spire.bundles().delete(TRUST_DOMAIN, DeleteMode.RESTRICT));
    assertEquals(Code.FAILED_PRECONDITION, refusal.code());
    assertEquals(
        "datastore-sql: cannot delete bundle; federated with " + MANY + " registration entries",
        refusal.getMessage());
    assertEquals(List.of(), subjects());
  }
}
