package io.holdfast.migrate;

import static io.holdfast.migrate.MigrationException.Kind.SOURCE_ACCESS_DENIED;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_CHANGED;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_LOCKED;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_MISSING;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_UNAVAILABLE;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_UNREADABLE;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_URL;

import java.sql.Connection;
import java.sql.Driver;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.ZoneId;
import java.util.List;
import java.util.Properties;
import java.util.regex.Pattern;

/**
 * A database on a PostgreSQL, MySQL or MariaDB server in one read transaction, which sees the state
 * of its beginning whatever others write.
 */
final class LegacyServer implements LegacySource {
  private static final Duration CONNECT = Duration.ofSeconds(10);

  /** Longer than a server takes to sort a big table, shorter than nobody's patience. */
  private static final Duration ANSWER = Duration.ofMinutes(10);

  private static final String PORT_AND_MORE_HOSTS = "\\d+(?:,(?:\\[[^/@]*\\]|[\\w.-]+)(?::\\d+)?)*";

  /** As in other URLs; a password may have slashes, and stands where a port would. */
  private static final Pattern CREDENTIALS =
      Pattern.compile("jdbc:[a-z]+://(?:[^/?]*|[^/?:\\[]*:(?!" + PORT_AND_MORE_HOSTS + "/)[^=]*)@");

  private final LegacyDialect dialect;
  private final String name;
  private final SourceOptions options;
  private final Connection connection;

  private LegacyServer(
      LegacyDialect dialect, String name, SourceOptions options, Connection connection) {
    this.dialect = dialect;
    this.name = name;
    this.options = options;
    this.connection = connection;
  }

