package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.Store;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.MariaDb;
import io.holdfast.testbed.WithMariaDb;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What a commit costs MariaDB besides what it has to write. */
@WithMariaDb
final class MariaDbLogTest {
  private static final int VALUE_BYTES = 200_000;
  private static final int PUTS = 10;

  private final Database database;

  MariaDbLogTest(MariaDb server) {
    database = server.freshDatabase();
  }

  /**
   * The history and the entry are two rows; the statement that is noted beside them has the value
   * once, with a second byte for each that has to be escaped. A procedure that names a commit's
   * bytes in more statements, or more often in one, has the server write them into each text.
   */
  @Test
  void theBinaryLogHasTheBytesOfACommitThreeTimes() {
    byte[] value = new byte[VALUE_BYTES];
    new Random(1).nextBytes(value);
    try (Store store = Store.open(MySqlHarness.url("mariadb", database))) {
      store.put(Key.of("k"), value);
      long before = logged();
      for (int i = 0; i < PUTS; i++) {
        store.put(Key.of("k", i), value);
      }
      double times = (logged() - before) / ((double) PUTS * VALUE_BYTES);
      assertTrue(times > 2 && times < 3.5, "each byte is logged " + times + " times");
    }
  }

  private long logged() {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SHOW GLOBAL STATUS LIKE 'Binlog_bytes_written'")) {
      row.next();
      return row.getLong(2);
    } catch (SQLException e) {
      throw new AssertionError(e);
    }
  }
}
