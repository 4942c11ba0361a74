package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.FaultProxy.Direction;
import io.holdfast.testbed.FaultProxy.Fault;
import io.holdfast.testbed.Postgres;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commits that go on in the server long after their clients have given them up. */
@Timeout(120)
final class PostgresFreezeTest {
  private static final Key KEY = Key.of("key");
  private static final byte[] VALUE = {1};

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final Postgres server = Postgres.start();
  private final Database database = server.freshDatabase();
  private final FaultProxy proxy = FaultProxy.to(database.host(), database.port());
  private final StoreConfig config =
      PostgresHarness.url(proxy.through(database)).withTimeout(Duration.ofSeconds(5));

  @AfterEach
  void close() {
    threads.shutdownNow();
    proxy.close();
    server.close();
  }

  private String ask(String query) {
    try {
      return OpenedServer.ask(database, query);
    } catch (SQLException e) {
      throw new AssertionError(query, e);
    }
  }

  private String committing(String waitingFor) {
    return ask(
        "SELECT pid FROM pg_stat_activity WHERE query LIKE '%commit_1%'"
            + " AND state = 'active' AND pid <> pg_backend_pid() AND wait_event_type = '"
            + waitingFor
            + "'");
  }

  private String awaitCommitting(String waitingFor) {
    String[] found = new String[1];
    Opened.await("the commit to wait", () -> (found[0] = committing(waitingFor)) != null);
    return found[0];
  }

  private static void signal(String name, String pid) throws Exception {
    assertEquals(0, new ProcessBuilder("kill", "-" + name, pid).inheritIO().start().waitFor());
  }

  @Test
  void c10aCommitThatWasFrozenAndGivenUpNeverHappens() throws Exception {
    try (OpenedServer opened = OpenedServer.at(config.withTimeout(Opened.TIMEOUT));
        Connection other = database.connect()) {
      opened.store().put(Key.of("first"), VALUE);
      other.setAutoCommit(false);
      Opened.execute(other, "SELECT 1 FROM holdfast_meta FOR UPDATE");
      CompletableFuture<Position> commit =
          CompletableFuture.supplyAsync(() -> opened.store().put(KEY, VALUE), threads);
      String frozen = awaitCommitting("Lock");
      signal("STOP", frozen);
      try {
        other.rollback();
        proxy.strike(Direction.TO_CLIENT, Fault.CUT);
        assertEquals(new Revision(2), commit.get(60, TimeUnit.SECONDS).revision());
      } finally {
        signal("CONT", frozen);
      }
      String alive = "SELECT count(*) FROM pg_stat_activity WHERE pid = " + frozen;
      Opened.await("the frozen one to end", () -> ask(alive).equals("0"));
      assertEquals(new Revision(2), opened.store().status().head().revision());
    }
  }

  private void replicasAsked(String names) throws SQLException {
    OpenedServer.execute(
        server.admin(), "ALTER SYSTEM SET synchronous_standby_names = '" + names + "'");
    OpenedServer.execute(server.admin(), "SELECT pg_reload_conf()");
    Opened.await("the setting", () -> ask("SHOW synchronous_standby_names").equals(names));
    // Commits wait, or no longer, when the checkpointer has seen it, which it has if it answers.
    OpenedServer.execute(server.admin(), "CHECKPOINT");
  }

  private Throwable failureOf(CompletableFuture<Position> commit) throws Exception {
    return commit
        .handle((position, e) -> e == null ? null : e.getCause())
        .get(60, TimeUnit.SECONDS);
  }

  @Test
  void c10aCommitThatWaitsForItsReplicaIsUnknownAndMayStillHappen() throws Exception {
    try (OpenedServer opened = OpenedServer.at(config)) {
      opened.store().put(Key.of("first"), VALUE);
      replicasAsked("nobody");
      CompletableFuture<Position> commit =
          CompletableFuture.supplyAsync(
              () -> opened.store().within(Duration.ofSeconds(3)).put(KEY, VALUE), threads);
      assertInstanceOf(StoreException.UnknownOutcome.class, failureOf(commit));
      replicasAsked("");
      Opened.await("the commit", () -> opened.store().get(KEY).isPresent());
      assertEquals(new Revision(3), opened.store().put(KEY, VALUE).revision());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"notice", "error"})
  void c10aWarningIsNoAnswer(String toClients) throws Exception {
    OpenedServer.execute(
        server.admin(), "ALTER ROLE CURRENT_USER SET client_min_messages = " + toClients);
    try (OpenedServer opened = OpenedServer.at(config)) {
      opened.store().put(Key.of("first"), VALUE);
      replicasAsked("nobody");
      CompletableFuture<Position> commit =
          CompletableFuture.supplyAsync(
              () -> opened.store().within(Opened.TIMEOUT).put(KEY, VALUE), threads);
      String waiting = awaitCommitting("IPC");
      assertTrue(Boolean.parseBoolean(ask("SELECT pg_cancel_backend(" + waiting + ")::text")));
      assertInstanceOf(StoreException.UnknownOutcome.class, failureOf(commit));
      replicasAsked("");
      assertTrue(opened.store().get(KEY).isPresent());
    }
  }

  /** Such as how long each statement took, for who looks into it. */
  @Test
  void c10whatElseAServerTellsWithAnAnswerMeansNothing() throws Exception {
    OpenedServer.execute(
        server.admin(),
        "ALTER ROLE CURRENT_USER SET client_min_messages = log",
        "ALTER ROLE CURRENT_USER SET log_min_duration_statement = 0");
    try (OpenedServer opened = OpenedServer.at(config)) {
      assertEquals(new Revision(1), opened.store().put(KEY, VALUE).revision());
      assertEquals("1", ask("SELECT sequence FROM holdfast_lanes"), "nobody had to find out");
    }
  }

  @Test
  void c10aWarningToWhoFindsOutIsNoAnswerEither() throws Exception {
    try (OpenedServer opened = OpenedServer.at(config.withTimeout(Duration.ofSeconds(5)))) {
      opened.store().put(Key.of("first"), VALUE);
      replicasAsked("nobody");
      CompletableFuture<Position> commit =
          CompletableFuture.supplyAsync(() -> opened.store().put(KEY, VALUE), threads);
      while (!commit.isDone()) {
        ask(
            "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity"
                + " WHERE wait_event = 'SyncRep' AND usename = current_user");
      }
      assertInstanceOf(StoreException.UnknownOutcome.class, failureOf(commit));
      replicasAsked("");
    }
  }
}
