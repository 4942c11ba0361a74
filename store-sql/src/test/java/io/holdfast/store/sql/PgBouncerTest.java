package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.PgBouncer;
import io.holdfast.testbed.Postgres;
import io.holdfast.testbed.WithPostgres;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A store behind PgBouncer, which pools transactions and loses notices. */
@WithPostgres
@Timeout(120)
final class PgBouncerTest {
  /** Fewer than the store has of its own, so that they are shared. */
  private static final int CONNECTIONS = 4;

  private static final byte[] VALUE = {1};
  private static final Duration SOON = Duration.ofSeconds(20);

  private final Database direct;
  private final PgBouncer bouncer;

  PgBouncerTest(Postgres server) {
    direct = server.freshDatabase();
    bouncer = PgBouncer.before(direct, CONNECTIONS);
  }

  @AfterEach
  void close() {
    bouncer.close();
  }

  private StoreConfig pooled() {
    return PostgresHarness.url(bouncer.database())
        .with("prepare-threshold", "0")
        .with("poll", "100ms")
        .withTimeout(Opened.TIMEOUT);
  }

  @Test
  void w1watchesLearnOfTheCommitsOfOthersByLooking() {
    try (Store watching = Store.open(pooled());
        Store writing = Store.open(PostgresHarness.url(direct));
        Watch watch = watching.watch(KeyRange.all(), watching.status().head())) {
      for (int i = 0; i < 5; i++) {
        Position put = writing.put(Key.of("k", i), VALUE);
        WatchBatch batch = watch.next(SOON).orElseThrow();
        assertEquals(put, batch.position());
        assertEquals(1, batch.events().size());
      }
      assertEquals(Watch.State.FOLLOWING, watch.state());
    }
  }

  @Test
  void c4noIncrementIsLostWhenConnectionsAreShared() throws Exception {
    int each = 40;
    try (Store one = Store.open(pooled());
        Store other = Store.open(pooled())) {
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        Store store = i % 2 == 0 ? one : other;
        threads.add(new Thread(() -> increment(store, each)));
      }
      threads.forEach(Thread::start);
      for (Thread thread : threads) {
        thread.join();
      }
      long counted = Children.first(one.get(Children.COUNTER).orElseThrow());
      assertEquals(6L * each, counted);
      assertEquals(counted, other.status().head().revision().number());
      assertTrue(one.count(KeyRange.all()) > 0);
    }
  }

  @Test
  void c3commitsAreFlushedWhateverTheSharedConnectionsAreSetTo() throws Exception {
    try (Store store = Store.open(pooled())) {
      try (Connection raw = direct.connect()) {
        Opened.execute(
            raw,
            "CREATE TABLE settings (setting TEXT)",
            "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                + " INSERT INTO settings SELECT current_setting('synchronous_commit')"
                + " || current_setting('client_min_messages')"
                + " || current_setting('client_connection_check_interval');"
                + " RETURN NEW; END $$",
            "CREATE TRIGGER note BEFORE INSERT ON holdfast_changes"
                + " FOR EACH ROW EXECUTE FUNCTION note()");
      }
      setEachConnectionTo("off");
      for (int i = 0; i < 10; i++) {
        store.put(Key.of(i), VALUE);
      }
      assertEquals(List.of("onwarning0"), settings());
    }
  }

  /** At once, so that each gets a connection of its own. */
  private void setEachConnectionTo(String setting) throws SQLException {
    List<Connection> held = new ArrayList<>();
    for (int i = 0; i < CONNECTIONS; i++) {
      Connection connection = bouncer.database().connect();
      connection.setAutoCommit(false);
      Opened.execute(
          connection,
          "SET synchronous_commit = " + setting,
          "SET client_min_messages = error",
          "SET client_connection_check_interval = '1h'");
      held.add(connection);
    }
    for (Connection connection : held) {
      connection.commit();
      connection.close();
    }
  }

  private List<String> settings() throws SQLException {
    List<String> settings = new ArrayList<>();
    try (Connection raw = direct.connect();
        Statement statement = raw.createStatement();
        ResultSet row = statement.executeQuery("SELECT DISTINCT setting FROM settings")) {
      while (row.next()) {
        settings.add(row.getString(1));
      }
    }
    return settings;
  }

  private static void increment(Store store, int times) {
    for (int i = 0; i < times; i++) {
      store
          .within(Duration.ofMinutes(1))
          .transact(
              tx -> {
                long before = tx.get(Children.COUNTER).map(Children::first).orElse(0L);
                tx.put(Children.COUNTER, Children.longs(before + 1));
              });
    }
  }
}
