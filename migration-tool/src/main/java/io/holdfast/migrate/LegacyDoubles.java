package io.holdfast.migrate;

import static io.holdfast.migrate.LegacyReport.Dirt.SAME_ID;

import io.holdfast.migrate.LegacyRows.BadRow;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Rows whose id another row has too, and which of them is the youngest.
 *
 * <p>SPIRE's unique indexes forbid that, but an index can be lost in a restore, or miss equal texts
 * after the rules have changed by which a server sorts. SPIRE finds the youngest by the id, and
 * lists all.
 */
final class LegacyDoubles {
  /** No doubles, as where each id was looked up by itself. */
  static final LegacyDoubles NONE = new LegacyDoubles(Map.of());

  private static final Map<LegacyTable, String> IDS =
      Map.of(
          LegacyTable.BUNDLES, "trust_domain",
          LegacyTable.ENTRIES, "entry_id",
          LegacyTable.NODES, "spiffe_id",
          LegacyTable.JOIN_TOKENS, "token",
          LegacyTable.FEDERATION, "trust_domain");

  private final Map<LegacyTable, Map<Long, Long>> youngest;

  private LegacyDoubles(Map<LegacyTable, Map<Long, Long>> youngest) {
    this.youngest = youngest;
  }

  /** Looks for doubles in all tables; in memory are their row ids. */
  static LegacyDoubles find(LegacySource source) throws SQLException {
    Map<LegacyTable, Map<Long, Long>> found = new EnumMap<>(LegacyTable.class);
    for (Map.Entry<LegacyTable, String> id : IDS.entrySet()) {
      String table = id.getKey().sqlName();
      String key = source.dialect().exactly(id.getValue());
      String several = "SELECT %s FROM %s GROUP BY 1 HAVING COUNT(*) > 1".formatted(key, table);
      try (Statement statement = source.connection().createStatement()) {
        boolean any;
        try (ResultSet row = statement.executeQuery(several)) {
          any = row.next();
        }
        if (any) {
          String rows = "SELECT id, %1$s FROM %2$s WHERE %3$s IN (%4$s) ORDER BY id";
          found.put(
              id.getKey(), youngest(statement, rows.formatted(id.getValue(), table, key, several)));
        }
      }
    }
    return new LegacyDoubles(found);
  }

  /** What a database takes for the same may differ, so it is compared again. */
  private static Map<Long, Long> youngest(Statement statement, String sql) throws SQLException {
    Map<String, List<Long>> rows = new HashMap<>();
    try (ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        byte[] id = row.getBytes(2);
        if (id != null) {
          rows.computeIfAbsent(
                  new String(id, StandardCharsets.ISO_8859_1), any -> new ArrayList<>())
              .add(row.getLong(1));
        }
      }
    }
    Map<Long, Long> youngest = new HashMap<>();
    for (List<Long> same : rows.values()) {
      same.forEach(row -> youngest.put(row, same.get(same.size() - 1)));
    }
    return youngest;
  }

  /** The youngest row with the id of a row; mostly the row itself. */
  long youngest(LegacyTable table, long row) {
    return youngest.getOrDefault(table, Map.of()).getOrDefault(row, row);
  }

  /** Throws if a younger row has the id of a row. */
  void requireYoungest(LegacyTable table, long row) throws BadRow {
    if (youngest(table, row) != row) {
      throw new BadRow(SAME_ID, "row " + youngest(table, row) + " is kept", null);
    }
  }
}
