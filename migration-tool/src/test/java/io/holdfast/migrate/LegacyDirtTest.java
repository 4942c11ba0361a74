package io.holdfast.migrate;

import static io.holdfast.migrate.LegacyReport.Dirt.ENTRY_MISSING;
import static io.holdfast.migrate.LegacyReport.Dirt.NO_ID;
import static io.holdfast.migrate.LegacyReport.Dirt.NO_VALUE;
import static io.holdfast.migrate.LegacyReport.Dirt.OTHER_TRUST_DOMAIN;
import static io.holdfast.migrate.LegacyReport.Dirt.RECORD_SKIPPED;
import static io.holdfast.migrate.LegacyReport.Dirt.SAME_ID;
import static io.holdfast.migrate.LegacyReport.Dirt.TIME_UNREADABLE;
import static io.holdfast.migrate.LegacyReport.Dirt.UNREADABLE;
import static io.holdfast.migrate.LegacyTable.BUNDLES;
import static io.holdfast.migrate.LegacyTable.DNS_NAMES;
import static io.holdfast.migrate.LegacyTable.ENTRIES;
import static io.holdfast.migrate.LegacyTable.FEDERATION;
import static io.holdfast.migrate.LegacyTable.JOIN_TOKENS;
import static io.holdfast.migrate.LegacyTable.LINKS;
import static io.holdfast.migrate.LegacyTable.NODES;
import static io.holdfast.migrate.LegacyTable.NODE_SELECTORS;
import static io.holdfast.migrate.LegacyTable.SELECTORS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.migrate.LegacyReport.Finding;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Damage of single rows; done to a database that otherwise has one bad link only. */
final class LegacyDirtTest {
  // Bytes that neither UTF-8 nor a message can begin with.
  private static final String GARBAGE = "CAST(x'ff00' AS TEXT)";

  @TempDir Path folder;
  private Path database;
  private final List<LegacyRecord> records = new ArrayList<>();
  private LegacyReport report;

  @BeforeEach
  void unpack() throws Exception {
    database = LegacyFixture.unpack("migrated", folder);
  }

  private void readAfter(String... statements) throws Exception {
    LegacyFixture.change(database, statements);
    try (LegacyDatabase source = LegacyFixture.open(database)) {
      report = source.read(records::add);
    }
  }

  @AfterEach
  void everyRowIsAccountedFor() {
    long given = report.given().values().stream().mapToLong(Long::longValue).sum();
    long rows = report.rows().values().stream().mapToLong(Long::longValue).sum();
    assertEquals(rows, given + report.skipped());
    assertTrue(report.findings().stream().allMatch(f -> f.examples().size() <= 5));
  }

  private Optional<LegacyRecord> record(LegacyTable table, long rowId) {
    return records.stream().filter(r -> r.table() == table && r.rowId() == rowId).findFirst();
  }

  private Finding finding(LegacyTable table, LegacyReport.Dirt dirt) {
    return report.findings().stream()
        .filter(finding -> finding.table() == table && finding.dirt() == dirt)
        .findFirst()
        .orElseThrow(() -> new AssertionError(report.findings().toString()));
  }

  @Test
  void leavesOutABundleThatIsNoMessageAndTheLinksToIt() throws Exception {
    readAfter("UPDATE bundles SET data = x'ff00' WHERE id = 2");
    assertTrue(record(BUNDLES, 2).isEmpty());
    assertEquals(List.of("row 2: data is not a bundle"), finding(BUNDLES, UNREADABLE).examples());
    long links = finding(LINKS, RECORD_SKIPPED).count();
    assertTrue(links > 0);
    assertEquals(33 - 1 - links, report.given().get(LINKS));
    assertEquals(113, report.given().get(ENTRIES));
    assertTrue(
        records.stream()
            .filter(r -> r.message() instanceof RegistrationEntry)
            .flatMap(r -> ((RegistrationEntry) r.message()).getFederatesWithList().stream())
            .allMatch(
                domain ->
                    records.stream()
                        .filter(r -> r.message() instanceof Bundle)
                        .anyMatch(r -> ((Bundle) r.message()).getTrustDomainId().equals(domain))));
  }

  @Test
  void keepsABundleWithDataOfAnotherTrustDomainEmptyAndTheLinksToIt() throws Exception {
    readAfter();
    long links = report.given().get(LINKS);
    records.clear();
    readAfter(
        "UPDATE bundles SET trust_domain = 'spiffe://elsewhere.test' WHERE id = 2",
        "UPDATE bundles SET data = NULL WHERE id = 4");
    // Whoever trusts elsewhere.test must not come to trust the keys of the other one by that.
    assertEquals(
        Bundle.newBuilder().setTrustDomainId("spiffe://elsewhere.test").build(),
        record(BUNDLES, 2).orElseThrow().message());
    assertEquals(
        Bundle.newBuilder().setTrustDomainId("spiffe://peer-18.test").build(),
        record(BUNDLES, 4).orElseThrow().message());
    assertEquals(
        List.of("row 2: data names another", "row 4: data names none"),
        finding(BUNDLES, OTHER_TRUST_DOMAIN).examples());
    assertEquals(links, report.given().get(LINKS));
  }

