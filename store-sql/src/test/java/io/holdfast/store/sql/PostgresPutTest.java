package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.Postgres;
import io.holdfast.testbed.WithPostgres;
import java.sql.SQLException;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;

/** The short way of a commit that puts one key, and what it leaves to the long one. */
@Timeout(120)
@WithPostgres
final class PostgresPutTest {
  private static final Key KEY = Key.of("a");
  private static final byte[] VALUE = {1};

  private final Database database;
  private final Store store;

  PostgresPutTest(Postgres server) {
    database = server.freshDatabase();
    store = OpenedServer.at(database).store();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private String ask(String query) throws SQLException {
    return OpenedServer.ask(database, query);
  }

  /** What entries, history and lane say of the newest commit. */
  private String newest() throws SQLException {
    return ask(
        "SELECT m.revision || ' ' || e.created || ' ' || e.modified || ' ' || h.created || ' '"
            + " || (h.entry_value = e.entry_value) || ' ' || l.first_revision || ' ' || l.sequence"
            + " || ' ' || l.succeeded FROM holdfast_meta m, holdfast_lanes l,"
            + " holdfast_entries e JOIN holdfast_changes h USING (entry_key)"
            + " WHERE h.revision = m.revision");
  }

  @Test
  void writesTheSameRowsAsTheLongWay() throws SQLException {
    store.put(KEY, VALUE);
    assertEquals("1 1 1 1 true 0 1 \\x01", newest());
    Position second = store.put(KEY, new byte[] {2});
    assertEquals("2 1 2 1 true 1 2 \\x01", newest());
    assertEquals("" + second.token(), ask("SELECT token FROM holdfast_changes WHERE revision = 2"));
    KeyValue found = store.get(KEY).orElseThrow();
    assertEquals(2, found.modified().number());
    assertEquals(1, found.created().number());
    assertEquals(2, store.status().head().revision().number());
  }

  @Test
  void c9theWritersLastCommitMissingIsDivergedAndNothingIsWritten() throws SQLException {
    store.put(KEY, VALUE);
    OpenedServer.execute(database, "UPDATE holdfast_changes SET token = 5 WHERE revision = 1");
    assertThrows(StoreException.Diverged.class, () -> store.put(KEY, new byte[] {2}));
    assertEquals("1", ask("SELECT revision FROM holdfast_meta"));
    assertEquals("1", ask("SELECT max(revision) FROM holdfast_changes"));
    assertEquals(2, store.put(KEY, VALUE).revision().number(), "it was told once");
  }

  @Test
  void c9theWritersLastCommitAboveTheHeadIsDiverged() throws SQLException {
    store.put(KEY, VALUE);
    store.put(KEY, VALUE);
    OpenedServer.execute(
        database,
        "UPDATE holdfast_meta SET revision = 1",
        "DELETE FROM holdfast_changes WHERE revision = 2");
    assertThrows(StoreException.Diverged.class, () -> store.put(KEY, VALUE));
  }

  @Test
  void c2aCounterThatWasSetBackGivesNoRevisionTwice() throws SQLException {
    store.put(KEY, VALUE);
    store.put(KEY, VALUE);
    OpenedServer.execute(database, "UPDATE holdfast_meta SET revision = 1");
    assertDamaged(() -> store.put(Key.of("b"), VALUE));
    assertDamaged(() -> store.put(Map.of(Key.of("b"), VALUE, Key.of("c"), VALUE)));
    OpenedServer.execute(database, "UPDATE holdfast_meta SET revision = 2");
    assertEquals(3, store.put(Key.of("b"), VALUE).revision().number());
  }

  @Test
  void c2aHistoryWithoutItsLastCommitIsNotContinued() throws SQLException {
    store.put(KEY, VALUE);
    OpenedServer.execute(database, "DELETE FROM holdfast_changes WHERE revision = 1");
    assertDamaged(() -> store.put(KEY, VALUE));
    assertDamaged(() -> store.delete(KEY));
    assertEquals("0", ask("SELECT max(revision) FROM holdfast_changes"));
  }

  private static void assertDamaged(Executable call) {
    assertEquals(Reason.DAMAGED, assertThrows(StoreException.Unusable.class, call).reason());
  }

  @Test
  void aLastCommitBeforeTheHistoryProvesNothing() throws SQLException {
    store.put(KEY, VALUE);
    try (OpenedServer other = OpenedServer.at(database)) {
      other.store().put(Key.of("b"), VALUE);
      other.store().put(Key.of("b"), VALUE);
    }
    OpenedServer.execute(
        database,
        "UPDATE holdfast_meta SET oldest = 3",
        "DELETE FROM holdfast_changes WHERE revision < 3");
    assertEquals(4, store.put(KEY, VALUE).revision().number());
  }

  @Test
  void aWriterWhoseLaneIsGoneTakesAnother() throws SQLException {
    store.put(KEY, VALUE);
    OpenedServer.execute(database, "DELETE FROM holdfast_lanes");
    assertEquals(2, store.put(KEY, VALUE).revision().number());
    assertEquals("1", ask("SELECT count(*) FROM holdfast_lanes WHERE sequence = 1"));
  }
}
