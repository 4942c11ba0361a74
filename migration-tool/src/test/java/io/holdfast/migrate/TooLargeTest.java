package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.Certificate;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is larger than the target takes is left out and reported; the rest is copied. */
final class TooLargeTest {
  private static final int TOO_LARGE = 5 << 20;

  @TempDir Path folder;
  private Path source;

  @BeforeEach
  void unpack() throws Exception {
    source = LegacyFixture.unpack("migrated", folder);
  }

  private Run migrate(String target) {
    return Run.of("migrate", "legacy", "--from=jdbc:sqlite:" + source, "--to=" + target);
  }

  private static void assertTellsOfOne(Run run, String target) {
    assertEquals(ExitCode.RECORDS_TOO_LARGE.number(), run.exit(), run.err());
    assertEquals(1, run.errorLines().size(), run.err());
    assertTrue(run.err().contains(target + " holds all but 1 of the records"), run.err());
  }

  @Test
  void aHugeJournalIsLeftOut() throws Exception {
    LegacyFixture.change(
        source, "UPDATE ca_journals SET data = zeroblob(" + TOO_LARGE + ") WHERE id = 1");
    try (Store store = Store.open("memory:large-journal")) {
      Run run = migrate("memory:large-journal");
      assertTellsOfOne(run, "memory:large-journal");
      assertTrue(
          run.out().contains("ca_journal: 1, each is larger than the target takes"), run.out());
      assertTrue(run.out().contains("ca_journal of row 1: "), run.out());
      try (Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
        assertEquals(1, datastore.items(SpireTypes.CA_JOURNAL).count());
        assertEquals(113, datastore.items(SpireTypes.ENTRY).count());
      }
    }
  }

  @Test
  void entriesLoseTheirLinksToAHugeBundle() throws Exception {
    Bundle bundle = enlarge(bundleWithLinks());
    try (Store store = Store.open("memory:large-bundle")) {
      Run run = migrate("memory:large-bundle");
      assertTellsOfOne(run, "memory:large-bundle");
      assertTrue(run.out().contains("bundle: 1, each is larger"), run.out());
      assertTrue(run.out().contains("federated_registration_entries: "), run.out());
      try (Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
        View view = datastore.snapshot();
        assertTrue(view.get(SpireTypes.BUNDLE, bundle.getTrustDomainId()).isEmpty());
        assertEquals(113, view.count(SpireTypes.ENTRY.all()));
        for (RegistrationEntry entry : view.list(SpireTypes.ENTRY.all())) {
          assertTrue(!entry.getFederatesWithList().contains(bundle.getTrustDomainId()));
        }
      }
    }
  }

  private Bundle bundleWithLinks() {
    try (LegacyDatabase database = LegacyFixture.open(source)) {
      List<LegacyRecord> records = LegacyFixture.records(database);
      String id =
          records.stream()
              .filter(record -> record.message() instanceof RegistrationEntry)
              .flatMap(
                  record -> ((RegistrationEntry) record.message()).getFederatesWithList().stream())
              .findFirst()
              .orElseThrow();
      return records.stream()
          .filter(record -> record.message() instanceof Bundle)
          .map(record -> (Bundle) record.message())
          .filter(bundle -> bundle.getTrustDomainId().equals(id))
          .findFirst()
          .orElseThrow();
    }
  }

  private Bundle enlarge(Bundle bundle) throws SQLException {
    Certificate certificate =
        Certificate.newBuilder().setDerBytes(ByteString.copyFrom(new byte[TOO_LARGE])).build();
    Bundle large = bundle.toBuilder().addRootCas(certificate).build();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + source);
        PreparedStatement update =
            connection.prepareStatement("UPDATE bundles SET data = ? WHERE trust_domain = ?")) {
      update.setBytes(1, large.toByteArray());
      update.setString(2, large.getTrustDomainId());
      assertEquals(1, update.executeUpdate());
    }
    return large;
  }

  @ParameterizedTest
  @EnumSource
  void idsOfTenThousandCharactersAreKeptOrTold(TestStores kind) throws Exception {
    String id = "\u00e9".repeat(10_000);
    LegacyFixture.change(
        source,
        "UPDATE registered_entries SET entry_id = '%1$s', spiffe_id = '%1$s', parent_id = '%1$s',"
                .formatted(id)
            + " hint = '%s' WHERE id = 40".formatted(id),
        "INSERT INTO selectors (registered_entry_id, type, value) VALUES (40, 'x', '" + id + "')",
        "UPDATE attested_node_entries SET spiffe_id = '" + id + "' WHERE id = 5",
        "UPDATE join_tokens SET token = '" + id + "' WHERE id = 1");
    String target = kind.fresh(folder);
    try (Store store = Store.open(target)) {
      Run run = migrate(target);
      assertTrue(Set.of(0, ExitCode.RECORDS_TOO_LARGE.number()).contains(run.exit()), run.err());
      try (Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
        boolean isThere = datastore.items(SpireTypes.ENTRY).get(id).isPresent();
        assertEquals(isThere, run.exit() == 0, run.out());
        assertEquals(isThere ? 113 : 112, datastore.items(SpireTypes.ENTRY).count());
        if (isThere) {
          assertEquals(
              1,
              datastore.snapshot().list(SpireTypes.ENTRY.by(SpireTypes.ENTRY_PARENT, id)).size());
        } else {
          assertTrue(run.out().contains("entry: 1, each is larger than the target takes"));
        }
      }
    }
  }
}
