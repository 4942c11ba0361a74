package io.holdfast.migrate;

import static io.holdfast.migrate.LegacyReport.Dirt.ENTRY_MISSING;
import static io.holdfast.migrate.LegacyReport.Dirt.NO_ID;
import static io.holdfast.migrate.LegacyReport.Dirt.OTHER_TRUST_DOMAIN;
import static io.holdfast.migrate.LegacyReport.Dirt.TIME_UNREADABLE;
import static io.holdfast.migrate.LegacyReport.Dirt.UNREADABLE;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.testbed.Database;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Rows that only a server can hold, or holds in its own way. */
final class LegacyServerDirtTest {
  private static final long YEAR_ONE = -62_135_596_800L;
  private static final String AGENT = "spiffe://old.example/spire/agent/x509pop/v17-0";

  private final List<LegacyRecord> records = new ArrayList<>();
  private LegacyReport report;

  private void readAfter(LegacyServers server, String... statements) throws Exception {
    Database database = server.load("migrated");
    LegacyServers.change(database, statements);
    try (LegacyDatabase source = LegacyServers.open(database)) {
      report = source.read(records::add);
      assertEquals(source.countRows(), report.rows());
    }
  }

  @AfterEach
  void everyRowIsAccountedFor() {
    long given = report.given().values().stream().mapToLong(Long::longValue).sum();
    long rows = report.rows().values().stream().mapToLong(Long::longValue).sum();
    assertEquals(rows, given + report.skipped());
  }

  private RegistrationEntry entry(long row) {
    return records.stream()
        .filter(record -> record.table() == LegacyTable.ENTRIES && record.rowId() == row)
        .map(record -> (RegistrationEntry) record.message())
        .findFirst()
        .orElseThrow();
  }

  @Test
  void tellsIdsApartThatMysqlTakesForTheSame() throws Exception {
    readAfter(
        LegacyServers.MYSQL,
        "DELETE FROM node_resolver_map_entries",
        "INSERT INTO node_resolver_map_entries (spiffe_id, type, value) VALUES ('%1$s', 'a', '1'),"
                .formatted(AGENT)
            + " ('%s', 'b', '2'), ('%s ', 'c', '3'), ('%s', 'd', '4')"
                .formatted(AGENT.toUpperCase(Locale.ROOT), AGENT, AGENT.replace("old", "öld")));
    AttestedNode node =
        records.stream()
            .filter(record -> record.table() == LegacyTable.NODES)
            .map(record -> (AttestedNode) record.message())
            .filter(agent -> agent.getSpiffeId().equals(AGENT))
            .findFirst()
            .orElseThrow();
    assertEquals(List.of("a"), node.getSelectorsList().stream().map(Selector::getType).toList());
    List<String> alone =
        records.stream()
            .filter(record -> record.table() == LegacyTable.NODE_SELECTORS)
            .map(record -> ((NodeSelectors) record.message()).getSpiffeId())
            .toList();
    assertEquals(
        List.of(AGENT.toUpperCase(Locale.ROOT), AGENT + " ", AGENT.replace("old", "öld")), alone);
  }

  @Test
  void readsTextOfTablesInLatin1AndLeavesOutBytesThatAreNoText() throws Exception {
    readAfter(
        LegacyServers.MYSQL,
        "ALTER TABLE registered_entries CONVERT TO CHARACTER SET latin1",
        "UPDATE registered_entries SET hint = 'für ÿ' WHERE id = 40",
        "ALTER TABLE registered_entries MODIFY spiffe_id VARBINARY(255)",
        "UPDATE registered_entries SET spiffe_id = x'66fc72' WHERE id = 41",
        "ALTER TABLE attested_node_entries CONVERT TO CHARACTER SET latin1 COLLATE latin1_bin");
    assertEquals("für ÿ", entry(40).getHint());
    assertEquals(1, report.count(LegacyTable.ENTRIES, UNREADABLE));
    assertEquals(112, report.given().get(LegacyTable.ENTRIES));
    assertEquals(160, report.given().get(LegacyTable.NODE_SELECTORS));
    assertTrue(records.stream().noneMatch(r -> r.table() == LegacyTable.NODE_SELECTORS));
  }

