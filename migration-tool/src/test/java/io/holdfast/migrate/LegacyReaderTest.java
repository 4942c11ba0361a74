package io.holdfast.migrate;

import static io.holdfast.migrate.LegacyReport.Dirt.BOTH_MISSING;
import static io.holdfast.migrate.LegacyReport.Dirt.BUNDLE_MISSING;
import static io.holdfast.migrate.LegacyReport.Dirt.ENTRY_MISSING;
import static io.holdfast.migrate.LegacyTable.DNS_NAMES;
import static io.holdfast.migrate.LegacyTable.LINKS;
import static io.holdfast.migrate.LegacyTable.NODE_SELECTORS;
import static io.holdfast.migrate.LegacyTable.SELECTORS;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.holdfast.datastore.proto.NodeSelectors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class LegacyReaderTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "fleet, 16105",
    "varied, 1120",
    "varied-wal, 1120",
    "migrated, 348",
    "spire-1.0.4, 258",
    "spire-1.1.5, 339",
    "spire-1.2.5, 339",
    "spire-1.4.7, 267",
    "spire-1.5.6, 339",
    "spire-1.6.5, 333",
    "spire-1.7.6, 333",
    "spire-1.8.11, 468",
    "spire-1.14.2, 523",
    "spire-1.14.7, 494"
  })
  void givesRecordForRecordWhatSpireReads(String database, int count) throws Exception {
    List<JsonObject> truth = LegacyExpected.lines(database);
    assertEquals(count, truth.size());
    LegacyTruth format = new LegacyTruth();
    List<LegacyRecord> records = new ArrayList<>();
    try (LegacyDatabase source = LegacyFixture.open(LegacyFixture.unpack(database, folder))) {
      source.read(
          record -> {
            int line = records.size();
            assertTrue(line < truth.size(), "SPIRE reads no more: " + record);
            assertEquals(truth.get(line), format.line(record));
            records.add(record);
          });
    }
    assertEquals(truth.size(), records.size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"fleet", "varied", "varied-wal", "migrated", "aliases"})
  void givesTheRecordsOfATableByAscendingRowId(String database) throws Exception {
    try (LegacyDatabase source = LegacyFixture.open(LegacyFixture.unpack(database, folder))) {
      LegacyRecord before = null;
      for (LegacyRecord record : LegacyFixture.records(source)) {
        if (before != null && before.table() == record.table()) {
          if (record.message() instanceof NodeSelectors selectors) {
            String id = ((NodeSelectors) before.message()).getSpiffeId();
            assertTrue(id.compareTo(selectors.getSpiffeId()) < 0, id);
          } else {
            assertTrue(before.rowId() < record.rowId(), before + " before " + record);
          }
        }
        before = record;
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    // bundles, entries, selectors, names, links, nodes, node selectors, tokens, federation,
    // journals
    "fleet, 20 10000 29166 3334 2427 2000 9000 50 10 3 2048 1974",
    "varied, 14 335 756 141 149 131 383 14 7 7 375 230",
    "varied-wal, 14 335 756 141 149 131 383 14 7 7 375 230",
    "migrated, 9 113 226 32 33 80 160 8 8 2 75 53"
  })
  void accountsForEveryRow(String database, String counts) throws Exception {
    Iterator<Long> expected = Arrays.stream(counts.split(" ")).map(Long::valueOf).iterator();
    try (LegacyDatabase source = LegacyFixture.open(LegacyFixture.unpack(database, folder))) {
      LegacyReport report = source.read(record -> {});
      assertEquals(source.countRows(), report.rows());
      for (LegacyTable table : LegacyTable.values()) {
        long skipped =
            report.findings().stream()
                .filter(finding -> finding.table() == table && finding.dirt().skips())
                .mapToLong(LegacyReport.Finding::count)
                .sum();
        assertEquals(expected.next(), report.rows().get(table), table.name());
        assertEquals(report.rows().get(table), report.given().get(table) + skipped, table.name());
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "fleet, 0, 0, 0, 0, 0, 0",
    "varied, 25, 21, 10, 2, 5, 63",
    "varied-wal, 25, 21, 10, 2, 5, 63",
    "migrated, 0, 0, 0, 0, 1, 1"
  })
  void reportsRowsThatBelongToNothing(
      String database, int selectors, int names, int noEntry, int noBundle, int neither, int all)
      throws Exception {
    try (LegacyDatabase source = LegacyFixture.open(LegacyFixture.unpack(database, folder))) {
      LegacyReport report = source.read(record -> {});
      assertEquals(selectors, report.count(SELECTORS, ENTRY_MISSING));
      assertEquals(names, report.count(DNS_NAMES, ENTRY_MISSING));
      assertEquals(noEntry, report.count(LINKS, ENTRY_MISSING));
      assertEquals(noBundle, report.count(LINKS, BUNDLE_MISSING));
      assertEquals(neither, report.count(LINKS, BOTH_MISSING));
      assertEquals(all, report.skipped(), report.findings().toString());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "varied, 7, 17",
    "spire-1.0.4, 12, 27",
    "spire-1.1.5, 13, 36",
    "spire-1.2.5, 13, 35",
    "spire-1.4.7, 12, 26",
    "spire-1.5.6, 13, 31",
    "spire-1.6.5, 7, 17",
    "spire-1.14.7, 7, 17"
  })
  void keepsSelectorsOfIdsWithoutNode(String database, int ids, int rows) throws Exception {
    try (LegacyDatabase source = LegacyFixture.open(LegacyFixture.unpack(database, folder))) {
      List<NodeSelectors> kept = new ArrayList<>();
      source.read(
          record -> {
            if (record.table() == NODE_SELECTORS) {
              kept.add((NodeSelectors) record.message());
            }
          });
      assertEquals(ids, kept.size());
      assertEquals(rows, kept.stream().mapToInt(NodeSelectors::getSelectorsCount).sum());
    }
  }

  @Test
  void namesAFewExamplesOfEachKindOfDirt() throws Exception {
    try (LegacyDatabase source = LegacyFixture.open(LegacyFixture.unpack("migrated", folder))) {
      LegacyReport report = source.read(record -> {});
      assertEquals(2, report.findings().size());
      LegacyReport.Finding taint = report.findings().get(0);
      assertEquals(List.of("row 1: of 16 roots [9, 11]"), taint.examples());
      LegacyReport.Finding link = report.findings().get(1);
      assertEquals(List.of("entry 16 to bundle 3: no such entry"), link.examples());
    }
    Path varied = LegacyFixture.unpack("varied", folder);
    try (LegacyDatabase source = LegacyFixture.open(varied)) {
      for (LegacyReport.Finding finding : source.read(record -> {}).findings()) {
        assertEquals(Math.min(5, finding.count()), finding.examples().size());
      }
    }
  }

  @Test
  void readsTheSameTwice() throws Exception {
    try (LegacyDatabase source = LegacyFixture.open(LegacyFixture.unpack("varied", folder))) {
      List<LegacyRecord> first = LegacyFixture.records(source);
      assertEquals(first, LegacyFixture.records(source));
      Map<LegacyTable, Long> counts = source.countRows();
      assertEquals(counts, source.read(record -> {}).rows());
    }
  }
}
