package io.holdfast.store.sql;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.Limits;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.StoreException;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.SQLWarning;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;

/**
 * PostgreSQL 14 and newer.
 *
 * <p>A commit is one call of a function in the database. Isolation is READ COMMITTED, where each
 * statement in a function sees what was committed before that statement: the first one waits for
 * the counter row, and those behind it see everything that it waited for.
 */
final class PostgresDialect implements ServerDialect, Notices {
  /** A commit that ends with a warning may not have reached the replicas it should have reached. */
  private static final String WARNED = "HFW01";

  /** Of a server whose operating system does not tell whether a client is still there. */
  private static final String CANNOT_LOOK = "22023";

  private static final String COMMIT =
      "SELECT {commit_1}(" + marks(7 + PostgresCommit.CHECK_PARAMETERS + 6) + ")";

  private final PostgresSource source;
  private final PostgresErrors errors;

  /** So that nobody is woken by what this store has signalled by itself. */
  private final String self = UUID.randomUUID().toString();

  PostgresDialect(PostgresSource source) {
    this.source = source;
    this.errors = new PostgresErrors(source.place());
  }

  @Override
  public DataSource connections() {
    return source;
  }

  @Override
  public String migrations() {
    return "io/holdfast/store/sql/postgresql";
  }

  @Override
  public void migrateAlone(Deadline deadline, Runnable migration) {
    try (Connection lock = source.getConnection()) {
      lock.setAutoCommit(false);
      // Held by a transaction, not by a session: behind a pooler a session is not one connection.
      try (PreparedStatement take =
          lock.prepareStatement(
              "SELECT set_config('idle_in_transaction_session_timeout', '0', true),"
                  + " set_config('lock_timeout', ?, true),"
                  + " pg_advisory_xact_lock(hashtextextended('holdfast migration', 0))")) {
        take.setString(1, Long.toString(Math.max(1, deadline.remaining().toMillis())));
        take.execute();
      }
      migration.run();
      lock.commit();
    } catch (SQLException e) {
      throw translate("create the tables", e);
    }
  }

