package io.holdfast.store.sql;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.Limits;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import javax.sql.DataSource;

/**
 * MariaDB 10.6 and MySQL 8.4, and newer, through MariaDB's driver.
 *
 * <p>A commit is one call of a procedure in the database, which begins a transaction, and commits
 * it only if nothing failed. InnoDB's lock timeout undoes a statement and not the transaction, so a
 * commit that a client sent along would commit half of it. Isolation is READ COMMITTED, where each
 * statement in a procedure sees what was committed before that statement.
 */
final class MySqlDialect implements ServerDialect {
  private static final int VERDICT_LENGTH = 10;

  private final MySqlSource source;
  private final MySqlErrors errors;

  MySqlDialect(MySqlSource source) {
    this.source = source;
    this.errors = new MySqlErrors(source.place());
  }

  @Override
  public DataSource connections() {
    return source;
  }

  @Override
  public String migrations() {
    return "io/holdfast/store/sql/mysql";
  }

  @Override
  public void migrateAlone(Deadline deadline, Runnable migration) {
    try (Connection lock = source.getConnection();
        PreparedStatement take =
            lock.prepareStatement(
                "SELECT GET_LOCK(LEFT(CONCAT('holdfast ', DATABASE()), 64), ?)")) {
      take.setLong(1, Math.max(1, deadline.remaining().toSeconds()));
      try (ResultSet row = take.executeQuery()) {
        row.next();
        if (row.getInt(1) != 1) {
          throw new StoreException.Timeout(place() + ": somebody else creates the tables");
        }
      }
      migration.run();
    } catch (SQLException e) {
      throw translate("create the tables", e);
    }
  }

  @Override
  public int readers() {
    return 8;
  }

  @Override
  public long timeline() {
    return source.epoch();
  }

  @Override
  public void endRead(Session session) {
    // As below.
  }

  /**
   * {@inheritDoc}
   *
   * <p>A commit is one packet, of which half is left for what it proves and for where its bytes
   * are.
   */
  @Override
  public Limits limits(Limits most) {
    int packet = source.packetBytes();
    return new Limits(
        most.keyBytesMax(),
        Math.min(most.valueBytesMax(), packet / 4),
        most.operationsMax(),
        Math.min(most.transactionBytesMax(), packet / 2),
        most.pageEntriesMax(),
        most.pageBytesMax());
  }

  @Override
  public void beginRead(Session session) {
    // Each read is one statement.
  }

  @Override
  public void beginWrite(Session session) throws SQLException {
    MySqlSource.limitIdleTime(session.connection());
    session.connection().setAutoCommit(false);
  }

  @Override
  public void commit(Session session) throws SQLException {
    session.connection().commit();
    end(session.connection());
  }

  @Override
  public void rollback(Session session) throws SQLException {
    Connection connection = session.connection();
    if (!connection.getAutoCommit()) {
      connection.rollback();
      end(connection);
    }
  }

  private static void end(Connection connection) throws SQLException {
    connection.setAutoCommit(true);
    MySqlSource.freeIdleTime(connection);
  }

  @Override
  public Verdicts commit(Session session, Lane lane, CommitPlan plan, long now, Duration lockWait)
      throws SQLException {
    MySqlCommit lists = MySqlCommit.of(plan);
    checkFits(lists);
    PreparedStatement call = session.prepare(session.sql().expand(call("{commit_1}", 15)));
    call.setBytes(1, lane.id());
    call.setLong(2, lane.sequence());
    call.setLong(3, plan.token());
    call.setLong(4, now);
    call.setLong(5, Math.max(1, lockWait.toSeconds()));
    call.setInt(6, plan.requests().size());
    call.setString(7, waves(plan));
    call.setLong(8, lists.written());
    lists.bindData(call, lists.bindWrites(call, lists.bindChecks(call, 9)));
    return answer(session, call);
  }

  /** Else the server would only cut the connection. */
  private void checkFits(MySqlCommit lists) throws SQLException {
    if (lists.packetBytes() > source.packetBytes()) {
      throw new SQLException(
          "a commit of "
              + lists.packetBytes()
              + " bytes; the server's max_allowed_packet is "
              + source.packetBytes(),
          MySqlErrors.PACKET);
    }
  }

  private static String call(String procedure, int parameters) {
    return "CALL "
        + procedure
        + "("
        + String.join(", ", Collections.nCopies(parameters, "?"))
        + ")";
  }

  private static String waves(CommitPlan plan) {
    int[] ends = plan.waveEnds();
    return ends.length == 1 ? null : Arrays.toString(ends);
  }

