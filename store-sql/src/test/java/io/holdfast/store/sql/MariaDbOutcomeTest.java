package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.FaultProxy.Direction;
import io.holdfast.testbed.FaultProxy.Fault;
import io.holdfast.testbed.MariaDb;
import io.holdfast.testbed.WithMariaDb;
import java.sql.Connection;
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

/** What becomes of commits whose answers are lost, and of those that somebody holds up. */
@WithMariaDb
@Timeout(120)
final class MariaDbOutcomeTest {
  private static final Key KEY = Key.of("key");
  private static final byte[] VALUE = {1};
  private static final Duration SHORT = Duration.ofMillis(1500);
  private static final String HOLD_COUNTER = "SELECT 1 FROM holdfast_meta FOR UPDATE";

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Database database;
  private FaultProxy proxy;
  private OpenedMySql opened;
  private Store store;

  MariaDbOutcomeTest(MariaDb server) {
    database = server.freshDatabase();
  }

  @BeforeEach
  void open() {
    proxy = FaultProxy.to(database.host(), database.port());
    opened =
        OpenedMySql.at(
            MySqlHarness.url("mariadb", proxy.through(database)).withTimeout(Opened.TIMEOUT));
    opened.backend().endHousekeeping(); // what harms a message is for a commit's
    store = opened.store();
    store.put(Key.of("first"), VALUE);
    store.status();
  }

  @AfterEach
  void close() {
    proxy.heal();
    opened.close();
    proxy.close();
    threads.shutdownNow();
  }

  private CompletableFuture<Void> strike(int answer, Fault fault) {
    return proxy.strikeAfterMessages(Direction.TO_CLIENT, answer, fault);
  }

  private void cutAnswer(int message) {
    CompletableFuture<Void> unused = strike(message, Fault.CUT);
  }

  private Revision headOnTheServer() {
    return new Revision(
        Long.parseLong(OpenedMySql.ask(database, "SELECT revision FROM holdfast_meta")));
  }

  private CompletableFuture<Position> put(Duration timeout) {
    return CompletableFuture.supplyAsync(() -> store.within(timeout).put(KEY, VALUE), threads);
  }

  private static Throwable failure(CompletableFuture<Position> commit) throws Exception {
    return commit
        .handle((position, e) -> e == null ? null : e.getCause())
        .get(60, TimeUnit.SECONDS);
  }

  private Connection holding(String lock) throws Exception {
    Connection other = database.connect();
    other.setAutoCommit(false);
    // Locks rows, and no gaps between them.
    other.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
    Opened.execute(other, lock);
    return other;
  }

  private boolean somebodyWaits() {
    return OpenedMySql.somebodyWaits(database);
  }

