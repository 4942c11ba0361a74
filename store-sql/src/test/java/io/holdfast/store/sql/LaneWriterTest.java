package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.store.Deadline;
import io.holdfast.testbed.Postgres;
import io.holdfast.testbed.WithPostgres;
import java.sql.SQLException;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
@WithPostgres
final class LaneWriterTest {
  private final io.holdfast.testbed.Database server;

  LaneWriterTest(Postgres server) {
    this.server = server.freshDatabase();
  }

  @Test
  void whatTaskHasWrittenIsUndoneAlsoWhenItFailsByDefect() throws SQLException {
    OpenedServer.at(server).close();
    PostgresSource source = new PostgresSource(PostgresTarget.of(PostgresHarness.url(server)));
    PostgresDialect dialect = new PostgresDialect(source);
    Database database = Database.of(dialect, "holdfast_");
    try (LaneWriter writer =
        new LaneWriter(
            database, dialect, InstantSource.system(), Opened.TIMEOUT, (commits, watched) -> {})) {
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
}
