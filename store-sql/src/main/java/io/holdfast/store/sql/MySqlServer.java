package io.holdfast.store.sql;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The settings of a server on which the promises of a store depend. */
record MySqlServer(Map<String, String> settings) {
  private static final List<String> NAMES =
      List.of(
          "version",
          "read_only",
          "innodb_read_only",
          "innodb_flush_log_at_trx_commit",
          "innodb_page_size",
          "log_bin",
          "sync_binlog",
          "binlog_format",
          "max_allowed_packet",
          "server_uuid",
          "server_uid",
          "server_id",
          "hostname",
          "port");

  /** Values larger than a quarter of this would not fit into pages and transactions. */
  private static final int PACKET_LEAST = 1 << 20;

  private static final int PAGE_LEAST = 16 << 10;

  static MySqlServer ask(Connection connection) throws SQLException {
    Map<String, String> found = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('"
                    + String.join("', '", NAMES)
                    + "')")) {
      while (row.next()) {
        found.put(row.getString(1).toLowerCase(Locale.ROOT), row.getString(2));
      }
    }
    return new MySqlServer(Map.copyOf(found));
  }

  private String get(String name) {
    return settings.getOrDefault(name, "");
  }

  private long number(String name, long absent) {
    String value = get(name);
    return value.isEmpty() ? absent : Long.parseLong(value);
  }

  boolean isReadOnly() {
    String readOnly = get("read_only").toUpperCase(Locale.ROOT); // newer servers know several ways
    return !List.of("OFF", "0", "").contains(readOnly) || isOn("innodb_read_only");
  }

  private boolean isOn(String name) {
    return get(name).equalsIgnoreCase("ON");
  }

  int packetBytes() {
    return (int) Math.min(Integer.MAX_VALUE, number("max_allowed_packet", PACKET_LEAST));
  }

  /** What tells this server from every other one. */
  String identity() {
    return get("server_uuid").isEmpty()
        ? String.join("/", get("server_uid"), get("server_id"), get("hostname"), get("port"))
        : get("server_uuid");
  }

  /**
   * Refuses a server whose settings would lose what it has acknowledged, or that cannot hold a
   * store.
   */
  void check() throws SQLException {
    require(isNewEnough(), "version " + get("version") + ": MariaDB 10.6 or MySQL 8.4 at least");
    long flush = number("innodb_flush_log_at_trx_commit", 1);
    require(
        flush == 1 || flush == 3,
        "innodb_flush_log_at_trx_commit is " + flush + ": commits would be lost; set it to 1");
    if (isOn("log_bin")) {
      require(
          number("sync_binlog", 1) == 1,
          "sync_binlog is " + get("sync_binlog") + ": commits would be lost; set it to 1");
      require(
          !get("binlog_format").equalsIgnoreCase("STATEMENT"),
          "binlog_format is STATEMENT: set it to ROW or MIXED");
    }
    require(
        packetBytes() >= PACKET_LEAST,
        "max_allowed_packet is " + packetBytes() + ": set it to " + PACKET_LEAST + " at least");
    require(
        number("innodb_page_size", PAGE_LEAST) >= PAGE_LEAST,
        "innodb_page_size is " + get("innodb_page_size") + ": keys need 16 KiB");
  }

  private boolean isMariaDb() {
    return get("version").contains("MariaDB");
  }

  /** The setting that bounds the time of a statement. */
  String statementTime() {
    return isMariaDb() ? "max_statement_time" : "max_execution_time";
  }

  private boolean isNewEnough() {
    String[] parts = get("version").split("\\D+", 3);
    int version = Integer.parseInt(parts[0]) * 100 + Integer.parseInt(parts[1]);
    return version >= (isMariaDb() ? 1006 : 804);
  }

  private static void require(boolean holds, String what) throws SQLException {
    if (!holds) {
      throw new SQLException("the server's " + what, MySqlErrors.SETTING);
    }
  }
}