  private boolean isThere() {
    return headOnTheServer().isAfter(new Revision(1));
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"CUT", "HALF_CLOSE", "SWALLOW"})
  void c10aCommitWhoseAnswerIsLostIsFoundOut(Fault fault) {
    CompletableFuture<Void> struck = strike(0, fault);
    Position position = store.within(SHORT).put(KEY, VALUE);
    assertTrue(struck.isDone());
    assertEquals(new Revision(2), position.revision());
    assertEquals(position, store.status().head());
    assertEquals(new Revision(2), headOnTheServer(), "it is not sent twice");
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"CUT", "HALF_CLOSE", "SWALLOW"})
  void c10aCommitThatNeverArrivesIsSentAgainOrTimesOut(Fault fault) {
    CompletableFuture<Void> struck = proxy.strikeAfterBytes(Direction.TO_SERVER, 20, fault);
    try {
      store.within(SHORT).put(KEY, VALUE);
    } catch (StoreException.Timeout e) {
      assertTrue(store.get(KEY).isEmpty());
      return;
    } finally {
      assertTrue(struck.isDone());
    }
    assertEquals(new Revision(2), headOnTheServer());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 5, 8, 12})
  void c10theAnswerOfTheResolverMayBeLostToo(int message) {
    CompletableFuture<Void> again = strike(0, Fault.CUT).thenRun(() -> cutAnswer(message));
    Position position = store.put(KEY, VALUE);
    assertTrue(again.isDone());
    assertEquals(new Revision(2), position.revision());
    assertEquals(new Revision(2), headOnTheServer());
  }

  @Test
  void c10whereTheLaneIsGoneTheOutcomeIsUnknown() throws Exception {
    CompletableFuture<Void> struck = strike(0, Fault.SWALLOW);
    CompletableFuture<Position> commit = put(Opened.TIMEOUT);
    Opened.await("the commit", this::isThere);
    OpenedMySql.execute(database, "DELETE FROM holdfast_lanes");
    proxy.heal(); // cuts the connection that has lost the answer: now it is found out
    assertInstanceOf(StoreException.UnknownOutcome.class, failure(commit));
    assertTrue(struck.isDone());
    assertEquals(new Revision(3), store.put(Key.of("next"), VALUE).revision(), "on a new lane");
  }

  @Test
  void c10aWriterWhoseLaneWasRemovedIsFencedAndGoesOnWithAnother() {
    OpenedMySql.execute(database, "DELETE FROM holdfast_lanes");
    assertEquals(new Revision(2), store.put(KEY, VALUE).revision());
    assertEquals("1", OpenedMySql.ask(database, "SELECT COUNT(*) FROM holdfast_lanes"));
  }

  @Test
  void c10aCommitDoesNotWaitForItsLane() throws Exception {
    try (Connection other = holding("SELECT 1 FROM holdfast_lanes FOR UPDATE")) {
      // Nothing is written on the lane that somebody holds; a new one is taken instead.
      assertEquals(new Revision(2), store.put(KEY, VALUE).revision());
      other.rollback();
    }
  }

  @Test
  void c10aCommitThatWaitsOnAndWasGivenUpNeverHappens() throws Exception {
    try (Connection other = holding(HOLD_COUNTER)) {
      CompletableFuture<Position> commit = put(Duration.ofSeconds(20));
      Opened.await("the commit to wait", this::somebodyWaits);
      proxy.strike(Direction.TO_CLIENT, Fault.CUT);
      Opened.await(
          "the resolver",
          () -> !OpenedMySql.ask(database, "SELECT MAX(sequence) FROM holdfast_lanes").equals("1"));
      other.rollback();
      assertEquals(new Revision(2), commit.get(60, TimeUnit.SECONDS).revision());
    }
    assertEquals(new Revision(3), store.put(Key.of("next"), VALUE).revision());
  }

  @Test
  void c12aCommitThatTimesOutWaitingForTheCounterNeverHappens() throws Exception {
    try (Connection other = holding(HOLD_COUNTER)) {
      assertThrows(
          StoreException.Timeout.class, () -> store.within(Duration.ofMillis(100)).put(KEY, VALUE));
      other.rollback();
    }
    assertEquals(new Revision(2), store.put(Key.of("next"), VALUE).revision());
    assertTrue(store.get(KEY).isEmpty());
  }

  @Test
  void c1aLockTimeoutInTheMiddleOfACommitLeavesNothingOfIt() throws Exception {
    store.put(Key.of("z"), VALUE);
    Transaction tx = store.within(Duration.ofSeconds(5)).begin();
    tx.put(Key.of("a"), VALUE);
    tx.put(Key.of("z"), new byte[] {2});
    try (Connection other =
        holding("SELECT 1 FROM holdfast_entries WHERE modified = 2 FOR UPDATE")) {
      CompletableFuture<Position> commit =
          CompletableFuture.supplyAsync(() -> tx.commit(), threads);
      assertInstanceOf(StoreException.Timeout.class, failure(commit));
      assertEquals(new Revision(2), headOnTheServer());
      assertEquals("2", OpenedMySql.ask(database, "SELECT COUNT(*) FROM holdfast_entries"));
      other.rollback();
    }
    assertEquals(new Revision(3), store.put(Key.of("next"), VALUE).revision());
  }

  @Test
  void c4whatAnotherCommitsWhileACommitWaitsIsSeen() throws Exception {
    Position before = store.put(KEY, VALUE);
    Transaction tx = store.begin();
    tx.expect(KEY, before.revision());
    tx.put(KEY, new byte[] {2});
    try (Connection other = holding(HOLD_COUNTER)) {
      CompletableFuture<Position> commit = CompletableFuture.supplyAsync(tx::commit, threads);
      Opened.await("the commit to wait", this::somebodyWaits);
      Opened.execute(
          other,
          "UPDATE holdfast_meta SET revision = 3",
          "INSERT INTO holdfast_changes (revision, entry_key, token, volume, committed_at)"
              + " VALUES (3, 'x', 33, 0, 0)",
          "UPDATE holdfast_entries SET modified = 3 WHERE modified = 2");
      other.commit();
      assertInstanceOf(StoreException.Conflict.class, failure(commit));
    }
  }

  @Test
  void c10ofMergedCommitsWithALostAnswerEachIsToldItsOwnOutcome() throws Exception {
    Transaction failing = store.begin();
    failing.expect(Key.of("a"), new Revision(77));
    failing.put(Key.of("b"), VALUE);
    Transaction nothing = store.begin();
    nothing.delete(Key.of("missing"));
    Transaction good = store.begin();
    good.put(Key.of("e"), VALUE);
    good.delete(Key.of("first"));
    Transaction after = store.begin();
    after.expectAbsent(Key.of("first"));
    after.put(Key.of("first"), VALUE);
    CompletableFuture<Void> struck = strike(1, Fault.CUT);
    List<Object> outcomes = together(failing, nothing, good, after);
    assertTrue(struck.isDone());
    assertInstanceOf(StoreException.Conflict.class, outcomes.get(0));
    assertInstanceOf(Position.class, outcomes.get(1));
    assertEquals(new Revision(3), ((Position) outcomes.get(2)).revision());
    assertEquals(new Revision(4), ((Position) outcomes.get(3)).revision());
    assertEquals(new Revision(4), headOnTheServer());
  }

  /** Commits that all wait for their turn, and then get it together. */
  private List<Object> together(Transaction... transactions) throws Exception {
    List<CompletableFuture<Position>> commits = new ArrayList<>();
    try (Connection other = holding(HOLD_COUNTER)) {
      CompletableFuture<Position> leader = put(Duration.ofSeconds(20));
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
}
