package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.Transaction;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.FaultProxy.Direction;
import io.holdfast.testbed.FaultProxy.Fault;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A writer is cut off while the server is in the middle of its commit, before each table in turn
 * that a commit touches. Whether its own end or the server's goes away: the commit happens once,
 * whole, and its writer learns where.
 */
@Timeout(120)
final class CutCommitTest {
  private static final List<String> TABLES = List.of("meta", "lanes", "entries", "changes");
  private static final byte[] VALUE = {1};

  private enum Lost {
    CLIENT,
    SERVER
  }

  /** What each commit wrote, in the order of the commits. */
  private final List<List<Key>> written = new ArrayList<>();

  private ServerKind kind;
  private Database database;

  @ParameterizedTest
  @CsvSource({"POSTGRES, CLIENT", "POSTGRES, SERVER", "MARIADB, CLIENT", "MARIADB, SERVER"})
  void c10aCommitThatIsCutOffBeforeAnyOfItsStatementsHappensOnce(ServerKind server, Lost lost)
      throws Exception {
    kind = server;
    database = server.fresh();
    try (FaultProxy proxy = FaultProxy.to(database.host(), database.port());
        Store store =
            Store.open(kind.url(proxy.through(database)).withTimeout(Duration.ofSeconds(30)))) {
      Position start = store.status().head();
      put(store, Key.of("kept"));
      for (String table : TABLES) {
        Key one = Key.of("one", table);
        cut(proxy, lost, table, () -> store.put(one, VALUE));
        written.add(List.of(one));
        Transaction several = store.begin();
        several.expectAbsent(Key.of("several", table));
        several.delete(one);
        several.put(Key.of("several", table), VALUE);
        several.put(Key.of("kept"), VALUE);
        cut(proxy, lost, table, several::commit);
        written.add(List.of(Key.of("kept"), one, Key.of("several", table)));
        put(store, Key.of("next", table));
      }
      assertEquals(written, history(store, start));
      assertEquals(1 + 2 * TABLES.size(), store.count(KeyRange.all()));
    }
  }

  private void put(Store store, Key key) {
    store.put(key, VALUE);
    written.add(List.of(key));
  }

  private interface Commit {
    Position run();
  }

  /** Cuts a commit that waits for a table, and lets it go on. */
  private void cut(FaultProxy proxy, Lost lost, String table, Commit commit) throws Exception {
    CompletableFuture<Position> outcome;
    try (Connection other = database.connect()) {
      hold(other, "holdfast_" + table);
      outcome = CompletableFuture.supplyAsync(commit::run);
      Opened.await("the commit to wait for " + table, () -> !ask(waiting()).isEmpty());
      if (lost == Lost.CLIENT) {
        proxy.strike(Direction.TO_CLIENT, Fault.CUT);
      } else {
        // Who has waited long gives up for a moment, and may not be there just now.
        Opened.await("somebody to end", () -> end(ask(waiting())));
      }
    }
    long revision = outcome.get(60, TimeUnit.SECONDS).revision().number();
    assertEquals(written.size() + 1, revision);
    assertEquals("" + revision, ask("SELECT revision FROM holdfast_meta"), "it is there once");
  }

  private void hold(Connection other, String table) throws SQLException {
    if (kind == ServerKind.POSTGRES) {
      other.setAutoCommit(false);
      Opened.execute(other, "LOCK TABLE " + table + " IN EXCLUSIVE MODE");
    } else {
      Opened.execute(other, "LOCK TABLES " + table + " WRITE");
    }
  }

  /** Asks for a connection that waits for a table. */
  private String waiting() {
    return kind == ServerKind.POSTGRES
        ? "SELECT pid FROM pg_stat_activity"
            + " WHERE wait_event_type = 'Lock' AND datname = current_database()"
        : "SELECT id FROM information_schema.processlist"
            + " WHERE db = DATABASE() AND state LIKE 'Waiting for table%'";
  }

  private boolean end(String connection) {
    if (kind == ServerKind.POSTGRES) {
      return !connection.isEmpty()
          && ask("SELECT pg_terminate_backend(" + connection + ")::text").equals("true");
    }
    try {
      OpenedServer.execute(database, "KILL " + connection);
      return true;
    } catch (SQLException e) {
      return false;
    }
  }

  private String ask(String query) {
    return OpenedMySql.ask(database, query);
  }

  private static List<List<Key>> history(Store store, Position start) {
    List<List<Key>> commits = new ArrayList<>();
    Position head = store.status().head();
    Position at = start;
    try (Watch watch = store.watch(KeyRange.all(), start)) {
      while (head.isAfter(at)) {
        WatchBatch batch = watch.next(Duration.ofSeconds(20)).orElseThrow();
        assertTrue(batch.position().isAfter(at));
        commits.add(batch.events().stream().map(Event::key).toList());
        at = batch.position();
      }
    }
    return commits;
  }
}
