package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.View;
import io.holdfast.datastore.proto.AttestedNode;
import io.holdfast.datastore.proto.NodeSelectors;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a data store gives back after a migration is what SPIRE read from its own database. */
final class MigratedTruthTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "fleet, sqlite",
    "fleet, memory",
    "varied, sqlite",
    "varied, memory",
    "varied, postgresql",
    "varied, mariadb",
    "varied, etcd",
    "varied-wal, sqlite",
    "migrated, sqlite",
    "spire-1.0.4, memory",
    "spire-1.1.5, memory",
    "spire-1.2.5, memory",
    "spire-1.4.7, memory",
    "spire-1.5.6, memory",
    "spire-1.6.5, memory",
    "spire-1.7.6, memory",
    "spire-1.8.11, memory",
    "spire-1.14.2, memory",
    "spire-1.14.7, memory"
  })
  void datastoreGivesBackWhatSpireRead(String name, String scheme) throws Exception {
    Path source = LegacyFixture.unpack(name, folder);
    String target = TestStores.valueOf(scheme.toUpperCase(Locale.ROOT)).fresh(folder);
    try (Store store = Store.open(target)) {
      Run run = Run.of("migrate", "legacy", "--from", "jdbc:sqlite:" + source, "--to", target);
      assertEquals(0, run.exit(), run.err());
      try (Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
        assertSame(LegacyExpected.lines(name), records(datastore.snapshot()));
      }
    }
  }

  static void assertSame(List<JsonObject> truth, List<JsonObject> records) {
    assertTrue(truth.size() > 100);
    for (int i = 0; i < Math.min(truth.size(), records.size()); i++) {
      assertEquals(truth.get(i), records.get(i), "line " + (i + 1));
    }
    assertEquals(truth.size(), records.size());
  }

  /** All records as the truth files have them. */
  static List<JsonObject> records(View view) {
    LegacyTruth truth = new LegacyTruth();
    List<JsonObject> records = new ArrayList<>();
    add(view, SpireTypes.BUNDLE, LegacyTable.BUNDLES, truth, records);
    add(view, SpireTypes.ENTRY, LegacyTable.ENTRIES, truth, records);
    addNodes(view, truth, records);
    add(view, SpireTypes.JOIN_TOKEN, LegacyTable.JOIN_TOKENS, truth, records);
    add(view, SpireTypes.FEDERATION, LegacyTable.FEDERATION, truth, records);
    add(view, SpireTypes.CA_JOURNAL, LegacyTable.CA_JOURNALS, truth, records);
    add(view, SpireTypes.ENTRY_EVENT, LegacyTable.ENTRY_EVENTS, truth, records);
    add(view, SpireTypes.NODE_EVENT, LegacyTable.NODE_EVENTS, truth, records);
    return records;
  }

  private static <M extends MessageLite> void add(
      View view, ItemType<M> type, LegacyTable table, LegacyTruth truth, List<JsonObject> records) {
    view.forEach(type.all(), item -> records.add(line(truth, table, (Message) item)));
  }

  /** Nodes with their selectors, then the selectors of ids without a node, by id. */
  private static void addNodes(View view, LegacyTruth truth, List<JsonObject> records) {
    Map<String, NodeSelectors> selectors = new HashMap<>();
    view.forEach(SpireTypes.NODE_SELECTORS.all(), s -> selectors.put(s.getSpiffeId(), s));
    for (AttestedNode node : view.list(SpireTypes.NODE.all())) {
      NodeSelectors own = selectors.remove(node.getSpiffeId());
      AttestedNode whole =
          own == null ? node : node.toBuilder().addAllSelectors(own.getSelectorsList()).build();
      records.add(line(truth, LegacyTable.NODES, whole));
    }
    selectors.values().stream()
        .sorted(Comparator.comparing(NodeSelectors::getSpiffeId))
        .forEach(s -> records.add(line(truth, LegacyTable.NODE_SELECTORS, s)));
  }

  private static JsonObject line(LegacyTruth truth, LegacyTable table, Message message) {
    return truth.line(new LegacyRecord(table, 1, message));
  }
}