  private static Verdicts answer(Session session, PreparedStatement call) throws SQLException {
    try (ResultSet row = call.executeQuery()) {
      row.next();
      long revision = row.getLong(1);
      if (row.wasNull()) {
        throw session.headless();
      }
      Position head = Position.of(revision, row.getLong(2));
      String verdicts = row.getString(3);
      return new Verdicts(head, verdicts == null ? List.of() : numbers(verdicts), false);
    } finally {
      call.clearParameters();
    }
  }

  private static List<Integer> numbers(String verdicts) {
    List<Integer> numbers = new ArrayList<>();
    for (int at = 0; at < verdicts.length(); at += VERDICT_LENGTH) {
      numbers.add(Integer.valueOf(verdicts.substring(at, at + VERDICT_LENGTH).strip()));
    }
    return numbers;
  }

  @Override
  public Outcome prove(Session session, CommitRequest request) throws SQLException {
    MySqlCommit lists = MySqlCommit.checks(request);
    checkFits(lists);
    PreparedStatement call = session.prepare(session.sql().expand(call("{prove_1}", 5)));
    lists.bindData(call, lists.bindChecks(call, 1));
    Verdicts found = answer(session, call);
    int verdict = found.of(0);
    return verdict <= Verdicts.COMMITTED
        ? Outcome.at(found.head())
        : Outcome.failed(Verdicts.refusal(place(), request, verdict, found.head().revision()));
  }

  @Override
  public boolean abortEndsReads() {
    return false; // it waits for them
  }

  @Override
  public void endReadsWithClient(Session session) {
    // It looks for its clients by itself.
  }

  @Override
  public boolean isUndecided(SQLException e) {
    return errors.isUndecided(e);
  }

  @Override
  public boolean isLaneLost(SQLException e) {
    return MySqlErrors.LANE_LOST.equals(e.getSQLState());
  }

  @Override
  public <T> T cancellable(Connection connection, BooleanSupplier giveUp, Query<T> query)
      throws SQLException {
    return query.run();
  }

  /**
   * {@inheritDoc}
   *
   * <p>The driver loads all rows, so commits behind enough bytes stay on the server. As two queries
   * in one statement: a join of both would be sorted in a temporary table.
   */
  @Override
  public String history() {
    return "(SELECT (SELECT f.token FROM {changes} f WHERE f.revision = ? LIMIT 1),"
        + " m.revision, m.oldest, NULL, NULL, NULL, NULL, NULL FROM {meta} m WHERE m.id = 1"
        + ofPrimary()
        + ")"
        + " UNION ALL (SELECT 0, 0, 0, h.revision, h.token, h.entry_key, h.entry_value, h.created"
        + " FROM {changes} h WHERE h.revision > ? AND h.revision <= ?"
        + ofPrimary()
        + " AND h.volume < "
        + HistoryPage.BYTES
        + " + (SELECT f.volume FROM {changes} f WHERE f.revision > ? ORDER BY f.revision LIMIT 1)"
        + " ORDER BY h.revision, h.entry_key LIMIT 1000000000)";
  }

  @Override
  public long[] historyParameters(long from, long to) {
    return new long[] {from, from, to, from};
  }

  @Override
  public String ofPrimary() {
    // Newer servers of MariaDB say OFF, others 0.
    return " AND CONCAT(@@global.read_only) IN ('0', 'OFF')";
  }

  @Override
  public void checkRole(Session session) throws SQLException {
    try (ResultSet row =
        session.prepare("SELECT 1 FROM DUAL WHERE 1 = 1" + ofPrimary()).executeQuery()) {
      if (!row.next()) {
        throw new SQLException("the server has become read-only: not the primary", ReadPool.LOST);
      }
    }
  }

  @Override
  public RangeSql.HeadAt pageHead() {
    // A union takes half as long again, and so do subqueries, which ask for the role in each row.
    return RangeSql.HeadAt.COLUMNS;
  }

  @Override
  public String unindexed(String column) {
    return column;
  }

  @Override
  public OptionalLong changeHint(Connection connection) throws SQLException {
    try (PreparedStatement query =
            connection.prepareStatement(
                "SELECT revision FROM " + source.metaTable() + " WHERE id = 1");
        ResultSet row = query.executeQuery()) {
      return row.next() ? OptionalLong.of(row.getLong(1)) : OptionalLong.empty();
    }
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
    // InnoDB does.
  }

  @Override
  public String place() {
    return source.place();
  }
}
