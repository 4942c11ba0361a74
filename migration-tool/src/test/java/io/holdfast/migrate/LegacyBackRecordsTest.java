package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.Importer;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.JoinToken;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.RegistrationEntryEvent;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.datastore.spire.SpireDatastore;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import io.holdfast.testbed.Database;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Records that SPIRE's own tables have no room for, or have it for in another form. */
final class LegacyBackRecordsTest {
  private static final Selector ONE = selector("unix", "uid:1");
  private static final Selector OTHER = selector("unix", "uid:2");

  @TempDir Path folder;

  private static Selector selector(String type, String value) {
    return Selector.newBuilder().setType(type).setValue(value).build();
  }

  private static SourceOptions options(Database database, ZoneId zone) {
    return new SourceOptions(LegacyServers.WAIT, zone, database.user(), database.password());
  }

  private static MigrationReport back(String from, Database to, ZoneId zone) {
    var plan = new LegacyMigration.Plan(from, to.jdbcUrl(), false, false, options(to, zone));
    Console console = new Console(new ByteArrayOutputStream(), new ByteArrayOutputStream(), false);
    return new LegacyBack(plan, console, Store::open).run();
  }

  private Run back(String from) {
    return Run.of(
        "migrate",
        "legacy",
        "--back",
        "--from=" + from,
        "--to=jdbc:sqlite:" + folder.resolve("again.db"),
        "--output=json");
  }

  @Test
  void whatARecordHasTwiceIsWrittenOnceAndTold() throws Exception {
    try (Store store = Store.open("memory:twice")) {
      Importer load = Importer.begin(store);
      load.add(
          SpireTypes.ENTRY,
          1,
          RegistrationEntry.newBuilder()
              .setEntryId("e")
              .setSpiffeId("spiffe://example.org/e")
              .addAllSelectors(List.of(ONE, OTHER, ONE))
              .addAllDnsNames(List.of("a", "a", "b"))
              .build());
      load.add(
          SpireTypes.NODE_SELECTORS,
          1,
          NodeSelectors.newBuilder()
              .setSpiffeId("spiffe://example.org/n")
              .addAllSelectors(List.of(ONE, ONE, OTHER))
              .build());
      load.finish();
      Run run = back("memory:twice");
      assertEquals(0, run.exit(), run.err());
      JsonObject report = JsonParser.parseString(run.out()).getAsJsonObject();
      for (String table : List.of("selectors", "dns_names", "node_resolver_map_entries")) {
        assertEquals(1, HostileRound.skipped(report, table, Set.of("REPEATED")), run.out());
      }
    }
    try (LegacyDatabase again = LegacyFixture.open(folder.resolve("again.db"))) {
      List<LegacyRecord> records = LegacyFixture.records(again);
      assertEquals(2, records.size(), records.toString());
      RegistrationEntry entry = (RegistrationEntry) records.get(0).message();
      assertEquals(List.of(ONE, OTHER), entry.getSelectorsList());
      assertEquals(List.of("a", "b"), entry.getDnsNamesList());
      assertEquals(
          List.of(ONE, OTHER), ((NodeSelectors) records.get(1).message()).getSelectorsList());
    }
  }

  @Test
  void whoeverLeavesRecordsOutDoesNotEndWithZero() throws Exception {
    try (Store store = Store.open("memory:refused")) {
      try (Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
        var nodes = SpireDatastore.of(datastore).nodes();
        long year12345 = 327_403_382_400L;
        nodes.create(
            AttestedNode.newBuilder().setSpiffeId("late").setCertNotAfter(year12345).build());
        nodes.create(AttestedNode.newBuilder().setSpiffeId("sound").setCertNotAfter(1).build());
      }
      Run run = back("memory:refused");
      assertEquals(ExitCode.RECORDS_TOO_LARGE.number(), run.exit(), run.err());
      assertEquals(1, run.errorLines().size(), run.err());
      assertTrue(run.err().contains("all but 1 of the records, which it refuses"), run.err());
      JsonObject report = JsonParser.parseString(run.out()).getAsJsonObject();
      assertTrue(report.get("verified").getAsBoolean(), run.out());
      assertEquals(1, HostileRound.skipped(report, "node", Set.of("REFUSED")), run.out());
    }
  }