  /** Connects and begins the transaction. */
  static LegacyServer open(LegacyDialect dialect, String url, SourceOptions options) {
    Connection connection = connect(dialect, url, options);
    LegacyServer server = new LegacyServer(dialect, nameOf(url), options, connection);
    try {
      server.prepare();
      server.begin();
      return server;
    } catch (SQLException e) {
      MigrationException failure = server.failure(e);
      server.close();
      throw failure;
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  /** A connection for whatever purpose. */
  static Connection connect(LegacyDialect dialect, String url, SourceOptions options) {
    refuseCredentials(url);
    String driverUrl = driverUrl(dialect, url);
    Driver driver = driver(driverUrl, dialect);
    try {
      return driver.connect(driverUrl, properties(dialect, url, options));
    } catch (SQLException e) {
      throw e.getSQLState() == null ? wrongUrl(dialect, e) : failure(e, nameOf(url), options);
    }
  }

  /** Drivers would take them for a part of the host's name, look that up, and tell of it. */
  private static void refuseCredentials(String url) {
    if (CREDENTIALS.matcher(url).lookingAt()) {
      throw new MigrationException(
          SOURCE_URL,
          "a user or password in front of the host, which no JDBC driver reads: %s; set them in"
                  .formatted(url.replaceFirst("//.*@", "//").replaceFirst("[?].*", ""))
              + " the environment, in HOLDFAST_FROM_USER and HOLDFAST_FROM_PASSWORD, or in"
              + " HOLDFAST_TO_USER and HOLDFAST_TO_PASSWORD where the database is the target");
    }
  }

  /** A connection for one long transaction that writes. */
  static Connection connectToWrite(LegacyDialect dialect, String url, SourceOptions options)
      throws SQLException {
    Connection connection = connect(dialect, url, options);
    long wait = Math.max(1, options.lockWait().toSeconds());
    String patience =
        dialect == LegacyDialect.MYSQL
            ? "SET SESSION wait_timeout = 86400, lock_wait_timeout = %1$d,"
                + " innodb_lock_wait_timeout = %1$d"
            : "SET lock_timeout = '%ds'; SET statement_timeout = 0;"
                + " SET idle_in_transaction_session_timeout = 0";
    try (Statement statement = connection.createStatement()) {
      statement.execute(patience.formatted(wait));
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** The database of a URL, without credentials. */
  static String nameOf(String url) {
    return url.replaceFirst("[?;].*", "").replaceFirst("//[^/]*@", "//");
  }

  /** MariaDB's driver serves both, and knows only URLs of its own. */
  private static String driverUrl(LegacyDialect dialect, String url) {
    return dialect == LegacyDialect.MYSQL
        ? url.replaceFirst("^jdbc:(mysql|mariadb):", LegacyDialect.MARIADB_URL)
        : url;
  }

  private static Driver driver(String url, LegacyDialect dialect) {
    return DriverManager.drivers()
        .filter(driver -> accepts(driver, url))
        .findFirst()
        .orElseThrow(() -> wrongUrl(dialect, null));
  }

  private static boolean accepts(Driver driver, String url) {
    try {
      return driver.acceptsURL(url);
    } catch (SQLException e) {
      return false; // A driver of something else that does not understand the rest.
    }
  }

  private static MigrationException wrongUrl(LegacyDialect dialect, SQLException cause) {
    String artifact =
        dialect == LegacyDialect.MYSQL
            ? "org.mariadb.jdbc:mariadb-java-client"
            : "org.postgresql:postgresql";
    return new MigrationException(
        SOURCE_URL,
        "no JDBC driver understands the database's URL; give it as %s, and see that %s is there"
            .formatted(dialect.urlForm(), artifact),
        cause);
  }

  private static Properties properties(LegacyDialect dialect, String url, SourceOptions options) {
    Properties properties = new Properties();
    long unit = dialect == LegacyDialect.MYSQL ? 1 : 1000;
    for (var limit : List.of("connectTimeout", "socketTimeout")) {
      // What the URL says itself stands above this.
      Duration time = limit.equals("connectTimeout") ? CONNECT : ANSWER;
      if (!url.contains(limit + "=")) {
        properties.setProperty(limit, Long.toString(time.toMillis() / unit));
      }
    }
    properties.setProperty("tcpKeepAlive", "true");
    if (dialect == LegacyDialect.MYSQL) {
      properties.setProperty("allowLocalInfile", "false");
    } else {
      properties.setProperty("ApplicationName", "holdfast");
      // Its errors would show the values of rows, and a join token is a secret.
      properties.setProperty("logServerErrorDetail", "false");
    }
    if (!options.user().isEmpty()) {
      properties.setProperty("user", options.user());
    }
    if (!options.password().isEmpty()) {
      properties.setProperty("password", options.password());
    }
    return properties;
  }

  private void prepare() throws SQLException {
    if (dialect == LegacyDialect.MYSQL) {
      execute(
          "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ",
          // Else a bound that the server has for all would hide rows.
          "SET SESSION sql_select_limit = 18446744073709551615",
          "SET SESSION wait_timeout = 86400, net_write_timeout = 3600, lock_wait_timeout = "
              + Math.max(1, options.lockWait().toSeconds()));
    } else {
      connection.setReadOnly(true);
      connection.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      connection.setAutoCommit(false);
    }
  }

  private void begin() throws SQLException {
    if (dialect == LegacyDialect.MYSQL) {
      execute("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY");
      refuseTablesWithoutTransactions();
    } else {
      beginPostgresql();
    }
  }

  private void beginPostgresql() throws SQLException {
    // The target may be slow for a while; an idle source must not end the transaction meanwhile.
    execute("SET LOCAL TimeZone = 'UTC'", "SET LOCAL DateStyle = 'ISO'");
    try (Statement statement = connection.createStatement()) {
      statement.executeQuery(
          "SELECT set_config(name, CASE name WHEN 'lock_timeout' THEN '%d'"
                  .formatted(Math.max(1, options.lockWait().toMillis()))
              // A policy that hides rows is an error then, and not a gap.
              + " WHEN 'row_security' THEN 'off' ELSE '0' END, true)"
              + " FROM pg_settings WHERE name IN ('lock_timeout', 'statement_timeout',"
              + " 'idle_in_transaction_session_timeout', 'transaction_timeout', 'row_security')");
    }
  }

  private void execute(String... statements) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  private void refuseTablesWithoutTransactions() throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT t.table_name, t.engine FROM information_schema.tables t"
                    + " JOIN information_schema.engines e ON e.engine = t.engine"
                    + " WHERE t.table_schema = DATABASE() AND e.transactions <> 'YES'")) {
      while (row.next()) {
        if (LegacyTable.isOne(row.getString(1))) {
          throw new MigrationException(
              SOURCE_UNREADABLE,
              "%s keeps %s in engine %s, which has no transactions, so it cannot be read at one"
                      .formatted(name, row.getString(1), row.getString(2))
                  + " moment; change it: ALTER TABLE ... ENGINE = InnoDB");
        }
      }
    }
  }

  @Override
  public Connection connection() {
    return connection;
  }

  @Override
  public LegacyDialect dialect() {
    return dialect;
  }

  @Override
  public ZoneId zone() {
    return options.zone();
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void renew() {
    try {
      if (dialect != LegacyDialect.MYSQL) {
        connection.rollback();
      }
      begin();
    } catch (SQLException e) {
      throw failure(e);
    }
  }

  /** Nothing to do: the server keeps the state of the transaction's beginning. */
  @Override
  public void checkUnchanged() {}

  @Override
  public MigrationException failure(SQLException e) {
    return failure(e, name, options);
  }

  private static MigrationException failure(SQLException e, String name, SourceOptions options) {
    String state = e.getSQLState() == null ? "" : e.getSQLState();
    String said = " (" + said(e, options) + ")";
    if (state.startsWith("28") || state.equals("42501") || isOneOf(e, 1044, 1045, 1142, 1698)) {
      return new MigrationException(
          SOURCE_ACCESS_DENIED,
          "may not read %s%s; set %s and %s in the environment to a user who may"
              .formatted(name, said, SourceOptions.USER_VARIABLE, SourceOptions.PASSWORD_VARIABLE),
          e);
    }
    if (state.equals("3D000") || isOneOf(e, 1049)) {
      return new MigrationException(
          SOURCE_MISSING, "no such database: " + name + said + "; check the URL", e);
    }
    if (state.equals("55P03") || isOneOf(e, 1205)) {
      return new MigrationException(
          SOURCE_LOCKED,
          "locked by another session for over %d ms: %s%s; wait until an upgrade has ended"
              .formatted(options.lockWait().toMillis(), name, said),
          e);
    }
    if (isOneOf(e, 1412)) {
      return new MigrationException(
          SOURCE_CHANGED,
          "its tables were altered while it was read: " + name + said + "; start again",
          e);
    }
    if (state.equals("57014") || isOneOf(e, 1317)) {
      return new MigrationException(
          SOURCE_UNAVAILABLE,
          "the server was told to cancel what was being read: " + name + said + "; start again",
          e);
    }
    if (isTakenBack(e, state)) {
      return new MigrationException(
          SOURCE_CHANGED,
          "the server took back what was being read, for what others did meanwhile: "
              + name
              + said
              + "; start again, on a standby with hot_standby_feedback",
          e);
    }
    if (state.startsWith("08")
        || state.startsWith("57P")
        || state.startsWith("53")
        || isOneOf(e, 1053, 1927)) {
      return new MigrationException(
          SOURCE_UNAVAILABLE,
          "no connection to " + name + said + "; check that the server runs, then start again",
          e);
    }
    return new MigrationException(
        SOURCE_UNREADABLE, "the database " + name + " cannot be read" + said + "; mend that", e);
  }

  /** A standby has to apply what its primary removed, a snapshot is too old, or one had to give. */
  private static boolean isTakenBack(SQLException e, String state) {
    return state.startsWith("40") || state.equals("72000") || isOneOf(e, 1213);
  }

  /** MySQL's errors have numbers that say more than its states; PostgreSQL's number is 0. */
  private static boolean isOneOf(SQLException e, int... numbers) {
    for (int number : numbers) {
      if (e.getErrorCode() == number) {
        return true;
      }
    }
    return false;
  }

  /** The driver's words, which may repeat what it was given. */
  static String said(SQLException e, SourceOptions options) {
    String words = String.valueOf(e.getMessage());
    return options.password().isEmpty() ? words : words.replace(options.password(), "***");
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new MigrationException(SOURCE_UNAVAILABLE, "cannot close " + name + ": " + e, e);
    }
  }
}
