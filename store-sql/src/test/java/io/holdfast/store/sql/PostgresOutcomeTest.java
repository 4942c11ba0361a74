package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.FaultProxy.Direction;
import io.holdfast.testbed.FaultProxy.Fault;
import io.holdfast.testbed.Postgres;
import io.holdfast.testbed.WithPostgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Commits to PostgreSQL whose answers are lost: what their callers are told is what happened. */
@Timeout(120)
@WithPostgres
final class PostgresOutcomeTest {
  private static final Key KEY = Key.of("key");
  private static final byte[] VALUE = {1};
  private static final Duration SHORT = Duration.ofMillis(1500);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Database database;
  private FaultProxy proxy;
  private OpenedServer opened;
  private Store store;

  PostgresOutcomeTest(Postgres server) {
    database = server.freshDatabase();
  }

  @BeforeEach
  void open() {
    proxy = FaultProxy.to(database.host(), database.port());
    StoreConfig config = PostgresHarness.url(proxy.through(database)).withTimeout(Opened.TIMEOUT);
    opened = OpenedServer.at(config);
    opened.backend().endHousekeeping(); // what harms a message is for a commit's
    store = opened.store();
    store.put(Key.of("first"), VALUE);
  }

  private String ask(String query) {
    try {
      return OpenedServer.ask(database, query);
    } catch (SQLException e) {
      throw new AssertionError(query, e);
    }
  }

  @AfterEach
  void close() {
    proxy.heal();
    opened.close();
    proxy.close();
    threads.shutdownNow();
  }

  /** Harms the connection that gets this answer, counted from now and from 0. */
  private void strike(int answer, Fault fault) {
    CompletableFuture<Void> unused = proxy.strikeAfterMessages(Direction.TO_CLIENT, answer, fault);
  }

