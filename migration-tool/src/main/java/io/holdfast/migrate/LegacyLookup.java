package io.holdfast.migrate;

import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.Consumer;

/**
 * Reads single records of a legacy database, by what identifies them.
 *
 * <p>Rows that cannot be read are left out, as they are when everything is read.
 */
final class LegacyLookup {
  /** How many records are asked for at once, at most; SQLite takes 999 parameters. */
  static final int MOST = 500;

  private final LegacySource source;
  private final LegacySchema schema;

  LegacyLookup(LegacySource source, LegacySchema schema) {
    this.source = source;
    this.schema = schema;
  }

  /** Whether the database has events; older versions do not. */
  boolean hasEvents() {
    return schema.has(LegacyTable.ENTRY_EVENTS) && schema.has(LegacyTable.NODE_EVENTS);
  }

  /** The entries with these ids, behind the bundles that they federate with. */
  void entries(Collection<String> entryIds, Consumer<LegacyRecord> records) {
    read(
        records,
        reader -> {
          Collection<Long> rows = youngest("registered_entries", "entry_id", entryIds);
          if (!rows.isEmpty()) {
            reader.readEntries(rows);
          }
        });
  }

  /** The nodes with these ids, and the selectors of those that have no node. */
  void nodes(Collection<String> spiffeIds, Consumer<LegacyRecord> records) {
    read(
        records,
        reader -> {
          Collection<Long> nodes = youngest("attested_node_entries", "spiffe_id", spiffeIds);
          if (!nodes.isEmpty()) {
            reader.readNodes(nodes);
          }
          Set<Long> selectors = new TreeSet<>();
          find(
              "node_resolver_map_entries", "spiffe_id", spiffeIds, (id, row) -> selectors.add(row));
          if (!selectors.isEmpty()) {
            reader.readSelectorsWithoutNode(selectors);
          }
        });
  }

  /** The events of entries, or of nodes, in these ranges. */
  void events(LegacyTable table, List<LegacyChoice.Range> ranges, Consumer<LegacyRecord> records) {
    read(records, reader -> reader.readEvents(table, LegacyChoice.within(ranges)));
  }

  /** The first ids of events above one, in their order. */
  List<Long> eventIds(LegacyTable table, long above, int most) {
    String sql =
        "SELECT id FROM %s WHERE id > %d ORDER BY id LIMIT %d"
            .formatted(table.sqlName(), above, most);
    List<Long> ids = new ArrayList<>();
    read(
        record -> {},
        reader -> {
          try (PreparedStatement statement = source.connection().prepareStatement(sql);
              ResultSet row = statement.executeQuery()) {
            while (row.next()) {
              ids.add(row.getLong(1));
            }
          }
        });
    return ids;
  }

  /** The highest id of an event; 0 if there is none. */
  long newestEvent(LegacyTable table) {
    long[] newest = {0};
    read(
        record -> {},
        reader -> {
          try (Statement statement = source.connection().createStatement();
              ResultSet row = statement.executeQuery("SELECT MAX(id) FROM " + table.sqlName())) {
            newest[0] = row.next() ? row.getLong(1) : 0;
          }
        });
    return newest[0];
  }

  /** For each of these texts the row with it that SPIRE would find; see {@link LegacyDoubles}. */
  private Collection<Long> youngest(String table, String column, Collection<String> texts)
      throws SQLException {
    Map<String, Long> youngest = new HashMap<>();
    find(table, column, texts, (text, row) -> youngest.merge(text, row, Math::max));
    return youngest.values();
  }

  /** Finds the rows in which a text is one of these, to the character. */
  private void find(
      String table, String column, Collection<String> texts, BiConsumer<String, Long> found)
      throws SQLException {
    if (texts.isEmpty()) {
      return;
    }
    // A database may take texts for equal that are not, so what it finds is compared again.
    String sql =
        "SELECT id, %2$s FROM %1$s WHERE %2$s IN (%3$s)"
            .formatted(table, column, String.join(", ", Collections.nCopies(texts.size(), "?")));
    try (PreparedStatement statement = source.connection().prepareStatement(sql)) {
      int parameter = 1;
      for (String text : texts) {
        statement.setString(parameter++, text);
      }
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          if (texts.contains(row.getString(2))) {
            found.accept(row.getString(2), row.getLong(1));
          }
        }
      }
    }
  }

  private void read(Consumer<LegacyRecord> records, Reading reading) {
    try {
      reading.read(
          new LegacyReader(
              source, schema, LegacyDoubles.NONE, new LegacyReport.Builder(), records));
    } catch (SQLException e) {
      throw source.failure(e);
    }
    source.checkUnchanged();
  }

  /** Reads something. */
  @FunctionalInterface
  private interface Reading {
    void read(LegacyReader reader) throws SQLException;
  }
}
