package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.Mutation;
import io.holdfast.store.StoreException;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.FaultProxy.Direction;
import io.holdfast.testbed.FaultProxy.Fault;
import io.holdfast.testbed.Postgres;
import io.holdfast.testbed.WithPostgres;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
@WithPostgres
final class LaneWriterTest {
  private final io.holdfast.testbed.Database server;
  private final AtomicInteger connections = new AtomicInteger();
  private FaultProxy proxy;

  /** Is done when a commit is about to be sent, by who sends it. */
  private Runnable onSend = () -> {};

  /** Is done when a commit was answered. */
  private Runnable onAnswer = () -> {};

  LaneWriterTest(Postgres server) {
    this.server = server.freshDatabase();
  }

  @BeforeEach
  void create() {
    proxy = FaultProxy.to(server.host(), server.port());
    OpenedServer.at(server).close();
  }

  @AfterEach
  void close() {
    Thread.interrupted();
    proxy.close();
  }

  private LaneWriter writer(Duration patience) {
    PostgresTarget target = PostgresTarget.of(PostgresHarness.url(proxy.through(server)));
    ServerDialect dialect = watched(new PostgresDialect(new PostgresSource(target)));
    InstantSource clock =
        () -> {
          onSend.run();
          return Instant.now();
        };
    Database database = Database.of(dialect, "holdfast_");
    return new LaneWriter(database, dialect, clock, patience, (commits, watched) -> {});
  }

  /** The same, except that connections are counted and what is to be done is done. */
  private ServerDialect watched(PostgresDialect real) {
    Class<?>[] type = {ServerDialect.class};
    return (ServerDialect)
        Proxy.newProxyInstance(
            LaneWriterTest.class.getClassLoader(),
            type,
            (self, method, arguments) -> {
              if (method.getName().equals("connections")) {
                connections.incrementAndGet();
              }
              try {
                Object answer = method.invoke(real, arguments);
                if (answer instanceof Verdicts) {
                  onAnswer.run();
                }
                return answer;
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static Deadline later() {
    return Deadline.after(Opened.TIMEOUT);
  }

  private static List<Submission> puts(int number) {
    CommitRequest put =
        new CommitRequest(
            List.of(), null, List.of(), List.of(Mutation.put(Key.of("k"), new byte[1])));
    return Collections.nCopies(number, new Submission(put, later()));
  }

  private String head() throws SQLException {
    return OpenedServer.ask(server, "SELECT revision FROM holdfast_meta");
  }

  @Test
  void whatTaskHasWrittenIsUndoneAlsoWhenItFailsByDefect() throws SQLException {
    try (LaneWriter writer = writer(Opened.TIMEOUT)) {
      assertThrows(NoClassDefFoundError.class, () -> run(writer, LaneWriterTest::fail));
      assertEquals("done", run(writer, session -> "done"));
    }
    assertEquals("0", OpenedServer.ask(server, "SELECT oldest FROM holdfast_meta"));
  }

  private static <T> T run(LaneWriter writer, StoreWriter.Task<T> task) {
    return writer.run("a task", Deadline.after(Opened.TIMEOUT), task);
  }

  private static String fail(Session session) throws SQLException {
    Opened.execute(session.connection(), "UPDATE holdfast_meta SET oldest = 7");
    throw new NoClassDefFoundError("the test said so");
  }

  @Test
  void h7whoIsInterruptedWhileWritingForOthersIsToldSoAndTheyAreNot() throws SQLException {
    try (LaneWriter writer = writer(Opened.TIMEOUT)) {
      writer.begin(later());
      OpenedServer.execute(server, "DELETE FROM holdfast_lanes");
      onSend = () -> Thread.currentThread().interrupt();
      // The commit is told that its lane is gone; the answer about a new one does not come.
      CompletableFuture<Void> cut = proxy.strikeAfterMessages(Direction.TO_CLIENT, 1, Fault.CUT);
      List<Outcome> outcomes = writer.write(puts(2));
      assertTrue(cut.isDone());
      assertTrue(Thread.interrupted(), "the interrupt is kept for later");
      for (Outcome outcome : outcomes) {
        if (outcome.failure() != null) {
          assertInstanceOf(StoreException.Unavailable.class, outcome.failure());
        }
      }
    }
  }

  @Test
  void h7whoIsInterruptedWhileFindingOutDoesNotAskWithoutAPause() {
    try (LaneWriter writer = writer(Duration.ofSeconds(2))) {
      writer.begin(later());
      onSend =
          () -> {
            proxy.refuse();
            proxy.strike(Direction.TO_SERVER, Fault.CUT);
            Thread.currentThread().interrupt();
          };
      connections.set(0);
      List<Outcome> outcomes = writer.write(puts(1));
      assertTrue(Thread.interrupted(), "the interrupt is kept for later");
      assertInstanceOf(StoreException.UnknownOutcome.class, outcomes.get(0).failure());
      assertTrue(connections.get() < 100, connections + " connections in two seconds");
    }
  }

  @Test
  void c10aDefectBehindTheAnswerIsNoFailureOfTheCommit() throws SQLException {
    try (LaneWriter writer = writer(Opened.TIMEOUT)) {
      writer.begin(later());
      onAnswer =
          () -> {
            onAnswer = () -> {};
            throw new IllegalStateException("the test said so");
          };
      List<Outcome> outcomes = writer.write(puts(2));
      assertEquals(1, outcomes.get(0).orThrow().revision().number());
      assertEquals(2, outcomes.get(1).orThrow().revision().number());
      assertEquals("2", head(), "it is not sent twice");
    }
  }

  @Test
  void c10aDefectBeforeTheCommitIsToldAndNothingIsWritten() throws SQLException {
    try (LaneWriter writer = writer(Opened.TIMEOUT)) {
      writer.begin(later());
      onSend =
          () -> {
            throw new IllegalStateException("the test said so");
          };
      for (Outcome outcome : writer.write(puts(2))) {
        assertInstanceOf(StoreException.Unavailable.class, outcome.failure());
        assertTrue(outcome.failure().getMessage().contains("the test said so"));
      }
      assertEquals("0", head());
    }
  }

  /** What a driver has read of an answer by then nobody knows. */
  @Test
  void aConnectionIsNotUsedAgainBehindAnError() throws SQLException {
    try (LaneWriter writer = writer(Opened.TIMEOUT)) {
      writer.begin(later());
      onAnswer =
          () -> {
            onAnswer = () -> {};
            throw new OutOfMemoryError("the test said so");
          };
      assertThrows(OutOfMemoryError.class, () -> writer.write(puts(1)));
      connections.set(0);
      writer.begin(later());
      assertEquals(1, connections.get());
      assertFalse(Thread.currentThread().isInterrupted());
      assertEquals(2, writer.write(puts(1)).get(0).orThrow().revision().number());
    }
  }
}
