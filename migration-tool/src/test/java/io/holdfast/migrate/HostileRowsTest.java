package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The same hostile rows in databases of every kind and of many releases of SPIRE. */
final class HostileRowsTest {
  @TempDir Path folder;

  static Stream<Arguments> databases() {
    List<Arguments> databases = new ArrayList<>();
    for (String name :
        List.of(
            "spire-1.0.4",
            "spire-1.1.5",
            "spire-1.2.5",
            "spire-1.4.7",
            "spire-1.5.6",
            "spire-1.6.5",
            "spire-1.7.6",
            "spire-1.8.11",
            "spire-1.14.2",
            "spire-1.14.7",
            "migrated",
            "varied")) {
      databases.add(Arguments.of(LegacySourceCase.SQLITE, name));
    }
    for (String name : List.of("spire-1.1.5", "spire-1.7.6", "migrated")) {
      databases.add(Arguments.of(LegacySourceCase.POSTGRESQL, name));
      databases.add(Arguments.of(LegacySourceCase.MARIADB, name));
    }
    return databases.stream();
  }

  @ParameterizedTest(name = "{1} on {0}")
  @MethodSource("databases")
  void eachIsLeftOutAndReportedOrComesBack(LegacySourceCase kind, String name) throws Exception {
    LegacySourceCase.Live source = kind.load(name, folder);
    try (Connection connection =
            DriverManager.getConnection(source.url(), source.user(), source.password());
        Statement statement = connection.createStatement()) {
      if (kind == LegacySourceCase.MARIADB) {
        toLatin1(statement);
      }
      for (String sql : hostile(kind)) {
        execute(statement, sql);
      }
    }
    String again = "jdbc:sqlite:" + folder.resolve("again.db");
    HostileRound round = new HostileRound(withCredentials(source), again, kind + " " + name);
    JsonObject report = round.run();
    assertEquals(0, round.compared(), report.toString());
    assertReported(report, "bundles", "UNREADABLE", 1);
    assertReported(report, "bundles", "OTHER_TRUST_DOMAIN", 1);
    assertReported(report, "registered_entries", "NO_ID", 1);
    assertReported(report, "registered_entries", "SAME_ID", 2);
    assertReported(report, "selectors", "NO_VALUE", 2);
    assertReported(report, "selectors", "UNREADABLE", 1);
    assertReported(report, "dns_names", "NO_VALUE", 1);
    assertReported(report, "attested_node_entries", "NO_ID", 1);
    assertReported(report, "attested_node_entries", "SAME_ID", 1);
    assertReported(report, "attested_node_entries", "TIME_UNREADABLE", 1);
    assertReported(report, "join_tokens", "NO_ID", 1);
    assertReported(report, "join_tokens", "SAME_ID", 1);
    assertReported(report, "federated_trust_domains", "UNREADABLE", 1);
    if (kind == LegacySourceCase.MARIADB) {
      // This one, and where the original has letters that Latin 1 writes in one byte.
      assertTrue(HostileRound.skipped(report, "registered_entries", Set.of("UNREADABLE")) >= 1);
    }
  }

  private static void assertReported(JsonObject report, String table, String reason, long count) {
    assertEquals(
        count,
        HostileRound.skipped(report, table, Set.of(reason)),
        table + " " + reason + " in " + report);
  }

  /** The id of a table's row, counted from the first. */
  private static String row(String table, int index) {
    return "(SELECT x.id FROM (SELECT id FROM %s ORDER BY id LIMIT 1 OFFSET %d) x)"
        .formatted(table, index);
  }

  private static String update(String table, int index, String what) {
    return "UPDATE %s SET %s WHERE id = %s".formatted(table, what, row(table, index));
  }

  /** Gives a row the value that another row has. */
  private static String copy(String table, String column, int from, int to) {
    String value = "(SELECT x.%1$s FROM (SELECT id, %1$s FROM %2$s) x WHERE x.id = %3$s)";
    return update(table, to, column + " = " + value.formatted(column, table, row(table, from)));
  }