  private Revision headOnTheServer() {
    return new Revision(Long.parseLong(ask("SELECT revision FROM holdfast_meta")));
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"CUT", "HALF_CLOSE", "SWALLOW"})
  void c10aCommitWhoseAnswerIsLostIsFoundOut(Fault fault) throws Exception {
    strike(0, fault);
    Position position = store.within(SHORT).put(KEY, VALUE);
    assertEquals(new Revision(2), position.revision());
    assertEquals(position, store.status().head());
    assertEquals(new Revision(2), headOnTheServer(), "it is not sent twice");
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"CUT", "HALF_CLOSE", "SWALLOW"})
  void c10aCommitThatNeverArrivesIsSentAgainOrTimesOut(Fault fault) throws Exception {
    CompletableFuture<Void> unused = proxy.strikeAfterBytes(Direction.TO_SERVER, 20, fault);
    try {
      store.within(SHORT).put(KEY, VALUE);
    } catch (StoreException.Timeout e) {
      assertTrue(store.get(KEY).isEmpty());
      return;
    }
    assertEquals(new Revision(2), headOnTheServer());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7})
  void c10theAnswerOfTheResolverMayBeLostToo(int message) throws Exception {
    CompletableFuture<Void> again =
        proxy
            .strikeAfterMessages(Direction.TO_CLIENT, 0, Fault.CUT)
            .thenRun(() -> strike(message, Fault.CUT));
    Position position = store.put(KEY, VALUE);
    assertTrue(again.isDone());
    assertEquals(new Revision(2), position.revision());
    assertEquals(new Revision(2), headOnTheServer());
  }

  @Test
  void c10aCommitThatHappenedIsFoundOutAlsoWhenTheHistoryHasLostIt() throws Exception {
    CompletableFuture<Position> commit = putWithoutAnswer(store);
    StoreConfig config = PostgresHarness.url(database).withTimeout(Opened.TIMEOUT);
    try (OpenedServer other = OpenedServer.at(config.withHistoryCommits(1))) {
      Opened.await(
          "the commit", () -> other.store().status().head().revision().isAfter(new Revision(1)));
      for (int i = 0; i < 5; i++) {
        other.store().put(Key.of("other"), VALUE);
      }
      other.backend().trim();
      assertEquals(new Revision(7 - 1), other.store().status().oldest());
    }
    proxy.heal();
    assertEquals(new Revision(2), commit.get(60, TimeUnit.SECONDS).revision());
  }

  @Test
  void c10whereTheLaneIsGoneTheOutcomeIsUnknown() throws Exception {
    CompletableFuture<Position> commit = putWithoutAnswer(store);
    Opened.await("the commit", this::isThere);
    OpenedServer.execute(database, "DELETE FROM holdfast_lanes");
    proxy.heal();
    Throwable failure = commit.handle((position, e) -> e.getCause()).get(60, TimeUnit.SECONDS);
    assertInstanceOf(StoreException.UnknownOutcome.class, failure);
    assertEquals(new Revision(3), store.put(Key.of("next"), VALUE).revision(), "on a new lane");
  }

  /** The connection is cut when the proxy is healed, and not before: then it is found out. */
  private CompletableFuture<Position> putWithoutAnswer(Store by) {
    strike(0, Fault.SWALLOW);
    return CompletableFuture.supplyAsync(() -> by.within(Opened.TIMEOUT).put(KEY, VALUE), threads);
  }

  private boolean isThere() {
    return headOnTheServer().isAfter(new Revision(1));
  }

  @Test
  void c10aWriterWhoseLaneWasRemovedIsFencedAndGoesOnWithAnother() throws Exception {
    OpenedServer.execute(database, "DELETE FROM holdfast_lanes");
    assertEquals(new Revision(2), store.put(KEY, VALUE).revision());
    assertEquals("1", ask("SELECT count(*) FROM holdfast_lanes"));
  }

  @Test
  void c10whileSomebodyHoldsTheLaneTheOutcomeIsUnknown() throws Exception {
    StoreConfig hasty = PostgresHarness.url(proxy.through(database)).withTimeout(SHORT);
    try (Connection frozen = database.connect();
        OpenedServer finder = OpenedServer.at(hasty)) {
      finder.backend().endHousekeeping();
      finder.store().within(Opened.TIMEOUT).put(KEY, VALUE);
      frozen.setAutoCommit(false);
      CompletableFuture<Position> commit = putWithoutAnswer(finder.store());
      Opened.await("the commit", () -> headOnTheServer().equals(new Revision(3)));
      Opened.execute(frozen, "SELECT 1 FROM holdfast_lanes FOR UPDATE");
      proxy.heal();
      Throwable failure = commit.handle((position, e) -> e.getCause()).get(60, TimeUnit.SECONDS);
      assertInstanceOf(StoreException.UnknownOutcome.class, failure);
    }
  }

  @Test
  void c10aCommitDoesNotWaitForItsLane() throws Exception {
    try (Connection other = database.connect()) {
      other.setAutoCommit(false);
      Opened.execute(other, "SELECT 1 FROM holdfast_lanes FOR UPDATE");
      // Nothing is written on the lane that somebody holds; a new one is taken instead.
      assertEquals(new Revision(2), store.put(KEY, VALUE).revision());
    }
  }

  @Test
  void c12aCommitThatTimesOutWaitingForTheCounterNeverHappens() throws Exception {
    try (Connection other = database.connect()) {
      other.setAutoCommit(false);
      Opened.execute(other, "SELECT 1 FROM holdfast_meta FOR UPDATE");
      assertThrows(
          StoreException.Timeout.class, () -> store.within(Duration.ofMillis(100)).put(KEY, VALUE));
      other.rollback();
    }
    assertEquals(new Revision(2), store.put(Key.of("next"), VALUE).revision());
    assertTrue(store.get(KEY).isEmpty());
  }

  /** An error that a server can have as well told on its way down. */
  @Test
  void h7whoTimesOutIsToldWhatTheServerSaid() throws Exception {
    OpenedServer.execute(
        database,
        "CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            + " RAISE EXCEPTION 'the index is torn' USING ERRCODE = 'index_corrupted'; END $$",
        "CREATE TRIGGER fail BEFORE INSERT ON holdfast_changes"
            + " FOR EACH ROW EXECUTE FUNCTION fail()");
    StoreException e =
        assertThrows(StoreException.Timeout.class, () -> store.within(SHORT).put(KEY, VALUE));
    assertTrue(e.getMessage().contains("the index is torn"), e.getMessage());
    OpenedServer.execute(database, "DROP TRIGGER fail ON holdfast_changes");
    assertEquals(new Revision(2), store.put(KEY, VALUE).revision());
  }

  @Test
  void c4whatAnotherCommitsWhileACommitWaitsIsSeen() throws Exception {
    Position before = store.put(KEY, VALUE);
    Transaction tx = store.begin();
    tx.expect(KEY, before.revision());
    tx.put(KEY, new byte[] {2});
    try (Connection other = database.connect()) {
      other.setAutoCommit(false);
      Opened.execute(other, "SELECT 1 FROM holdfast_meta FOR UPDATE");
      CompletableFuture<Position> commit = CompletableFuture.supplyAsync(tx::commit, threads);
      Opened.await("the commit to wait", this::somebodyWaits);
      Opened.execute(
          other,
          "UPDATE holdfast_meta SET revision = 3",
          "INSERT INTO holdfast_changes (revision, entry_key, token, committed_at)"
              + " VALUES (3, 'x', 33, 0)",
          "UPDATE holdfast_entries SET modified = 3 WHERE modified = 2");
      other.commit();
      Throwable failure = commit.handle((position, e) -> e.getCause()).get(60, TimeUnit.SECONDS);
      assertInstanceOf(StoreException.Conflict.class, failure);
    }
  }

  private boolean somebodyWaits() {
    return !ask("SELECT count(*) FROM pg_stat_activity"
            + " WHERE wait_event_type = 'Lock' AND datname = current_database()")
        .equals("0");
  }

  /** Commits that all wait for their turn, and then get it together. */
  private List<Object> together(Transaction... transactions) throws Exception {
    List<CompletableFuture<Position>> commits = new ArrayList<>();
    try (Connection other = database.connect()) {
      other.setAutoCommit(false);
      Opened.execute(other, "SELECT 1 FROM holdfast_meta FOR UPDATE");
      CompletableFuture<Position> leader =
          CompletableFuture.supplyAsync(() -> store.put(Key.of("leader"), VALUE), threads);
      Opened.await("the leader to wait", this::somebodyWaits);
      for (Transaction tx : transactions) {
        commits.add(CompletableFuture.supplyAsync(tx::commit, threads));
        Opened.await("the commit to queue", () -> opened.backend().queued() == commits.size());
      }
      other.rollback();
      leader.get(60, TimeUnit.SECONDS);
    }
    List<Object> outcomes = new ArrayList<>();
    for (CompletableFuture<Position> commit : commits) {
      outcomes.add(commit.<Object>handle((done, e) -> e == null ? done : e.getCause()).join());
    }
    return outcomes;
  }

  private Transaction put(Key key, Key expectedAbsent) {
    Transaction tx = store.begin();
    tx.expectAbsent(expectedAbsent);
    tx.put(key, VALUE);
    return tx;
  }

  @Test
  void c4mergedCommitsSeeEachOther() throws Exception {
    Key one = Key.of("range", 1);
    Key two = Key.of("range", 2);
    Transaction empty = store.begin();
    empty.expectEmpty(KeyRange.under(Key.of("range")));
    empty.put(Key.of("elsewhere"), VALUE);
    Transaction delete = store.begin();
    delete.delete(one);
    Transaction missing = store.begin();
    missing.delete(Key.of("missing"));
    List<Object> outcomes =
        together(put(one, one), put(two, one), empty, delete, missing, put(two, one));
    assertEquals(3, revision(outcomes.get(0)));
    assertInstanceOf(StoreException.Conflict.class, outcomes.get(1));
    // They are concurrent: the deletion has gone before the look into the range.
    assertTrue(revision(outcomes.get(3)) < revision(outcomes.get(2)));
    assertTrue(revision(outcomes.get(4)) >= 2);
    assertTrue(revision(outcomes.get(5)) > revision(outcomes.get(3)));
    assertEquals(new Revision(6), store.status().head().revision());
  }

  private static long revision(Object outcome) {
    return assertInstanceOf(Position.class, outcome).revision().number();
  }

  @Test
  void c10ofMergedCommitsWithALostAnswerEachIsToldItsOwnOutcome() throws Exception {
    Key key = Key.of("a");
    Transaction failing = store.begin();
    failing.expect(key, new Revision(77));
    failing.put(Key.of("b"), VALUE);
    Transaction good = put(Key.of("c"), Key.of("d"));
    Transaction last = put(Key.of("e"), Key.of("f"));
    strike(1, Fault.CUT);
    List<Object> outcomes = together(failing, good, last);
    assertInstanceOf(StoreException.Conflict.class, outcomes.get(0));
    assertEquals(3, revision(outcomes.get(1)));
    assertEquals(4, revision(outcomes.get(2)));
    assertEquals(new Revision(4), headOnTheServer());
  }
}
