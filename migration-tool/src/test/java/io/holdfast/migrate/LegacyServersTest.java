package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.holdfast.testbed.Database;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What SPIRE reads from its databases on PostgreSQL and MySQL is what is read here. */
final class LegacyServersTest {
  private static final List<String> NAMES =
      List.of(
          "fleet",
          "varied",
          "migrated",
          "spire-1.1.5",
          "spire-1.2.5",
          "spire-1.4.7",
          "spire-1.5.6",
          "spire-1.6.5",
          "spire-1.7.6",
          "spire-1.8.11",
          "spire-1.14.2",
          "spire-1.14.7");

  static Stream<Arguments> databases() {
    return NAMES.stream()
        .flatMap(name -> Stream.of(LegacyServers.values()).map(s -> Arguments.of(s, name)));
  }

  @ParameterizedTest(name = "{1} on {0}")
  @MethodSource("databases")
  void givesRecordForRecordWhatSpireReads(LegacyServers server, String name) throws Exception {
    Database database = server.load(name);
    assertReads(LegacyExpected.lines(name, server, database), database, ZoneOffset.UTC);
  }

  @ParameterizedTest
  @CsvSource("loc-berlin, Europe/Berlin")
  void readsTimesInTheZoneThatTheServerKeptThemIn(String name, String zone) throws Exception {
    Database database = LegacyServers.MYSQL.load(name);
    List<JsonObject> expected = LegacyExpected.lines(name, LegacyServers.MYSQL, database);
    assertReads(expected, database, ZoneId.of(zone));
  }

  private static void assertReads(List<JsonObject> truth, Database database, ZoneId zone) {
    assertTrue(truth.size() > 200);
    LegacyTruth format = new LegacyTruth();
    List<JsonObject> read = new ArrayList<>();
    try (LegacyDatabase source = LegacyServers.open(database, zone)) {
      LegacyReport report =
          source.read(
              record -> {
                int line = read.size();
                assertTrue(line < truth.size(), "SPIRE reads no more: " + record);
                read.add(format.line(record));
                assertEquals(truth.get(line), read.get(line), "line " + (line + 1));
              });
      assertEquals(source.countRows(), report.rows());
    }
    assertEquals(truth.size(), read.size());
  }
}
