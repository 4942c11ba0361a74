package io.holdfast.store.sql;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.postgresql.Driver;

/**
 * Opens connections to the primary of a store, with everything set that makes them safe.
 *
 * <p>Each new connection says, before anything else is sent on it, whether its server is a primary
 * and on which timeline. One on a lower timeline than this process has met is left. With several
 * hosts they are asked in turn, the last good one first; now and then all are asked, so that a
 * former primary which still answers is found out.
 */
final class PostgresSource extends Connections {
  /** SQLSTATE of a server that must not be used. */
  static final String LEFT = "HF002";

  /** SQLSTATE of a server that is too old. */
  static final String TOO_OLD = "HF003";

  /** How long a session waits for a lock unless it says otherwise. */
  static final Duration LOCK_WAIT = Duration.ofSeconds(5);

  private static final int OLDEST_VERSION = 140000;
  private static final Duration SURVEY_INTERVAL = Duration.ofSeconds(10);

  /** For all that has no bound of its own. */
  private static final Duration ANSWER_MOST = Duration.ofMinutes(2);

  private static final System.Logger LOG = System.getLogger(PostgresSource.class.getName());

  /**
   * A commit must be flushed when it is answered, whatever the server's defaults are, and must not
   * be cancelled while it waits for a replica, neither by a timeout nor because its client is gone.
   * A transaction without a client ends soon: it may hold the counter. Statements are planned once:
   * with a number of rows that is not known the planner would plan a page or a point read anew each
   * time, which takes several times as long as reading. Of messages warnings come, and nothing
   * less: one that comes with a commit says that a replica may lack it.
   */
  private static final String SETTINGS =
      "SELECT pg_is_in_recovery(),"
          + " CASE WHEN pg_is_in_recovery() THEN 0 ELSE"
          + " ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::bigint"
          + " END, (SELECT system_identifier FROM pg_control_system())::text,"
          + " current_setting('server_version_num')::integer,"
          + " current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on',"
          + " set_config('synchronous_commit', CASE current_setting('synchronous_commit')"
          + " WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, false),"
          + " set_config('idle_in_transaction_session_timeout', '10000', false),"
          + " set_config('lock_timeout', '"
          + LOCK_WAIT.toMillis()
          + "', false),"
          + " set_config('statement_timeout', '0', false),"
          + " CASE WHEN current_setting('transaction_timeout', true) IS NOT NULL" // since 17
          + " THEN set_config('transaction_timeout', '0', false) END,"
          + " set_config('client_min_messages', 'warning', false),"
          + " set_config('client_connection_check_interval', '0', false),"
          + " set_config('plan_cache_mode', 'force_generic_plan', false),"
          + " set_config('jit', 'off', false),"
          + " set_config('default_transaction_isolation', 'read committed', false)";

  private final PostgresTarget target;
  private final Driver driver = new Driver();
  private final AtomicLong nextSurvey = new AtomicLong(System.nanoTime());
  private final AtomicBoolean warned = new AtomicBoolean();
  private volatile int lastGood;
  private volatile String server = "";

  PostgresSource(PostgresTarget target) {
    this.target = target;
  }

  String place() {
    return target.place();
  }

  PostgresTarget target() {
    return target;
  }

  /**
   * The highest timeline that is known of the server; connections of a lower one are to be left.
   */
  long timeline() {
    return Timelines.highest(server);
  }

  @Override
  public Connection getConnection() throws SQLException {
    surveyNowAndThen(lastGood);
    int first = lastGood;
    List<PostgresTarget.Host> hosts = target.hosts();
    SQLException failure = null;
    for (int i = 0; i < hosts.size(); i++) {
      int index = (first + i) % hosts.size();
      try {
        Connection connection = open(hosts.get(index));
        lastGood = index;
        return connection;
      } catch (SQLException e) {
        failure = moreTelling(failure, e);
      }
    }
    throw failure;
  }

  /** Of several hosts' errors, one by a server says more than that of a host that is away. */
  private static SQLException moreTelling(SQLException one, SQLException other) {
    boolean first = one != null && !String.valueOf(one.getSQLState()).startsWith("08");
    SQLException told = one == null || !first ? other : one;
    if (one != null) {
      told.addSuppressed(told == one ? other : one);
    }
    return told;
  }

  /** Learns the timelines of the other hosts. */
  private void surveyNowAndThen(int except) {
    long now = System.nanoTime();
    long due = nextSurvey.get();
    if (target.hosts().size() == 1
        || now - due < 0
        || !nextSurvey.compareAndSet(due, now + SURVEY_INTERVAL.toNanos())) {
      return;
    }
    for (int i = 0; i < target.hosts().size(); i++) {
      if (i != except) {
        look(target.hosts().get(i));
      }
    }
  }

  /** Learns the timeline of a host, if it is a primary. */
  private void look(PostgresTarget.Host host) {
    try {
      open(host).close();
    } catch (SQLException e) {
      // Away, or a replica: no other primary.
    }
  }

  private Connection open(PostgresTarget.Host host) throws SQLException {
    Connection connection = driver.connect(target.jdbcUrl(host), target.properties(host));
    try {
      prepare(connection, host);
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private void prepare(Connection connection, PostgresTarget.Host host) throws SQLException {
    try (PreparedStatement settings = connection.prepareStatement(SETTINGS);
        ResultSet row = settings.executeQuery()) {
      row.next();
      if (row.getInt(4) < OLDEST_VERSION) {
        throw new SQLException("PostgreSQL 14 or newer is needed", TOO_OLD);
      }
      if (row.getBoolean(1)) {
        throw new SQLException(host + " is a replica: not the primary", LEFT);
      }
      String identity = row.getString(3) + "/" + target.database();
      if (!Timelines.admits(identity, row.getLong(2))) {
        throw new SQLException(host + " is a former primary: another was promoted", LEFT);
      }
      server = identity;
      connection.setNetworkTimeout(Runnable::run, (int) ANSWER_MOST.toMillis());
      if (!row.getBoolean(5) && warned.compareAndSet(false, true)) {
        LOG.log(
            System.Logger.Level.WARNING,
            "{0}: the server runs with fsync or full_page_writes off: a crash can lose commits",
            target.place());
      }
    }
  }
}
