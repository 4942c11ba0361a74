package io.holdfast.migrate;

import static io.holdfast.migrate.MigrationException.Kind.SOURCE_CHANGED;
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
import java.util.regex.Matcher;

/**
 * Which tables and columns a database has, and that they are SPIRE's.
 *
 * <p>Databases that were migrated by many releases hold the same columns in another order and some
 * more, so columns are always asked for by name.
 */
final class LegacySchema {
  /** The versions that are read: SPIRE 1.0 and 1.1 write the oldest, 1.15 the newest. */
  static final int OLDEST = 17;

  static final int NEWEST = 25;

  private final LegacyDialect dialect;
  private final Map<String, Set<String>> columns;
  private final Version version;

  private LegacySchema(LegacyDialect dialect, Map<String, Set<String>> columns, Version version) {
    this.dialect = dialect;
    this.columns = columns;
    this.version = version;
  }

  /** What the database says of itself. */
  private record Version(int number, String code) {}

  /**
   * Looks the schema up. What its version must have and it has not is refused, as it might be lost;
   * what it has beyond its version is read.
   *
   * @param mark what stands in the place of the newest version where the database may be
   *     unfinished; empty for none
   */
  static LegacySchema of(LegacySource source, String mark) throws SQLException {
    String name = source.name();
    Map<String, Set<String>> columns = columns(source.connection());
    Version version = version(source.connection(), columns, name, mark);
    LegacySchema schema = new LegacySchema(source.dialect(), columns, version);
    for (LegacyTable table : LegacyTable.values()) {
      for (String column : schema.required(table)) {
        if (!columns.getOrDefault(table.sqlName(), Set.of()).contains(column)) {
          throw notSpire(
              name,
              "%s.%s is missing, which schema version %d has"
                  .formatted(table.sqlName(), column, schema.version()));
        }
      }
    }
    return schema;
  }

  /** The columns that a table must have if it is there, or if it must be. */
  private List<String> required(LegacyTable table) {
    if (!has(table) && version() < table.since()) {
      return List.of();
    }
    List<String> required = new ArrayList<>(table.columns());
    for (LegacyTable.Late late : table.lateColumns()) {
      if (version() >= late.since()) {
        required.add(late.column());
      }
    }
    return required;
  }

  private static Map<String, Set<String>> columns(Connection connection) throws SQLException {
    Map<String, Set<String>> columns = new HashMap<>();
    DatabaseMetaData data = connection.getMetaData();
    try (ResultSet row =
        data.getColumns(connection.getCatalog(), exactly(connection, data), "%", "%")) {
      while (row.next()) {
        columns
            .computeIfAbsent(row.getString("TABLE_NAME"), any -> new HashSet<>())
            .add(row.getString("COLUMN_NAME"));
      }
    }
    return columns;
  }

  /** The schema as a pattern for its name alone: an underscore would stand for any character. */
  private static String exactly(Connection connection, DatabaseMetaData data) throws SQLException {
    String schema = connection.getSchema();
    if (schema == null) {
      return null; // There are none, as on MySQL.
    }
    String escape = Matcher.quoteReplacement(data.getSearchStringEscape());
    return schema.replaceAll("[_%\\\\]", escape + "$0");
  }

  private static Version version(
      Connection connection, Map<String, Set<String>> columns, String name, String mark)
      throws SQLException {
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
      String code = row.getString("code_version");
      if (UnfinishedMark.is(code)) {
        if (code.equals(mark)) {
          return new Version(NEWEST, code);
        }
        throw notSpire(name, "a run of migrate legacy --back did not finish it");
      }
      Version version = new Version(number(row, name), code == null ? "" : code);
      if (version.number() < OLDEST || version.number() > NEWEST) {
        throw wrongVersion(name, version);
      }
      return version;
    }
  }

  /** SQLite keeps anything in any column, and its driver makes numbers of it. */
  private static int number(ResultSet row, String name) throws SQLException {
    Object version = row.getObject("version");
    if (version instanceof Integer || version instanceof Long) {
      long number = ((Number) version).longValue();
      return (int) Math.max(Integer.MIN_VALUE, Math.min(number, Integer.MAX_VALUE));
    }
    throw notSpire(name, "the version in its table migrations is no number");
  }

  /** Throws if SPIRE has migrated the database since this was read. */
  void requireSameVersion(LegacySource source) throws SQLException {
    Version now =
        version(
            source.connection(),
            Map.of("migrations", Set.of("id", "version", "code_version")),
            source.name(),
            "");
    if (now.number() != version.number()) {
      throw new MigrationException(
          SOURCE_CHANGED,
          "was migrated from schema version %d to %d meanwhile: %s; start again"
              .formatted(version.number(), now.number(), source.name()));
    }
  }

  private static MigrationException notSpire(String name, String why) {
    return new MigrationException(
        SOURCE_NOT_SPIRE,
        "not a SPIRE datastore: "
            + name
            + ": "
            + why
            + "; give the database that connection_string names in the server's configuration");
  }

  private static MigrationException wrongVersion(String name, Version version) {
    String remedy =
        version.number() < OLDEST
            ? "start SPIRE 1.1 on a copy of it once, which brings it to version " + OLDEST
            : "use a newer release of this tool";
    String writer = version.code().isEmpty() ? "" : " (written by SPIRE " + version.code() + ")";
    return new MigrationException(
        SOURCE_VERSION,
        "schema version %d cannot be read, only %d to %d: %s%s; %s"
            .formatted(version.number(), OLDEST, NEWEST, name, writer, remedy));
  }

  /** The schema version, from {@link #OLDEST} to {@link #NEWEST}. */
  int version() {
    return version.number();
  }

  /** The SPIRE release that wrote the database; empty if it did not say. */
  String codeVersion() {
    return version.code();
  }

  /** Whether the database has this table. */
  boolean has(LegacyTable table) {
    return columns.containsKey(table.sqlName());
  }

  /**
   * The columns of a table that is there, as a list for SELECT; NULL stands in for late ones that
   * are absent.
   *
   * @param alias the table's name in the query
   */
  String selectList(LegacyTable table, String alias) {
    List<String> list = new ArrayList<>();
    table.columns().forEach(column -> list.add(expression(alias, column)));
    for (LegacyTable.Late late : table.lateColumns()) {
      boolean present = columns.get(table.sqlName()).contains(late.column());
      list.add(present ? expression(alias, late.column()) : "NULL AS " + late.column());
    }
    return String.join(", ", list);
  }

  private String expression(String alias, String column) {
    String name = alias + "." + column;
    return LegacyTable.isTime(column) ? dialect.timeText(name) + " AS " + column : name;
  }
}
