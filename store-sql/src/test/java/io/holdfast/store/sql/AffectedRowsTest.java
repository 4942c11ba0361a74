package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Condition;
import io.holdfast.store.Key;
import io.holdfast.store.Mutation;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.MariaDb;
import io.holdfast.testbed.MySql;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * MySQL's drivers count the rows that a statement found, or only those that it changed. A store
 * must not care: what puts the bytes that are there already is a commit like any other.
 */
@Timeout(60)
final class AffectedRowsTest {
  private static final Key KEY = Key.of("key");
  private static final byte[] VALUE = {1};

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void c2thePutOfTheSameBytesCountsOnMariaDb(boolean changedOnly) throws Exception {
    assertCounts("mariadb", MariaDb.shared().freshDatabase(), changedOnly);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  @Tag("mysql")
  void c2thePutOfTheSameBytesCountsOnMySql(boolean changedOnly) throws Exception {
    assertCounts("mysql", MySql.shared().freshDatabase(), changedOnly);
  }

  private static void assertCounts(String scheme, Database database, boolean changedOnly)
      throws SQLException {
    StoreConfig config = MySqlHarness.url(scheme, database);
    try (Store store = Store.open(config)) {
      MySqlDialect dialect = new MySqlDialect(MySqlSource.of(config, "holdfast_"));
      dialect.connections().getConnection().close(); // learns what the server takes
      try (Connection connection = database.with("useAffectedRows=" + changedOnly).connect()) {
        commitThrice(new Session(connection, dialect, new Sql(dialect, "holdfast_")), changedOnly);
      }
      assertEquals(new Revision(3), store.status().head().revision());
      assertEquals(new Revision(3), store.get(KEY).orElseThrow().modified());
      assertEquals(new Revision(1), store.get(KEY).orElseThrow().created());
      assertEquals("3", OpenedMySql.ask(database, "SELECT MAX(revision) FROM holdfast_changes"));
    }
  }

  private static void commitThrice(Session session, boolean changedOnly) throws SQLException {
    Lane lane = Lane.create(session, 1);
    try (Statement same = session.connection().createStatement()) {
      int rows = same.executeUpdate("UPDATE holdfast_lanes SET used_at = used_at");
      assertEquals(changedOnly ? 0 : 1, rows, "this is what the driver says");
      same.execute("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED");
    }
    commit(session, lane, List.of());
    commit(session, lane, List.of(new Condition.KeyAt(KEY, new Revision(1))));
    CommitPlan last = commit(session, lane, List.of(new Condition.KeyAt(KEY, new Revision(2))));
    for (int i = 0; i < 2; i++) {
      assertTrue(lane.decide(session, last.token()).isPresent(), "asked twice it says the same");
    }
  }

  private static CommitPlan commit(Session session, Lane lane, List<Condition> conditions)
      throws SQLException {
    CommitRequest put =
        new CommitRequest(List.of(), null, conditions, List.of(Mutation.put(KEY, VALUE)));
    CommitPlan plan = CommitPlan.of(List.of(put));
    Duration wait = Duration.ofSeconds(5);
    MySqlDialect dialect = (MySqlDialect) session.dialect();
    List<Outcome> outcomes =
        plan.outcomes(dialect.commit(session, lane, plan, 1, wait), dialect.place());
    lane.advance();
    Position position = outcomes.get(0).orThrow();
    assertTrue(position.revision().isAfter(Revision.ZERO));
    return plan;
  }
}
