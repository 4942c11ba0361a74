package io.holdfast.testbed;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Two PostgreSQL servers for one test: a primary and a replica that streams its log.
 *
 * @param primary takes writes
 * @param replica may be read, and written to after {@link #promote}
 */
public record PostgresPair(Postgres primary, Postgres replica) implements AutoCloseable {
  private static final String NAME = "replica";

  /** So that a replica that was away for a while finds what it missed. */
  private static final String KEEP = "wal_keep_size=1GB";

  /** A primary whose commits wait until the replica has them on disk: a failover loses nothing. */
  public static PostgresPair startSynchronous() {
    return start("sync", "synchronous_standby_names=" + NAME, KEEP);
  }

  /** A primary that does not wait for its replica: a failover may lose commits. */
  public static PostgresPair startAsynchronous() {
    return start("async", KEEP);
  }

  /**
   * Makes the replica take writes and returns when it does. The primary is not touched: as long as
   * it runs there are two.
   */
  public void promote() {
    try {
      if (!ask(replica.admin(), "SELECT pg_promote(true, 60)::text").equals("true")) {
        throw new TestbedException("the replica was not promoted within 60 s");
      }
    } catch (SQLException e) {
      throw new TestbedException("the replica was not promoted: " + e.getMessage(), e);
    }
  }

  @Override
  public void close() {
    replica.close();
    primary.close();
  }

  private static PostgresPair start(String state, String... settings) {
    Binaries binaries = Postgres.binaries();
    Postgres primary = Postgres.start(binaries, settings);
    try {
      Postgres replica = Postgres.follow(binaries, primary.admin(), NAME);
      Deadline.await(() -> requireReplica(primary.admin(), state), Deadline.READY_MAX, () -> true);
      return new PostgresPair(primary, replica);
    } catch (Exception e) {
      primary.close();
      throw new TestbedException("no replica: " + e.getMessage(), e);
    }
  }

  private static void requireReplica(Database primary, String state) throws SQLException {
    String found =
        ask(
            primary,
            "SELECT coalesce(max(sync_state), 'none') FROM pg_stat_replication"
                + " WHERE state = 'streaming'");
    if (!found.equals(state)) {
      throw new TestbedException("replication is " + found + ", not " + state);
    }
  }

  private static String ask(Database database, String sql) throws SQLException {
    try (Connection connection = database.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      rows.next();
      return rows.getString(1);
    }
  }
}