  @Test
  void takesTimesThatMysqlKnowsAndNobodyElse() throws Exception {
    readAfter(
        LegacyServers.MYSQL,
        "SET SESSION sql_mode = ''",
        "UPDATE registered_entries SET created_at = '0000-00-00 00:00:00' WHERE id = 40");
    assertEquals(YEAR_ONE, entry(40).getCreatedAt());
    assertEquals(1, report.count(LegacyTable.ENTRIES, TIME_UNREADABLE));
  }

  @Test
  void takesTimesThatPostgresqlKnowsAndNobodyElse() throws Exception {
    readAfter(
        LegacyServers.PG,
        "UPDATE registered_entries SET created_at = 'infinity' WHERE id = 40",
        "UPDATE registered_entries SET created_at = '0044-03-15 BC' WHERE id = 41",
        "UPDATE registered_entries SET created_at = '2024-05-04 04:34:45.999999+05:30'"
            + " WHERE id = 42",
        "UPDATE registered_entries SET created_at = '12345-06-07' WHERE id = 43",
        "DO $$ BEGIN EXECUTE 'ALTER DATABASE ' || current_database()"
            + " || ' SET TimeZone = ''Asia/Tokyo'''; END $$");
    assertEquals(YEAR_ONE, entry(40).getCreatedAt());
    assertEquals(
        Instant.parse("-0043-03-15T00:00:00Z"), Instant.ofEpochSecond(entry(41).getCreatedAt()));
    assertEquals(1714777486, entry(42).getCreatedAt());
    assertEquals(
        Instant.parse("+12345-06-07T00:00:00Z"), Instant.ofEpochSecond(entry(43).getCreatedAt()));
    assertEquals(1, report.count(LegacyTable.ENTRIES, TIME_UNREADABLE));
  }

  @ParameterizedTest
  @EnumSource
  void countsPartsThatNameNoRecordAtAll(LegacyServers server) throws Exception {
    String many =
        IntStream.range(0, 2500)
            .mapToObj(i -> "(%s, 'a', 'v%d')".formatted(i % 2 == 0 ? "NULL" : "1000000", i))
            .collect(Collectors.joining(", "));
    readAfter(
        server,
        "INSERT INTO selectors (registered_entry_id, type, value) VALUES " + many,
        "INSERT INTO selectors (registered_entry_id, type, value) VALUES (0, NULL, NULL)",
        "UPDATE registered_entries SET entry_id = NULL, spiffe_id = NULL WHERE id = 40",
        "UPDATE bundles SET data = NULL WHERE id = 2");
    assertEquals(2501, report.count(LegacyTable.SELECTORS, ENTRY_MISSING));
    assertEquals(1, report.count(LegacyTable.ENTRIES, NO_ID));
    assertEquals(1, report.count(LegacyTable.BUNDLES, OTHER_TRUST_DOMAIN));
  }

  @Test
  void readsIdsOfTenThousandCharactersAndUndecodableMessages() throws Exception {
    readAfter(
        LegacyServers.PG,
        "UPDATE registered_entries SET spiffe_id = repeat('é', 10000), additional_attributes ="
            + " '\\xff00' WHERE id = 41",
        "UPDATE registered_entries SET spiffe_id = repeat('é', 10000), parent_id ="
            + " repeat('x', 10000) WHERE id = 40",
        "UPDATE bundles SET data = '\\xff00' WHERE id = 2");
    assertEquals("é".repeat(10_000), entry(40).getSpiffeId());
    assertEquals(1, report.count(LegacyTable.ENTRIES, UNREADABLE));
    assertEquals(1, report.count(LegacyTable.BUNDLES, UNREADABLE));
  }
}