  @Test
  void timesOfAnHourThatTheClocksRepeatComeBackAsOneOfTheTwo() throws Exception {
    ZoneId berlin = ZoneId.of("Europe/Berlin");
    Instant first = Instant.parse("2056-10-29T00:30:00Z");
    Instant second = Instant.parse("2056-10-29T01:30:00Z");
    Database target = LegacyServers.MYSQL.fresh();
    try (Store store = Store.open("memory:repeated-hour")) {
      Importer load = Importer.begin(store);
      load.add(
          SpireTypes.ENTRY,
          1,
          RegistrationEntry.newBuilder()
              .setEntryId("e")
              .setCreatedAt(first.getEpochSecond())
              .build());
      load.add(
          SpireTypes.NODE,
          1,
          AttestedNode.newBuilder()
              .setSpiffeId("n")
              .setCertNotAfter(first.getEpochSecond())
              .setNewCertNotAfter(second.getEpochSecond())
              .build());
      load.add(
          SpireTypes.ENTRY_EVENT,
          1,
          RegistrationEntryEvent.newBuilder()
              .setEventId(1)
              .setEntryId("e")
              .setCreatedAt(first.toEpochMilli() + 999)
              .build());
      load.finish();
      MigrationReport report = back("memory:repeated-hour", target, berlin);
      assertEquals(List.of(), report.differences());
      assertEquals(List.of(), report.skips());
    }
    List<LegacyRecord> records = new ArrayList<>();
    try (LegacyDatabase again = LegacyServers.open(target, berlin)) {
      again.read(records::add);
    }
    assertEquals(
        second.getEpochSecond(), ((RegistrationEntry) records.get(0).message()).getCreatedAt());
    AttestedNode node = (AttestedNode) records.get(1).message();
    assertEquals(second.getEpochSecond(), node.getCertNotAfter());
    assertEquals(second.getEpochSecond(), node.getNewCertNotAfter());
    assertEquals(
        second.toEpochMilli(), ((RegistrationEntryEvent) records.get(2).message()).getCreatedAt());
  }

  @ParameterizedTest
  @EnumSource
  void tokensThatADatabaseRefusesAreNotShown(LegacyServers server) throws Exception {
    Database target = server.fresh();
    String name = "memory:secret-" + server;
    try (Store store = Store.open(name)) {
      Importer load = Importer.begin(store);
      List<String> tokens = List.of("s3cret", "S3CRET", "s3cret\0");
      for (int i = 0; i < tokens.size(); i++) {
        JoinToken token = JoinToken.newBuilder().setToken(tokens.get(i)).build();
        load.add(SpireTypes.JOIN_TOKEN, i + 1, token);
      }
      load.finish();
      MigrationReport report = back(name, target, ZoneOffset.UTC);
      assertEquals(List.of(), report.differences());
      assertEquals(1, report.refused(), report.skips().toString());
      assertFalse(report.skips().toString().toLowerCase(Locale.ROOT).contains("s3cret"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void countersStayWithinWhatTheirColumnsHold(LegacyServers server) throws Exception {
    Database target = server.fresh();
    String name = "memory:highest-" + server;
    long highest = server == LegacyServers.PG ? Integer.MAX_VALUE : 0xffff_ffffL;
    try (Store store = Store.open(name)) {
      Importer load = Importer.begin(store);
      for (long id : new long[] {7, highest, highest + 1}) {
        load.add(
            SpireTypes.ENTRY_EVENT,
            id,
            RegistrationEntryEvent.newBuilder().setEventId(id).setEntryId("e" + id).build());
      }
      load.finish();
      MigrationReport report = back(name, target, ZoneOffset.UTC);
      assertEquals(List.of(), report.differences());
      assertEquals(1, report.refused(), report.skips().toString());
    }
  }

  /** A trigger fails as the server does where it has no room left. */
  @Test
  void aServerThatCannotWriteIsNotTakenForOneThatRefusesRecords() throws Exception {
    Database target = LegacyServers.PG.fresh();
    LegacyServers.change(
        target,
        "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            + " RAISE EXCEPTION 'no room' USING ERRCODE = '53100'; END $$",
        "CREATE FUNCTION spoil() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN"
            + " IF to_regclass('join_tokens') IS NOT NULL AND NOT EXISTS"
            + " (SELECT FROM pg_trigger WHERE tgname = 'no_room') THEN CREATE TRIGGER no_room"
            + " BEFORE INSERT ON join_tokens FOR EACH ROW EXECUTE FUNCTION no_room();"
            + " END IF; END $$",
        "CREATE EVENT TRIGGER spoil ON ddl_command_end WHEN TAG IN ('CREATE TABLE')"
            + " EXECUTE FUNCTION spoil()");
    try (Store store = Store.open("memory:no-room")) {
      Importer load = Importer.begin(store);
      load.add(SpireTypes.JOIN_TOKEN, 1, JoinToken.newBuilder().setToken("s3cret").build());
      load.finish();
      IncompleteTargetException failure =
          assertThrows(
              IncompleteTargetException.class,
              () -> back("memory:no-room", target, ZoneOffset.UTC));
      assertTrue(failure.getMessage().contains("no room"), failure.getMessage());
      assertFalse(failure.getMessage().contains("s3cret"), failure.getMessage());
    }
    MigrationException unfinished =
        assertThrows(MigrationException.class, () -> LegacyServers.open(target).close());
    assertEquals(MigrationException.Kind.SOURCE_NOT_SPIRE, unfinished.kind());
  }
}
