package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Mutation;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.testbed.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Requests of one call on a server that rely on the same positions. Each position is proven once;
 * whoever relies on one that does not hold is refused, and nobody else.
 */
@Timeout(120)
final class SharedPositionsTest {
  private static final Key KEY = Key.of("a");
  private static final byte[] VALUE = {1};

  private ServerKind kind;
  private Database database;
  private int puts;

  private CommitRequest put(Position ownLast, Position... bases) {
    Mutation write = Mutation.put(Key.of("put", ++puts), VALUE);
    return new CommitRequest(List.of(bases), ownLast, List.of(), List.of(write));
  }

  private static CommitRequest delete(Position ownLast, Key key) {
    return new CommitRequest(List.of(), ownLast, List.of(), List.of(Mutation.delete(key)));
  }

  /** What becomes of requests that are sent in one call. */
  private List<Outcome> commit(CommitRequest... requests) throws SQLException {
    try (Session session = kind.database(database).connect()) {
      ServerDialect dialect = (ServerDialect) session.dialect();
      CommitPlan plan = CommitPlan.of(List.of(requests));
      Lane lane = Lane.create(session, 1);
      Verdicts verdicts = dialect.commit(session, lane, plan, 1, Duration.ofSeconds(5));
      return plan.outcomes(verdicts, dialect.place());
    }
  }

  private static void assertCommitted(long revision, Outcome outcome) {
    assertNull(outcome.failure());
    assertEquals(revision, outcome.position().revision().number());
  }

  @ParameterizedTest
  @EnumSource(ServerKind.class)
  void c9whoReliesOnAnotherHistoryIsRefusedAndNobodyElse(ServerKind server) throws SQLException {
    kind = server;
    database = kind.fresh();
    try (Store store = Store.open(kind.url(database))) {
      Position first = store.put(KEY, VALUE);
      Position last = store.put(KEY, VALUE);
      Position elsewhere = Position.of(2, last.token() + 1);
      Position above = Position.of(3, 77);
      List<Outcome> outcomes =
          commit(
              put(last),
              put(null, elsewhere),
              put(last, first, elsewhere),
              put(null, first, last),
              put(elsewhere),
              delete(last, Key.of("absent")),
              put(above),
              delete(last, KEY),
              put(last, first));
      for (int refused : List.of(1, 2, 4, 6)) {
        assertInstanceOf(StoreException.Diverged.class, outcomes.get(refused).failure());
      }
      assertCommitted(3, outcomes.get(0));
      assertCommitted(4, outcomes.get(3));
      assertEquals(outcomes.get(3).position(), outcomes.get(5).position(), "nothing changed");
      assertCommitted(5, outcomes.get(7));
      assertCommitted(6, outcomes.get(8));
      List<Position> told =
          List.of(at(outcomes, 0), at(outcomes, 3), at(outcomes, 7), at(outcomes, 8));
      assertEquals(told, history(store, last, 4), "with the tokens that were told");
      assertEquals(told.get(3), store.status().head());
    }
  }

  @ParameterizedTest
  @EnumSource(ServerKind.class)
  void c9whoReadBeforeTheHistoryIsRefusedAndWhoWroteThenIsNot(ServerKind server)
      throws SQLException {
    kind = server;
    database = kind.fresh();
    try (Store store = Store.open(kind.url(database))) {
      Position first = store.put(KEY, VALUE);
      Position last = store.put(KEY, VALUE);
      try (Connection connection = database.connect()) {
        Opened.execute(
            connection,
            "UPDATE holdfast_meta SET oldest = 2",
            "DELETE FROM holdfast_changes WHERE revision < 2");
      }
      List<Outcome> outcomes =
          commit(put(first), put(null, first), put(first, last), put(last, first));
      assertCommitted(3, outcomes.get(0));
      assertInstanceOf(StoreException.Conflict.class, outcomes.get(1).failure());
      assertCommitted(4, outcomes.get(2));
      assertInstanceOf(StoreException.Conflict.class, outcomes.get(3).failure());
    }
  }

  private static Position at(List<Outcome> outcomes, int index) {
    return outcomes.get(index).position();
  }

  private static List<Position> history(Store store, Position after, int commits) {
    List<Position> found = new ArrayList<>();
    try (Watch watch = store.watch(KeyRange.all(), after)) {
      while (found.size() < commits) {
        found.add(watch.next(Opened.TIMEOUT).orElseThrow().position());
      }
    }
    return found;
  }
}