  private static List<String> hostile(LegacySourceCase kind) {
    String bytes = kind == LegacySourceCase.POSTGRESQL ? "'\\xff00'" : "x'ff00'";
    String longText = kind == LegacySourceCase.MARIADB ? longText(250) : longText(10_000);
    List<String> statements = new ArrayList<>();
    for (String index :
        List.of(
            "registered_entries uix_registered_entries_entry_id",
            "attested_node_entries uix_attested_node_entries_spiffe_id",
            "join_tokens uix_join_tokens_token")) {
      String[] names = index.split(" ");
      statements.add(
          "DROP INDEX " + names[1] + (kind == LegacySourceCase.MARIADB ? " ON " + names[0] : ""));
    }
    String entries = "registered_entries";
    String nodes = "attested_node_entries";
    statements.addAll(
        List.of(
            update("bundles", 0, "data = " + bytes),
            update("bundles", 1, "data = NULL"),
            update(entries, 3, "entry_id = NULL"),
            copy(entries, "entry_id", 6, 4),
            copy(entries, "entry_id", 6, 5),
            update(
                entries,
                7,
                "spiffe_id = NULL, parent_id = NULL, ttl = NULL, admin = NULL, created_at = NULL,"
                    + " expiry = NULL, revision_number = NULL, store_svid = NULL"),
            update(entries, 10, "spiffe_id = '" + longText + "', parent_id = '" + longText + "'"),
            update(entries, 11, "entry_id = '" + longText + "', ttl = -2147483648, expiry = -1"),
            "INSERT INTO selectors (registered_entry_id, type, value) VALUES (%1$s, NULL, 'a'),"
                    .formatted(row(entries, 8))
                + " (%s, NULL, NULL), (%s, 'unix', NULL), (NULL, 'a', 'b'), (1000000, NULL, NULL)"
                    .formatted(row(entries, 8), row(entries, 9)),
            "INSERT INTO dns_names (registered_entry_id, value) VALUES (%s, NULL), (1000000, 'a')"
                .formatted(row(entries, 8)),
            "INSERT INTO federated_registration_entries (bundle_id, registered_entry_id)"
                + " VALUES (1000000, 1000000)",
            update(nodes, 0, "spiffe_id = NULL"),
            copy(nodes, "spiffe_id", 2, 1),
            update(nodes, 3, "expires_at = NULL, serial_number = NULL, data_type = NULL"),
            update(nodes, 4, "expires_at = " + noTime(kind)),
            update("join_tokens", 0, "token = NULL"),
            copy("join_tokens", "token", 2, 1),
            update("join_tokens", 3, "expiry = NULL"),
            "DELETE FROM federated_trust_domains",
            "INSERT INTO federated_trust_domains (trust_domain, bundle_endpoint_url,"
                + " bundle_endpoint_profile) VALUES ('one.test', 'https://one.test', 'https_web'),"
                + " ('two.test', NULL, NULL)"));
    if (kind == LegacySourceCase.MARIADB) {
      statements.addAll(
          List.of(
              update(entries, 12, "parent_id = 'für ÿ'"),
              "ALTER TABLE registered_entries MODIFY spiffe_id VARBINARY(255)",
              update(entries, 13, "spiffe_id = x'66fc72'")));
    }
    return statements;
  }

  private static String longText(int length) {
    return "e".repeat(length);
  }

  private static String noTime(LegacySourceCase kind) {
    return switch (kind) {
      case SQLITE -> "'never'";
      case POSTGRESQL -> "'infinity'";
      case MARIADB -> "'0000-00-00 00:00:00'";
    };
  }

  /** Takes the characters away that Latin 1 has not, and the rows that become equal by that. */
  private static void toLatin1(Statement statement) throws SQLException {
    execute(statement, "SET SESSION sql_mode = ''");
    for (LegacyTable table : LegacyTable.values()) {
      if (table != LegacyTable.LINKS) {
        String name = table.sqlName();
        try {
          statement.execute("ALTER IGNORE TABLE " + name + " CONVERT TO CHARACTER SET latin1");
        } catch (SQLException e) {
          assertEquals(1146, e.getErrorCode(), e.getMessage()); // Not in this version.
        }
      }
    }
  }

  private static void execute(Statement statement, String sql) throws SQLException {
    try {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new SQLException(sql, e);
    }
  }

  private static String withCredentials(LegacySourceCase.Live source) {
    return source.user().isEmpty()
        ? source.url()
        : source.url() + "?user=" + source.user() + "&password=" + source.password();
  }
}
