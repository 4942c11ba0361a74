package io.holdfast.testbed;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class SettableClockTest {
  private final SettableClock clock = new SettableClock();

  @Test
  void theClockOfPostgresIsSetWhileItRuns() throws SQLException {
    try (Postgres server = Postgres.start(clock)) {
      assertFollows(server.admin(), "SELECT extract(epoch FROM clock_timestamp())::bigint");
    }
  }

  @Test
  void theClockOfMariaDbIsSetWhileItRuns() throws SQLException {
    try (MariaDb server = MariaDb.start(clock)) {
      assertFollows(server.admin(), "SELECT unix_timestamp(sysdate())");
    }
  }

  private void assertFollows(Database database, String question) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement()) {
      for (int hours : new int[] {0, 10, -30, 0}) {
        clock.set(Duration.ofHours(hours));
        try (ResultSet row = statement.executeQuery(question)) {
          row.next();
          Duration ahead = Duration.ofSeconds(row.getLong(1) - Instant.now().getEpochSecond());
          assertEquals(hours * 60.0, ahead.toSeconds() / 60.0, 1);
        }
      }
    }
  }
}