  @Test
  void leavesOutAnEntryWhoseAttributesAreNoMessage() throws Exception {
    readAfter("UPDATE registered_entries SET additional_attributes = x'ff00' WHERE id = 40");
    assertTrue(record(ENTRIES, 40).isEmpty());
    assertEquals(1, report.count(ENTRIES, UNREADABLE));
    assertEquals(
        "of registered_entries row 40", finding(SELECTORS, RECORD_SKIPPED).examples().get(0));
    assertEquals(0, report.count(SELECTORS, ENTRY_MISSING));
  }

  @Test
  void leavesOutAnEntryRatherThanGiveItWithFewerSelectors() throws Exception {
    readAfter(
        "DELETE FROM selectors WHERE registered_entry_id = 40",
        "INSERT INTO selectors (registered_entry_id, type, value) VALUES (40, 'unix', 'uid:1'),"
            + " (40, 'unix', "
            + GARBAGE
            + ")");
    assertTrue(record(ENTRIES, 40).isEmpty());
    assertTrue(record(ENTRIES, 41).isPresent());
    assertEquals(1, report.count(SELECTORS, UNREADABLE));
    assertEquals(1, report.count(SELECTORS, RECORD_SKIPPED));
    assertEquals(1, report.count(ENTRIES, RECORD_SKIPPED));
  }

  @Test
  void leavesOutTextThatIsNotUtf8() throws Exception {
    readAfter(
        "UPDATE registered_entries SET spiffe_id = " + GARBAGE + " WHERE id = 40",
        "UPDATE attested_node_entries SET data_type = " + GARBAGE + " WHERE id = 5",
        "UPDATE dns_names SET value = " + GARBAGE + " WHERE id = 1");
    assertTrue(record(ENTRIES, 40).isEmpty());
    assertTrue(record(NODES, 5).isEmpty());
    assertEquals(
        List.of("row 40: spiffe_id is not UTF-8 text"), finding(ENTRIES, UNREADABLE).examples());
    assertEquals(1, report.count(NODES, UNREADABLE));
    assertEquals(1, report.count(DNS_NAMES, UNREADABLE));
  }

  @Test
  void keepsANodeOfWhichASelectorCannotBeRead() throws Exception {
    readAfter(
        "UPDATE node_resolver_map_entries SET value = "
            + GARBAGE
            + " WHERE id ="
            + " (SELECT MIN(id) FROM node_resolver_map_entries)");
    assertEquals(80, report.given().get(NODES));
    assertEquals(1, report.count(NODE_SELECTORS, UNREADABLE));
  }

  @Test
  void takesTimesThatAreNoTimesForTheYearOneAsSpireDoesAndSaysSo() throws Exception {
    long yearOne = -62_135_596_800L;
    readAfter(
        "UPDATE registered_entries SET created_at = 'yesterday' WHERE id = 40",
        "UPDATE registered_entries SET created_at = " + GARBAGE + " WHERE id = 42",
        "UPDATE registered_entries SET created_at = '' WHERE id = 43",
        "UPDATE registered_entries SET created_at = NULL WHERE id = 41",
        "UPDATE attested_node_entries SET expires_at = 'never', serial_number = '' WHERE id = 5");
    assertEquals(yearOne, entry(40).getCreatedAt());
    assertEquals(0, entry(41).getCreatedAt());
    assertEquals(yearOne, entry(42).getCreatedAt());
    assertEquals(yearOne, entry(43).getCreatedAt());
    AttestedNode banned = (AttestedNode) record(NODES, 5).orElseThrow().message();
    assertEquals(yearOne, banned.getCertNotAfter());
    assertTrue(banned.getCertSerialNumber().isEmpty());
    assertEquals(3, report.count(ENTRIES, TIME_UNREADABLE));
    assertEquals("row 40: created_at", finding(ENTRIES, TIME_UNREADABLE).examples().get(0));
    assertEquals(1, report.count(NODES, TIME_UNREADABLE));
    assertEquals(1, report.skipped());
  }

