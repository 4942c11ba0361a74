package io.holdfast.store.sql;

import io.holdfast.store.CommitRequest;
import java.sql.SQLException;
import java.time.Duration;

/**
 * A database on a server, where a commit can happen although its answer never comes. So it travels
 * in one round trip and advances the lane of its writer in the same transaction.
 *
 * <p>Sessions are in autocommit mode between calls: each read is one statement and sees one moment.
 */
interface ServerDialect extends Dialect {
  /** {@inheritDoc} Drivers load all rows at once, so large values have a column of their own. */
  @Override
  default String value() {
    return "COALESCE(e.entry_value, e.large_value)";
  }

  /**
   * Proves and writes a plan, if the lane stands where the writer left it. Waits for the counter
   * row, then takes the lane without waiting.
   *
   * @param lockWait the longest wait for the counter row; when it passes, {@link #classify} says
   *     {@code BUSY} of the error
   * @throws SQLException with {@link #isUndecided} or {@link #isLaneLost}, or else with the
   *     certainty that nothing was written
   */
  Verdicts commit(Session session, Lane lane, CommitPlan plan, long now, Duration lockWait)
      throws SQLException;

  /** Proves a request that writes nothing, in one statement. */
  Outcome prove(Session session, CommitRequest request) throws SQLException;

  /** Throws, as of a connection that is lost, if the server is no longer the primary. */
  void checkRole(Session session) throws SQLException;

  /** A number that rises when the store has gone to another server; sessions of before are left. */
  long timeline();

  /** Whether to abort a connection ends the read on it; else reads need a bound of the socket. */
  boolean abortEndsReads();

  /** Has the server end soon what is read on a session whose connection is cut. */
  void endReadsWithClient(Session session) throws SQLException;

  /** Whether the commit that ended with this error may have happened, or may still happen. */
  boolean isUndecided(SQLException e);

  /** Whether a commit wrote nothing because its lane was busy, elsewhere or gone. */
  boolean isLaneLost(SQLException e);
}
