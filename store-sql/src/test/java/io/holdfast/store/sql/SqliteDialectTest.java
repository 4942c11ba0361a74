package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
final class SqliteDialectTest {
  private static final String ENDLESS =
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n";

  @TempDir Path folder;

  private Dialect dialect() {
    return new SqliteDialect(SqliteFile.at(folder.resolve("a.db").toString()));
  }

  private static long number(Connection connection, String text) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(text)) {
      return row.next() ? row.getLong(1) : -1;
    }
  }

  @Test
  void h7aQueryWithoutEndIsGivenUpWhenAsked() throws SQLException {
    Dialect dialect = dialect();
    try (Connection connection = dialect.connections().getConnection()) {
      Deadline deadline = Deadline.after(Duration.ofMillis(50));
      SQLException e =
          assertThrows(
              SQLException.class,
              () ->
                  dialect.cancellable(
                      connection, deadline::hasPassed, () -> number(connection, ENDLESS)));
      assertEquals(Dialect.Trouble.CANCELLED, dialect.classify(e));
      assertTrue(deadline.hasPassed());
      assertEquals(1, number(connection, "SELECT 1"), "the connection is as good as before");
    }
  }

  @Test
  void theChangeHintChangesWithTheCommitsOfOthersOnly() throws SQLException {
    Dialect dialect = dialect();
    try (Connection one = dialect.connections().getConnection();
        Connection other = dialect.connections().getConnection()) {
      Opened.execute(one, "CREATE TABLE t (i INTEGER)");
      OptionalLong before = dialect.changeHint(one);
      assertTrue(before.isPresent());
      Opened.execute(one, "INSERT INTO t VALUES (1)");
      assertEquals(before, dialect.changeHint(one));
      Opened.execute(other, "INSERT INTO t VALUES (2)");
      assertFalse(before.equals(dialect.changeHint(one)));
    }
  }

  @Test
  void largeRangesAndOldReadsAreFoundThroughAnIndex() throws SQLException {
    Path file = folder.resolve("a.db");
    try (Opened opened = Opened.at(file)) {
      Sql sql = new Sql(opened.dialect(), "holdfast_");
      KeyRange range = KeyRange.of(Key.of("a"), Key.of("b"));
      try (Connection raw = Opened.raw(file)) {
        assertTrue(plan(raw, sql.changedSince(range)).contains("(revision>?)"));
        String byKey = plan(raw, sql.changedSinceByKey(range));
        assertTrue(byKey.contains("entries_1 (entry_key>"), byKey);
        assertTrue(byKey.contains("removals (entry_key>"), byKey);
        String page = plan(raw, sql.of(range).page());
        assertTrue(page.contains("(entry_key>? AND entry_key<?)"), page);
        assertFalse(page.contains("B-TREE"), "no sorting");
        String count = plan(raw, sql.of(range).count());
        assertFalse(count.replace("COVERING INDEX", "").contains("entries USING INDEX"), count);
        String get = plan(raw, sql.get);
        assertTrue(get.contains("(entry_key=?)"), get);
        assertTrue(plan(raw, sql.history).contains("changes_1 (revision=?)"));
        assertFalse(plan(raw, sql.history).contains("B-TREE"), "no sorting");
      }
    }
  }

  private static String plan(Connection connection, String text) throws SQLException {
    StringBuilder plan = new StringBuilder();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("EXPLAIN QUERY PLAN " + text)) {
      while (row.next()) {
        plan.append(row.getString("detail")).append('\n');
      }
    }
    return plan.toString();
  }
}
