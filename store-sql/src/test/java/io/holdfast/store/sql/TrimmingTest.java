package io.holdfast.store.sql;

import io.holdfast.store.Key;
import io.holdfast.store.StoreConfig;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.Postgres;
import io.holdfast.testbed.WithPostgres;
import java.sql.SQLException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The history of a server that takes long to delete. */
@Timeout(180)
@WithPostgres
final class TrimmingTest {
  private final Database database;

  TrimmingTest(Postgres server) {
    database = server.freshDatabase();
  }

  private long changes() {
    try {
      return Long.parseLong(OpenedServer.ask(database, "SELECT count(*) FROM holdfast_changes"));
    } catch (SQLException e) {
      throw new AssertionError("the number of changes", e);
    }
  }

  @Test
  void h3whatCannotBeDeletedAtOnceIsDeletedBitByBit() throws SQLException {
    StoreConfig config = PostgresHarness.url(database).withTimeout(Opened.TIMEOUT);
    try (OpenedServer opened = OpenedServer.at(config)) {
      for (int i = 0; i < 300; i++) {
        opened.store().put(Key.of("k"), new byte[1]);
      }
    }
    OpenedServer.execute(
        database,
        "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS"
            + " $$ BEGIN PERFORM pg_sleep(0.025); RETURN OLD; END $$",
        "CREATE TRIGGER slow BEFORE DELETE ON holdfast_changes"
            + " FOR EACH ROW EXECUTE FUNCTION slow()");
    try (OpenedServer opened = OpenedServer.at(config.withHistoryCommits(1))) {
      opened.store().put(Key.of("k"), new byte[1]);
      Opened.await("the trimmer", Duration.ofSeconds(90), () -> changes() <= 2);
    }
  }
}
