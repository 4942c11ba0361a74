package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.MariaDb;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Stores on MariaDB with several hosts in the URL. */
@Timeout(180)
final class MariaDbHostsTest {
  private static final List<String> TABLES =
      List.of("holdfast_entries", "holdfast_changes", "holdfast_meta");

  private static StoreConfig url(Database... hosts) {
    String all =
        Arrays.stream(hosts)
            .map(host -> host.host() + ":" + host.port())
            .collect(Collectors.joining(","));
    Database one = hosts[0];
    return StoreConfig.of("mariadb://%s@%s/%s".formatted(one.user(), all, one.name()))
        .withPassword(one.password())
        .withTimeout(Opened.TIMEOUT);
  }

  @Test
  void aHostThatIsAwayIsPassedOver() {
    Database database = MariaDb.shared().freshDatabase();
    try (FaultProxy proxy = FaultProxy.to(database.host(), database.port())) {
      proxy.refuse();
      try (Store store = Store.open(url(proxy.through(database), database))) {
        store.put(Key.of("a"), new byte[] {1});
        assertEquals(1, store.count(KeyRange.all()));
      }
    }
  }

  @Test
  void r1aHostThatBecameReadOnlyIsLeftByOpenConnectionsToo() throws Exception {
    try (MariaDb first = MariaDb.start();
        MariaDb second = MariaDb.start()) {
      Database one = first.freshDatabase();
      Database two = at(one, second.admin());
      OpenedMySql.execute(second.admin(), "CREATE DATABASE " + one.name());
      try (Store store = Store.open(url(one, two));
          Watch watch = store.watch(KeyRange.all(), store.status().head())) {
        store.put(Key.of("a"), new byte[] {1});
        assertEquals(1, store.count(KeyRange.all()));
        Store.open(url(two)).close();
        copy(one, two);
        OpenedMySql.execute(one, "SET GLOBAL read_only = 1");
        OpenedMySql.execute(two, "UPDATE holdfast_entries SET entry_value = 'two'");
        assertArrayEquals(new byte[] {'t', 'w', 'o'}, store.get(Key.of("a")).orElseThrow().value());
        assertEquals(2, store.put(Key.of("b"), new byte[] {2}).revision().number());
        assertEquals(2, store.get(KeyRange.all()).entries().size());
        long[] seen = new long[1];
        Opened.await(
            "the watch",
            () -> {
              watch
                  .next(Duration.ofSeconds(1))
                  .ifPresent(batch -> seen[0] = batch.position().revision().number());
              return seen[0] == 2;
            });
        // The former primary comes back as if nothing had been.
        OpenedMySql.execute(one, "SET GLOBAL read_only = 0", "UPDATE holdfast_meta SET epoch = 0");
        StoreException e =
            assertThrows(StoreException.Unavailable.class, () -> Store.open(url(one)).close());
        assertTrue(e.getMessage().contains("former primary"), e.getMessage());
      }
    }
  }

  private static Database at(Database one, Database server) {
    String there = server.host() + ":" + server.port();
    return new Database(
        one.jdbcUrl().replace(one.host() + ":" + one.port(), there),
        server.host(),
        server.port(),
        one.name(),
        one.user(),
        one.password());
  }

  /** What replication would have done. */
  private static void copy(Database from, Database to) throws SQLException {
    try (Connection source = from.connect();
        Connection target = to.connect();
        Statement statement = target.createStatement()) {
      for (String table : TABLES) {
        statement.execute("DELETE FROM " + table);
        copy(source, target, table);
      }
    }
  }

  private static void copy(Connection source, Connection target, String table) throws SQLException {
    try (Statement statement = source.createStatement();
        ResultSet row = statement.executeQuery("SELECT * FROM " + table)) {
      int columns = row.getMetaData().getColumnCount();
      String marks = String.join(", ", Collections.nCopies(columns, "?"));
      try (PreparedStatement insert =
          target.prepareStatement("INSERT INTO " + table + " VALUES (" + marks + ")")) {
        while (row.next()) {
          for (int i = 1; i <= columns; i++) {
            insert.setObject(i, row.getObject(i));
          }
          insert.executeUpdate();
        }
      }
    }
  }
}
