package io.holdfast.migrate;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Damages rows of a legacy SQLite database at random. */
final class LegacyMutation {
  /** Values for any column; SQLite keeps them all. A percent sign stands for the column itself. */
  private static final List<String> VALUES =
      List.of(
          "NULL",
          "''",
          "' '",
          "0",
          "1",
          "-1",
          "2",
          "1.5",
          "1e300",
          "4294967296",
          "9223372036854775807",
          "-9223372036854775808",
          "1714777485",
          "1714777485250",
          "-99999999999999",
          "x''",
          "x'ff00'",
          "x'0a05'",
          "CAST(x'ff00' AS TEXT)",
          "CAST(x'c3' AS TEXT)",
          "'true'",
          "'no'",
          "'2024-05-04 04:34:45Z'",
          "'2024-05-04T04:34:45.1234567899+23:59'",
          "'2024-02-30 00:00:00+00:00'",
          "'0001-01-01 00:00:00+00:00'",
          "'0000-00-00 00:00:00'",
          "'9999-12-31 23:59:59.999999999-12:00'",
          "'12345-01-01 00:00:00+00:00'",
          "'infinity'",
          "'spiffe://EXAMPLE.org/Upper'",
          "'spiffe://example.org/a/../b'",
          "'spiffe://example.org/spire/server'",
          "char(0) || 'behind a zero'",
          "char(55357, 56832)",
          "'e' || char(769)",
          "upper(%)",
          "% || ' '",
          "' ' || %",
          "CAST(% AS BLOB)",
          "CAST(% AS TEXT)",
          "-%",
          "% || %",
          "replace(hex(zeroblob(5000)), '00', 'ab')",
          "replace(hex(zeroblob(1100000)), '00', 'abcd')");

  private final Connection connection;
  private final Random random;
  private final List<String> done = new ArrayList<>();

  LegacyMutation(Connection connection, Random random) {
    this.connection = connection;
    this.random = random;
  }

  /** Does some damage; what was done, one statement per line. */
  String some() throws SQLException {
    if (random.nextInt(3) == 0) {
      dropUniqueIndexes();
    }
    for (int i = random.nextInt(12); i >= 0; i--) {
      one();
    }
    return String.join("\n", done);
  }

  private void one() throws SQLException {
    LegacyTable[] tables = LegacyTable.values();
    LegacyTable table = tables[random.nextInt(tables.length)];
    List<String> columns = columns(table.sqlName());
    if (columns.isEmpty()) {
      return; // of a schema version without the table
    }
    String row = row(table.sqlName());
    String column = columns.get(random.nextInt(columns.size()));
    switch (random.nextInt(10)) {
      case 0 -> run("DELETE FROM %s WHERE %s".formatted(table.sqlName(), row));
      case 1 -> copy(table.sqlName(), columns, row);
      case 2 ->
          run(
              "UPDATE %1$s SET \"%2$s\" = (SELECT \"%2$s\" FROM %1$s WHERE %3$s) WHERE %4$s"
                  .formatted(table.sqlName(), column, row(table.sqlName()), row));
      case 3 -> flip(table.sqlName(), column, row);
      default -> {
        String value = VALUES.get(random.nextInt(VALUES.size()));
        run(
            "UPDATE %s SET \"%s\" = %s WHERE %s"
                .formatted(table.sqlName(), column, value.replace("%", '"' + column + '"'), row));
      }
    }
  }

  private List<String> columns(String table) throws SQLException {
    List<String> columns = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("PRAGMA table_info(" + table + ")")) {
      while (row.next()) {
        columns.add(row.getString("name"));
      }
    }
    return columns;
  }

  private String row(String table) {
    return "rowid = (SELECT rowid FROM %s ORDER BY rowid LIMIT 1 OFFSET %d)"
        .formatted(table, random.nextInt(150));
  }

  private void copy(String table, List<String> columns, String row) throws SQLException {
    List<String> others = columns.stream().filter(column -> !column.equals("id")).toList();
    String list = '"' + String.join("\", \"", others) + '"';
    run("INSERT INTO %1$s (%2$s) SELECT %2$s FROM %1$s WHERE %3$s".formatted(table, list, row));
  }

  private void dropUniqueIndexes() throws SQLException {
    List<String> indexes = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT name FROM sqlite_master WHERE type = 'index' AND sql LIKE '%UNIQUE%'")) {
      while (row.next()) {
        indexes.add(row.getString(1));
      }
    }
    for (String index : indexes) {
      run("DROP INDEX " + index);
    }
  }

  /** Changes some bytes of a value, or cuts it off. */
  private void flip(String table, String column, String row) throws SQLException {
    byte[] bytes;
    try (Statement statement = connection.createStatement();
        ResultSet value =
            statement.executeQuery(
                "SELECT CAST(\"%s\" AS BLOB) FROM %s WHERE %s".formatted(column, table, row))) {
      bytes = value.next() ? value.getBytes(1) : null;
    }
    if (bytes == null || bytes.length == 0) {
      return;
    }
    if (random.nextBoolean()) {
      bytes = java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length));
    } else {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    String kind = random.nextBoolean() ? "?" : "CAST(? AS TEXT)";
    String sql = "UPDATE %s SET \"%s\" = %s WHERE %s".formatted(table, column, kind, row);
    try (PreparedStatement update = connection.prepareStatement(sql)) {
      update.setBytes(1, bytes);
      update.executeUpdate();
      done.add(sql + " -- " + java.util.HexFormat.of().formatHex(bytes));
    } catch (SQLException e) {
      // The database does not even keep it.
    }
  }

  private void run(String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
      done.add(sql);
    } catch (SQLException e) {
      // The database does not even keep it.
    }
  }
}
