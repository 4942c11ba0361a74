package io.holdfast.migrate;

import static io.holdfast.migrate.MigrationException.Kind.SOURCE_NOT_SPIRE;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_VERSION;

import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Which tables and columns a database has, and that they are SPIRE's.
 *
 * <p>Databases that were migrated by many releases hold the same columns in another order and some
 * more, so columns are always asked for by name.
 */
final class LegacySchema {
  /** The one version that is read; SPIRE 1.15 writes it. */
  static final int VERSION = 25;

  private final Map<String, Set<String>> columns;
  private final String codeVersion;

  private LegacySchema(Map<String, Set<String>> columns, String codeVersion) {
    this.columns = columns;
    this.codeVersion = codeVersion;
  }

  /**
   * Looks the schema up.
   *
   * @param name the database's name for messages
   */
  static LegacySchema of(Connection connection, String name) throws SQLException {
    Map<String, Set<String>> columns = columns(connection);
    String codeVersion = checkVersion(connection, columns, name);
    for (LegacyTable table : LegacyTable.values()) {
      Set<String> present = columns.getOrDefault(table.sqlName(), Set.of());
      for (String column : table.columns()) {
        if (!present.contains(column)) {
          throw notSpire(name, table.sqlName() + "." + column + " is missing");
        }
      }
    }
    return new LegacySchema(columns, codeVersion);
  }

  private static Map<String, Set<String>> columns(Connection connection) throws SQLException {
    Map<String, Set<String>> columns = new HashMap<>();
    DatabaseMetaData data = connection.getMetaData();
    try (ResultSet row =
        data.getColumns(connection.getCatalog(), connection.getSchema(), "%", "%")) {
      while (row.next()) {
        columns
            .computeIfAbsent(row.getString("TABLE_NAME"), any -> new HashSet<>())
            .add(row.getString("COLUMN_NAME"));
      }
    }
    return columns;
  }

  private static String checkVersion(
      Connection connection, Map<String, Set<String>> columns, String name) throws SQLException {
    Set<String> migrations = columns.getOrDefault("migrations", Set.of());
    if (!migrations.containsAll(List.of("id", "version", "code_version"))) {
      throw notSpire(name, "it has no table migrations as SPIRE's");
    }
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT version, code_version FROM migrations ORDER BY id")) {
      if (!row.next()) {
        throw notSpire(name, "its table migrations is empty");
      }
      int version = row.getInt("version");
      String codeVersion = row.getString("code_version");
      if (version != VERSION) {
        throw wrongVersion(name, version, codeVersion);
      }
      return codeVersion == null ? "" : codeVersion;
    }
  }

  private static MigrationException notSpire(String name, String why) {
    return new MigrationException(
        SOURCE_NOT_SPIRE,
        "not a SPIRE datastore: "
            + name
            + ": "
            + why
            + "; give the file that connection_string names in the server's configuration");
  }

  private static MigrationException wrongVersion(String name, int version, String codeVersion) {
    String remedy =
        version < VERSION
            ? "start SPIRE 1.15 on a copy of it once, which brings it to that version"
            : "use a newer release of this tool";
    return new MigrationException(
        SOURCE_VERSION,
        "schema version %d cannot be read, only %d: %s (written by SPIRE %s); %s"
            .formatted(version, VERSION, name, codeVersion, remedy));
  }

  /** The SPIRE release that wrote the database; empty if it did not say. */
  String codeVersion() {
    return codeVersion;
  }

  /**
   * The columns of a table, as a list for SELECT; NULL stands in for late ones that are absent.
   *
   * @param alias the table's name in the query
   */
  String selectList(LegacyTable table, String alias) {
    List<String> list = new ArrayList<>();
    table.columns().forEach(column -> list.add(alias + "." + column));
    for (String column : table.lateColumns()) {
      boolean present = columns.get(table.sqlName()).contains(column);
      list.add(present ? alias + "." + column : "NULL AS " + column);
    }
    return String.join(", ", list);
  }
}