  @Test
  void leavesOutNumbersThatAreNoneRatherThanTakeThemForZero() throws Exception {
    readAfter(
        "UPDATE registered_entries SET expiry = 'soon' WHERE id = 40",
        "UPDATE registered_entries SET ttl = 4294967356 WHERE id = 41",
        "UPDATE registered_entries SET admin = 'yes' WHERE id = 42",
        "UPDATE registered_entries SET jwt_svid_ttl = 1.5 WHERE id = 43",
        "UPDATE registered_entries SET revision_number = x'31' WHERE id = 44",
        "UPDATE registered_entries SET downstream = -1 WHERE id = 45",
        "UPDATE registered_entries SET admin = 2 WHERE id = 47",
        "UPDATE registered_entries SET admin = 'true', downstream = 'F' WHERE id = 48",
        "UPDATE join_tokens SET expiry = 'never' WHERE id = 1");
    for (int id : List.of(40, 41, 42, 43, 44, 45, 47)) {
      assertTrue(record(ENTRIES, id).isEmpty(), "row " + id);
    }
    assertEquals(
        List.of(
            "row 40: expiry is no whole number",
            "row 41: ttl is larger than 32 bits",
            "row 42: admin is no truth value",
            "row 43: jwt_svid_ttl is no whole number",
            "row 44: revision_number is no whole number"),
        finding(ENTRIES, UNREADABLE).examples());
    assertTrue(entry(48).getAdmin());
    assertFalse(entry(48).getDownstream());
    assertEquals(1, report.count(JOIN_TOKENS, UNREADABLE));
  }

  @Test
  void leavesOutRowsWhoseIdsNoDatabaseGives() throws Exception {
    readAfter(
        "UPDATE registered_entries SET id = -5 WHERE id = 40",
        "UPDATE attested_node_entries SET id = 0 WHERE id = 5",
        "UPDATE join_tokens SET id = -1 WHERE id = 1");
    assertEquals(1, report.count(ENTRIES, UNREADABLE));
    assertEquals(1, report.count(NODES, UNREADABLE));
    assertEquals(1, report.count(JOIN_TOKENS, UNREADABLE));
    assertTrue(records.stream().allMatch(record -> record.rowId() > 0));
  }

  @Test
  void leavesOutRecordsWithoutId() throws Exception {
    readAfter(
        "UPDATE registered_entries SET entry_id = NULL WHERE id = 40",
        "INSERT INTO attested_node_entries (spiffe_id) VALUES ('')",
        "INSERT INTO node_resolver_map_entries (spiffe_id, type, value) VALUES ('', 'a', 'b')",
        "INSERT INTO node_resolver_map_entries (spiffe_id, type, value) VALUES (NULL, 'a', 'b')",
        "INSERT INTO join_tokens (token, expiry) VALUES ('', 1)");
    assertEquals(1, report.count(ENTRIES, NO_ID));
    assertEquals(1, report.count(NODES, NO_ID));
    assertEquals(1, report.count(NODE_SELECTORS, NO_ID));
    assertEquals(1, report.count(NODE_SELECTORS, RECORD_SKIPPED));
    assertEquals(1, report.count(JOIN_TOKENS, NO_ID));
    assertFalse(records.stream().anyMatch(r -> r.message().toByteArray().length == 0));
  }

  @Test
  void countsPartsThatNameNoRecordAtAll() throws Exception {
    readAfter(
        "INSERT INTO selectors (registered_entry_id, type, value) VALUES (NULL, 'a', 'b'),"
            + " (0, 'a', 'b'), (1000000, 'a', 'b')",
        "DELETE FROM registered_entries WHERE id ="
            + " (SELECT MAX(registered_entry_id) FROM dns_names)");
    assertTrue(report.count(SELECTORS, ENTRY_MISSING) >= 4);
    assertTrue(report.count(DNS_NAMES, ENTRY_MISSING) >= 1);
  }

  @Test
  void givesNoRecordAPartThatNamesItOnlyNearly() throws Exception {
    readAfter();
    int selectors = entry(40).getSelectorsCount();
    long orphans = report.count(SELECTORS, ENTRY_MISSING);
    records.clear();
    readAfter(
        "INSERT INTO selectors (registered_entry_id, type, value) VALUES (40.5, 'a', 'b'),"
            + " ('40 or so', 'a', 'b'), (x'3430', 'a', 'b')");
    assertEquals(selectors, entry(40).getSelectorsCount());
    assertEquals(orphans + 3, report.count(SELECTORS, ENTRY_MISSING));
  }

