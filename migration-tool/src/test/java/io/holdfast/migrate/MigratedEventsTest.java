package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.holdfast.cache.Freshness;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.proto.CAJournal;
import io.holdfast.datastore.spire.Events;
import io.holdfast.datastore.spire.Events.Event;
import io.holdfast.datastore.spire.SpireDatastore;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a migration numbers: events and journals go on where SPIRE left them. */
final class MigratedEventsTest {
  @TempDir Path folder;

  @Test
  void numbersStayAndNewOnesComeAbove() throws Exception {
    Path source = LegacyFixture.unpack("varied", folder);
    List<Long> times = createdAt(source);
    Instant middle = Instant.ofEpochMilli(times.get(times.size() / 2));
    String target = "memory:" + folder.resolve("target");
    try (Store store = Store.open(target)) {
      Run run = Run.of("migrate", "legacy", "--from", "jdbc:sqlite:" + source, "--to", target);
      assertEquals(0, run.exit(), run.err());
      try (Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
        SpireDatastore spire = SpireDatastore.of(datastore, InstantSource.fixed(middle));
        assertEvents(spire);
        assertJournals(spire);
        assertPruned(spire.nodeEvents(), times, middle);
      }
    }
  }

  /** When the node events of a database were written, by id. */
  private static List<Long> createdAt(Path database) throws Exception {
    List<Long> times = new ArrayList<>();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT created_at FROM attested_node_entries_events ORDER BY id")) {
      while (rows.next()) {
        times.add(
            LegacyTime.parse(rows.getString(1), LegacyDialect.SQLITE, ZoneOffset.UTC)
                .toEpochMilli());
      }
    }
    return times;
  }

  private static List<JsonObject> truth(String kind) throws Exception {
    return LegacyFixture.truth("varied").stream()
        .map(line -> JsonParser.parseString(line).getAsJsonObject())
        .filter(line -> line.get("kind").getAsString().equals(kind))
        .map(line -> line.getAsJsonObject("value"))
        .toList();
  }

  private static void assertEvents(SpireDatastore spire) throws Exception {
    List<Event> expected =
        truth("node_event").stream()
            .map(e -> new Event(e.get("event_id").getAsLong(), e.get("spiffe_id").getAsString()))
            .toList();
    assertTrue(expected.size() > 10);
    assertEquals(expected, spire.nodeEvents().list(Freshness.CACHED, 0, 0));
    long last = expected.get(expected.size() - 1).id();
    spire.nodeSelectors().set("spiffe://example.org/new", List.of());
    spire.nodeSelectors().set("spiffe://example.org/new", List.of());
    assertEquals(
        List.of(last + 1, last + 2),
        spire.nodeEvents().list(Freshness.CACHED, last, 0).stream().map(Event::id).toList());
  }

  private static void assertJournals(SpireDatastore spire) throws Exception {
    List<Long> expected =
        truth("ca_journal").stream().map(journal -> journal.get("id").getAsLong()).toList();
    assertTrue(!expected.isEmpty());
    assertEquals(expected, spire.caJournals().list().stream().map(CAJournal::getId).toList());
    CAJournal created = spire.caJournals().set(CAJournal.getDefaultInstance());
    assertTrue(created.getId() > expected.get(expected.size() - 1));
    CAJournal first = spire.caJournals().list().get(0);
    CAJournal changed = first.toBuilder().setActiveX509AuthorityId("changed").build();
    assertEquals(changed, spire.caJournals().set(changed));
    assertEquals(changed, spire.caJournals().fetch("changed").orElseThrow());
  }

  /** Events are pruned up to the first that is not old enough. */
  private static void assertPruned(Events events, List<Long> times, Instant middle) {
    int old = 0;
    while (times.get(old) < middle.toEpochMilli()) {
      old++;
    }
    List<Event> all = events.list(Freshness.CACHED, 0, 0);
    events.prune(Duration.ZERO);
    assertEquals(all.subList(old, all.size()), events.list(Freshness.CACHED, 0, 0));
  }
}
