package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.holdfast.testbed.Database;
import java.io.IOException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a database has to read as: what today's SPIRE reads from it, but for two things that are
 * better known, each named here for the databases that have it.
 */
final class LegacyExpected {
  /** On their way to schema 25, later releases deleted the selectors of ids without a node. */
  private static final Set<String> LOST_SELECTORS =
      Set.of(
          "spire-1.0.4", "spire-1.1.5", "spire-1.2.5", "spire-1.4.7", "spire-1.5.6", "spire-1.6.5");

  /** Tainted roots that SPIRE 1.7 and 1.8 listed where today's SPIRE sees WIT keys. */
  private static final Map<String, OldTaint> OLD_TAINTS =
      Map.of(
          "spire-1.7.6", new OldTaint("spiffe://example.org", List.of(0)),
          "spire-1.8.11", new OldTaint("spiffe://example.org", List.of(0)),
          "migrated", new OldTaint("spiffe://old.example", List.of(8, 10)));

  private LegacyExpected() {}

  /**
   * A bundle of which all WIT keys are none.
   *
   * @param roots the roots with these keys, found with another tool
   */
  private record OldTaint(String trustDomain, List<Integer> roots) {}

  /** The lines that the records of a database must equal, one by one. */
  static List<JsonObject> lines(String database) throws IOException {
    String name = database.replace("-wal", "");
    List<JsonObject> lines = parse(LegacyFixture.truthOfToday(name));
    if (LOST_SELECTORS.contains(name)) {
      giveBackSelectors(lines, parse(LegacyFixture.truth(name)));
    }
    if (OLD_TAINTS.containsKey(name)) {
      taint(lines, OLD_TAINTS.get(name));
    }
    return lines;
  }

  /**
   * The same for a database on a server. There is no reading of today's SPIRE for each of them, so
   * what later releases call otherwise or add is put in here.
   */
  static List<JsonObject> lines(String name, LegacyServers server, Database database)
      throws IOException, SQLException {
    List<JsonObject> lines = parse(LegacyFixture.truth(name, server));
    Map<String, Long> created = createdAt(server, database);
    for (JsonObject line : lines) {
      JsonObject value = line.getAsJsonObject("value");
      if (isKind(line, "entry") && value.has("ttl")) {
        value.add("x509_svid_ttl", value.remove("ttl"));
      }
      long seconds = created.getOrDefault(value.has("entry_id") ? text(value, "entry_id") : "", 0L);
      if (isKind(line, "entry") && !value.has("created_at") && seconds != 0) {
        value.addProperty("created_at", Long.toString(seconds));
      }
    }
    if (OLD_TAINTS.containsKey(name)) {
      taint(lines, OLD_TAINTS.get(name));
    }
    return lines;
  }

  private static String text(JsonObject value, String field) {
    return value.get(field).getAsString();
  }

  /** The creation times of entries in the zone that is used where times have none. */
  private static Map<String, Long> createdAt(LegacyServers server, Database database)
      throws SQLException {
    String seconds =
        server == LegacyServers.PG
            ? "floor(extract(epoch FROM created_at) + 0.5)"
            : "TIMESTAMPDIFF(SECOND, '1970-01-01', created_at)";
    Map<String, Long> times = new HashMap<>();
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery("SELECT entry_id, " + seconds + " FROM registered_entries")) {
      while (rows.next()) {
        times.put(rows.getString(1), rows.getLong(2));
      }
    }
    return times;
  }

  private static List<JsonObject> parse(List<String> lines) {
    List<JsonObject> parsed = new ArrayList<>();
    lines.forEach(line -> parsed.add(JsonParser.parseString(line).getAsJsonObject()));
    return parsed;
  }

  private static boolean isKind(JsonObject line, String kind) {
    return line.get("kind").getAsString().equals(kind);
  }

  private static void giveBackSelectors(List<JsonObject> lines, List<JsonObject> before) {
    List<JsonObject> lost = before.stream().filter(line -> isKind(line, "node_selectors")).toList();
    assertFalse(lost.isEmpty());
    assertFalse(lines.stream().anyMatch(line -> isKind(line, "node_selectors")));
    int end = 0;
    while (Set.of("bundle", "entry", "node").contains(lines.get(end).get("kind").getAsString())) {
      end++;
    }
    lines.addAll(end, lost);
  }

  private static void taint(List<JsonObject> lines, OldTaint taint) {
    List<JsonObject> bundles =
        lines.stream()
            .filter(line -> isKind(line, "bundle"))
            .map(line -> line.getAsJsonObject("value"))
            .filter(bundle -> bundle.toString().contains('"' + taint.trustDomain() + '"'))
            .toList();
    assertEquals(1, bundles.size());
    boolean ownReading = bundles.get(0).has("x509_tainted_keys");
    JsonArray keys =
        bundles
            .get(0)
            .remove(ownReading ? "x509_tainted_keys" : "wit_signing_keys")
            .getAsJsonArray();
    assertEquals(taint.roots().size(), keys.size());
    for (JsonElement key : keys) {
      assertEquals(
          Set.of(ownReading ? "public_key" : "pkix_bytes"), key.getAsJsonObject().keySet());
    }
    JsonArray roots = bundles.get(0).getAsJsonArray("root_cas");
    for (int index : taint.roots()) {
      JsonObject root = roots.get(index).getAsJsonObject();
      assertFalse(root.has("tainted_key"));
      root.addProperty("tainted_key", true);
    }
  }
}