  @Test
  void leavesOutPartsThatSpireDoesNotShowAndEntriesThatItRefusesToRead() throws Exception {
    readAfter();
    RegistrationEntry before = entry(40);
    records.clear();
    readAfter(
        "INSERT INTO selectors (registered_entry_id, type, value) VALUES (40, NULL, 'a'),"
            + " (40, NULL, NULL), (41, 'unix', NULL)",
        "INSERT INTO dns_names (registered_entry_id, value) VALUES (40, NULL)",
        "UPDATE node_resolver_map_entries SET type = NULL WHERE id = 1",
        "INSERT INTO node_resolver_map_entries (spiffe_id, value) VALUES ('alone', 'x')");
    assertEquals(before, entry(40));
    assertTrue(record(ENTRIES, 41).isEmpty());
    assertEquals(2, report.count(SELECTORS, NO_VALUE));
    assertEquals(1, report.count(SELECTORS, UNREADABLE));
    assertEquals(1, report.count(DNS_NAMES, NO_VALUE));
    assertEquals(2, report.count(NODE_SELECTORS, NO_VALUE));
    assertTrue(records.stream().noneMatch(record -> record.table() == NODE_SELECTORS));
  }

  @Test
  void keepsTheYoungestOfRowsWithOneId() throws Exception {
    readAfter(
        "DROP INDEX uix_bundles_trust_domain",
        "DROP INDEX uix_attested_node_entries_spiffe_id",
        "DROP INDEX uix_registered_entries_entry_id",
        "DROP INDEX uix_join_tokens_token",
        "DROP INDEX uix_federated_trust_domains_trust_domain",
        "INSERT INTO bundles (trust_domain, data)"
            + " SELECT trust_domain, data FROM bundles WHERE id = 2",
        "UPDATE registered_entries SET entry_id ="
            + " (SELECT entry_id FROM registered_entries WHERE id = 42) WHERE id IN (40, 41)",
        "UPDATE attested_node_entries SET spiffe_id ="
            + " (SELECT spiffe_id FROM attested_node_entries WHERE id = 6) WHERE id = 5",
        "UPDATE join_tokens SET token = (SELECT token FROM join_tokens WHERE id = 2) WHERE id = 1",
        "UPDATE federated_trust_domains SET trust_domain ="
            + " (SELECT trust_domain FROM federated_trust_domains WHERE id = 2) WHERE id = 1");
    for (LegacyTable table : List.of(BUNDLES, NODES, JOIN_TOKENS, FEDERATION)) {
      assertEquals(1, report.count(table, SAME_ID), table.sqlName());
    }
    assertEquals(
        List.of("row 40: row 42 is kept", "row 41: row 42 is kept"),
        finding(ENTRIES, SAME_ID).examples());
    assertTrue(record(ENTRIES, 42).isPresent());
    assertTrue(record(NODES, 6).isPresent());
    // Links lead to the bundle that is kept.
    assertEquals(
        List.of("of registered_entries row 41"), finding(LINKS, RECORD_SKIPPED).examples());
    assertEquals(160, report.rows().get(NODE_SELECTORS));
  }

  @Test
  void leavesOutRelationshipsThatSpireRefusesToRead() throws Exception {
    readAfter(
        "UPDATE federated_trust_domains SET bundle_endpoint_profile = NULL WHERE id = 1",
        "UPDATE federated_trust_domains SET bundle_endpoint_profile = 'https_spiffe',"
            + " endpoint_spiffe_id = 'spiffe://a//b' WHERE id = 2",
        "UPDATE federated_trust_domains SET trust_domain = 'Upper.test' WHERE id = 3",
        "UPDATE federated_trust_domains SET bundle_endpoint_url = 'https://a:b/' WHERE id = 5",
        "UPDATE federated_trust_domains SET bundle_endpoint_url = 'https://a/' || char(133)"
            + " WHERE id = 6",
        "UPDATE federated_trust_domains SET bundle_endpoint_url = 'https://a' || char(10)"
            + " WHERE id = 4");
    assertEquals(5, report.count(FEDERATION, UNREADABLE));
    assertEquals(3, report.given().get(FEDERATION));
    assertTrue(record(FEDERATION, 6).isPresent());
  }

  @Test
  void leavesOutIdsThatAreKeptAsBytes() throws Exception {
    readAfter(
        "UPDATE registered_entries SET entry_id ="
            + " (SELECT CAST(entry_id AS BLOB) FROM registered_entries WHERE id = 41)"
            + " WHERE id = 40",
        "INSERT INTO node_resolver_map_entries (spiffe_id, type, value)"
            + " SELECT CAST(spiffe_id AS BLOB), 'a', 'b' FROM attested_node_entries WHERE id = 5");
    assertTrue(record(ENTRIES, 40).isEmpty());
    assertTrue(record(ENTRIES, 41).isPresent());
    assertEquals(1, report.count(NODE_SELECTORS, UNREADABLE));
  }

  private RegistrationEntry entry(long row) {
    return (RegistrationEntry) record(ENTRIES, row).orElseThrow().message();
  }
}
