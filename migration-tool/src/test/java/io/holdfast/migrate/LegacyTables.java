package io.holdfast.migrate;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** What SPIRE's tables are and hold, as text that can be compared between two databases. */
final class LegacyTables {
  private static final Set<String> PARTS =
      Set.of("selectors", "dns_names", "node_resolver_map_entries");

  /** Rows of which no list of SPIRE's shows anything. */
  private static final Map<String, String> SHOWN =
      Map.of(
          "selectors", "registered_entry_id IN (SELECT id FROM registered_entries)",
          "dns_names", "registered_entry_id IN (SELECT id FROM registered_entries)",
          "federated_registration_entries",
              "registered_entry_id IN (SELECT id FROM registered_entries)"
                  + " AND bundle_id IN (SELECT id FROM bundles)");

  private LegacyTables() {}

  /** The statements that make tables and indexes in SQLite. */
  static Set<String> schemaOfSqlite(Connection connection) throws SQLException {
    Set<String> schema = new TreeSet<>();
    for (String sql : ask(connection, "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")) {
      schema.add(
          sql.toLowerCase(Locale.ROOT)
              .replace("\"", "")
              .replaceAll("\\s+", " ")
              .replaceAll(" ?([(),]) ?", "$1")
              .strip());
    }
    return schema;
  }

  /** Columns, indexes, constraints and sequences in PostgreSQL. */
  static Set<String> schemaOfPostgres(Connection connection) throws SQLException {
    Set<String> schema = new TreeSet<>();
    for (String sql :
        List.of(
            "SELECT table_name, column_name, ordinal_position, column_default, is_nullable,"
                + " udt_name, character_maximum_length, is_identity FROM information_schema.columns"
                + " WHERE table_schema = 'public'",
            "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
            "SELECT conname, conrelid::regclass, pg_get_constraintdef(oid) FROM pg_constraint"
                + " WHERE connamespace = 'public'::regnamespace AND contype <> 'n'",
            "SELECT sequencename, data_type, start_value, min_value, max_value, increment_by,"
                + " cycle, cache_size FROM pg_sequences WHERE schemaname = 'public'",
            "SELECT s.relname, t.relname, d.refobjsubid, d.deptype FROM pg_depend d"
                + " JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'"
                + " JOIN pg_class t ON t.oid = d.refobjid AND t.relkind = 'r'")) {
      ask(connection, sql).forEach(line -> schema.add(line.replace("public.", "")));
    }
    return schema;
  }

  /** What MariaDB or MySQL says that would make the tables. */
  static Set<String> schemaOfMySql(Connection connection) throws SQLException {
    Set<String> schema = new TreeSet<>();
    for (String table : ask(connection, "SHOW TABLES")) {
      for (String statement : ask(connection, "SHOW CREATE TABLE `" + table.strip() + "`")) {
        schema.add(statement.replaceAll(" AUTO_INCREMENT=\\d+", ""));
      }
    }
    return schema;
  }

  private static List<String> ask(Connection connection, String sql) throws SQLException {
    List<String> lines = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        StringBuilder line = new StringBuilder();
        for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
          line.append(i == 1 ? "" : " ").append(row.getString(i));
        }
        lines.add(line.toString());
      }
    }
    return lines;
  }

  /**
   * Every row that SPIRE shows, by table, with all that it means: without the ids of parts, which
   * nobody sees, and without the times at which rows were written, but for those of entries and
   * events. Nothing and zero are the same, as SPIRE reads them.
   */
  static Map<String, List<String>> rows(Connection connection) throws SQLException {
    Map<String, List<String>> tables = new TreeMap<>();
    for (String table : LegacyDdl.tables()) {
      if (!table.equals(LegacyDdl.MIGRATIONS)) {
        tables.put(table, rows(connection, table));
      }
    }
    return tables;
  }

  private static List<String> rows(Connection connection, String table) throws SQLException {
    boolean links = table.equals("federated_registration_entries");
    String sql =
        "SELECT * FROM %s WHERE %s ORDER BY %s"
            .formatted(
                table,
                SHOWN.getOrDefault(table, "1 = 1"),
                links ? "bundle_id, registered_entry_id" : "id");
    List<String> rows = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      while (row.next()) {
        Map<String, String> values = new TreeMap<>();
        ResultSetMetaData columns = row.getMetaData();
        for (int i = 1; i <= columns.getColumnCount(); i++) {
          String column = columns.getColumnName(i);
          if (means(table, column)) {
            values.put(column, value(table, column, row));
          }
        }
        if (!"https_spiffe".equals(values.get("bundle_endpoint_profile"))) {
          values.remove("endpoint_spiffe_id"); // left over from another profile, never shown
        }
        rows.add(values.toString());
      }
    }
    if (PARTS.contains(table)) {
      rows.sort(null);
    }
    return rows;
  }

  private static boolean means(String table, String column) {
    return switch (column) {
      case "updated_at" -> false;
      case "created_at" -> table.equals("registered_entries") || table.endsWith("_events");
      case "id" -> !PARTS.contains(table);
      default -> true;
    };
  }

  private static String value(String table, String column, ResultSet row) throws SQLException {
    if (column.equals("data") || column.equals("additional_attributes")) {
      byte[] bytes = row.getBytes(column);
      return bytes == null ? "" : HexFormat.of().formatHex(bytes);
    }
    String text = Objects.requireNonNullElse(row.getString(column), "");
    if (text.isEmpty() || text.equals("0") || text.equals("f") || text.equals("false")) {
      return "";
    }
    if (!LegacyTable.isTime(column)) {
      return text.length() + ":" + text;
    }
    String zoned = text.replaceFirst("([+-]\\d\\d)$", "$1:00").replaceFirst("\\.0$", "");
    Instant time = LegacyTime.parse(zoned, LegacyDialect.POSTGRESQL, ZoneOffset.UTC);
    return table.equals("registered_entries")
        ? Long.toString(LegacyTime.roundedSeconds(time))
        : table.endsWith("_events")
            ? Long.toString(time.toEpochMilli())
            : Long.toString(time.getEpochSecond());
  }
}