  /** {@inheritDoc} Not in any schema: those beside the search path are other stores' places. */
  @Override
  public boolean hasTable(Connection connection, String table) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement("SELECT to_regclass(?) IS NOT NULL")) {
      query.setString(1, table);
      try (ResultSet row = query.executeQuery()) {
        return row.next() && row.getBoolean(1);
      }
    }
  }

  @Override
  public int readers() {
    return source.target().pool();
  }

  @Override
  public long timeline() {
    return source.timeline();
  }

  @Override
  public void listen(Session session) throws SQLException {
    try (Statement statement = session.connection().createStatement()) {
      // The lock tells commits that somebody listens; it goes with the connection.
      statement.execute(
          session.sql().expand("SELECT pg_advisory_lock_shared(hashtextextended('{commits}', 0))"));
      statement.execute(session.sql().expand("LISTEN {commits}"));
    }
  }

  @Override
  public boolean awaitNotice(Session session, Duration atMost) throws SQLException {
    PGConnection connection = session.connection().unwrap(PGConnection.class);
    PGNotification[] notices = connection.getNotifications((int) Math.max(1, atMost.toMillis()));
    return notices != null
        && Arrays.stream(notices).anyMatch(notice -> !notice.getParameter().equals(self));
  }

  @Override
  public void notifyOthers(Session session) throws SQLException {
    // Nothing is lost with a notice, so nobody waits for the disk.
    PreparedStatement notice =
        session.prepare("SELECT set_config('synchronous_commit', 'off', true), pg_notify(?, ?)");
    notice.setString(1, session.sql().expand("{commits}"));
    notice.setString(2, self);
    notice.execute();
  }

  @Override
  public Limits limits(Limits most) {
    return most;
  }

  @Override
  public void beginRead(Session session) {
    // Each read is one statement.
  }

  @Override
  public void endRead(Session session) {
    // As above.
  }

  @Override
  public void beginWrite(Session session) throws SQLException {
    session.connection().setAutoCommit(false);
  }

  @Override
  public void commit(Session session) throws SQLException {
    Connection connection = session.connection();
    connection.clearWarnings();
    connection.commit();
    refuseWarning(connection.getWarnings());
    connection.setAutoCommit(true);
  }

  @Override
  public void rollback(Session session) throws SQLException {
    Connection connection = session.connection();
    if (!connection.getAutoCommit()) {
      connection.rollback();
      connection.setAutoCommit(true);
    }
  }

  @Override
  public Verdicts commit(Session session, Lane lane, CommitPlan plan, long now, Duration lockWait)
      throws SQLException {
    Call call = new Call(lane, plan, now, lockWait);
    Optional<PostgresPut> put = PostgresPut.of(plan);
    if (put.isPresent()) {
      try {
        return call.run(put.get().prepare(session), PostgresPut::verdicts);
      } catch (SQLException e) {
        if (!PostgresPut.REFUSED.equals(e.getSQLState())) {
          throw e;
        }
      }
    }
    PreparedStatement all = session.prepare(session.sql().expand(COMMIT));
    all.setObject(6, plan.waveEnds());
    all.setObject(7, plan.tokens());
    PostgresCommit arrays = new PostgresCommit(plan.requests());
    arrays.bindChecks(all, 8);
    arrays.bindWrites(all, 8 + PostgresCommit.CHECK_PARAMETERS, plan.requests().size());
    return call.run(all, row -> verdicts(row.getArray(1)));
  }

  /** One call of a function that commits; all of these begin with the same parameters. */
  private record Call(Lane lane, CommitPlan plan, long now, Duration lockWait) {
    interface Answer {
      Verdicts of(ResultSet row) throws SQLException;
    }

    Verdicts run(PreparedStatement call, Answer answer) throws SQLException {
      call.setBytes(1, lane.id());
      call.setLong(2, lane.sequence());
      call.setLong(3, plan.token());
      call.setLong(4, now);
      boolean usual = lockWait.compareTo(PostgresSource.LOCK_WAIT) >= 0;
      call.setString(5, usual ? null : Long.toString(Math.max(1, lockWait.toMillis())));
      try (ResultSet row = call.executeQuery()) {
        row.next();
        refuseWarning(call.getWarnings());
        return answer.of(row);
      } finally {
        call.clearParameters();
      }
    }
  }

  private static void refuseWarning(SQLWarning warning) throws SQLException {
    if (warning != null) {
      throw new SQLException("a commit was warned of: " + warning.getMessage(), WARNED, warning);
    }
  }

  private static Verdicts verdicts(Array array) throws SQLException {
    Long[] found = (Long[]) array.getArray();
    boolean watched = found[1] != 0;
    if (found.length == 2) {
      return new Verdicts(Position.of(found[0], 0), List.of(), watched);
    }
    List<Integer> verdicts = Arrays.stream(found).skip(3).map(Long::intValue).toList();
    return new Verdicts(Position.of(found[0], found[2]), verdicts, watched);
  }

  @Override
  public Outcome prove(Session session, CommitRequest request) throws SQLException {
    PreparedStatement query =
        session.prepare(
            session
                .sql()
                .expand(
                    "SELECT m.revision, c.token, {refusals_1}(m.revision, m.oldest, 0, 1, "
                        + marks(PostgresCommit.CHECK_PARAMETERS)
                        + ")"
                        + " FROM {meta} m JOIN {changes} c ON c.revision = m.revision"
                        + " WHERE m.id = 1 LIMIT 1"));
    new PostgresCommit(List.of(request)).bindChecks(query, 1);
    try (ResultSet row = query.executeQuery()) {
      if (!row.next()) {
        throw session.damaged("the counter row or its commit is missing");
      }
      Position head = Position.of(row.getLong(1), row.getLong(2));
      Array refusals = row.getArray(3);
      if (refusals == null) {
        return Outcome.at(head);
      }
      long first = Collections.min(List.of((Long[]) refusals.getArray()));
      Revision at = head.revision();
      return Outcome.failed(Verdicts.refusal(place(), request, (int) first, at));
    }
  }

  private static String marks(int number) {
    return String.join(", ", Collections.nCopies(number, "?"));
  }

  @Override
  public boolean abortEndsReads() {
    return true;
  }

  @Override
  public void endReadsWithClient(Session session) throws SQLException {
    try (Statement look = session.connection().createStatement()) {
      look.execute("SET client_connection_check_interval = '1s'");
    } catch (SQLException e) {
      if (!CANNOT_LOOK.equals(e.getSQLState())) {
        throw e;
      }
    }
  }

  @Override
  public boolean isUndecided(SQLException e) {
    return WARNED.equals(e.getSQLState()) || errors.isConnectionLost(e);
  }

  @Override
  public boolean isLaneLost(SQLException e) {
    return "HF001".equals(e.getSQLState());
  }

  @Override
  public <T> T cancellable(Connection connection, BooleanSupplier giveUp, Query<T> query)
      throws SQLException {
    return query.run();
  }

  @Override
  public String history() {
    // The driver loads all rows: what lies behind enough bytes stays on the server. To sum them up
    // takes all rows that are looked at, so these are bounded as well, to whole commits.
    return "SELECT (SELECT f.token FROM {changes} f WHERE f.revision = ? LIMIT 1),"
        + " m.revision, m.oldest, h.revision, h.token, h.entry_key, h.entry_value, h.created"
        + " FROM {meta} m LEFT JOIN (SELECT revision, token, entry_key, entry_value, created,"
        + " sum(octet_length(entry_key) + coalesce(octet_length(entry_value), 0)) OVER (ORDER BY"
        + " revision RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before"
        + " FROM {changes} WHERE revision > ? AND revision <= ? AND revision <"
        + " coalesce((SELECT b.revision FROM {changes} b WHERE b.revision > ?"
        + " ORDER BY b.revision LIMIT 1 OFFSET "
        + HistoryPage.CHANGES_MAX
        + "), 9223372036854775807)) h"
        + " ON coalesce(h.bytes_before, 0) < "
        + HistoryPage.BYTES
        + " WHERE m.id = 1 ORDER BY h.revision, h.entry_key";
  }

  @Override
  public long[] historyParameters(long from, long to) {
    return new long[] {from, from, to, from};
  }

  @Override
  public void checkRole(Session session) {
    // A primary does not become a replica without losing its connections.
  }

  @Override
  public RangeSql.HeadAt pageHead() {
    return RangeSql.HeadAt.ROW;
  }

  @Override
  public String unindexed(String column) {
    return column;
  }

  @Override
  public OptionalLong changeHint(Connection connection) {
    return OptionalLong.empty();
  }

  @Override
  public Trouble classify(SQLException e) {
    return errors.classify(e);
  }

  @Override
  public StoreException translate(String what, SQLException e) {
    return errors.translate(what, e);
  }

  @Override
  public void rememberPlace() {
    // A server is not moved like a file; the tokens tell histories apart.
  }

  @Override
  public void checkPlace() {
    // As above.
  }

  @Override
  public void tidy(Connection writer) {
    // Autovacuum does.
  }

  @Override
  public String place() {
    return source.place();
  }
}
