package io.holdfast.store.sql;

import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.mariadb.jdbc.Driver;

/**
 * Opens connections to the server that takes a store's writes, with everything set that makes them
 * safe. Of several hosts it takes the first that is not read-only and has not been succeeded.
 *
 * <p>MySQL does not number its timelines, so the store does: a row names the server that takes the
 * writes and an epoch, which grows when another server finds that it is not the one. Who has met an
 * epoch refuses servers of an earlier one, such as a former primary that is back.
 */
final class MySqlSource extends Connections {
  private static final Pattern TARGET =
      Pattern.compile("//([^/:,]+(?::\\d{1,5})?(?:,[^/:,]+(?::\\d{1,5})?)*)/([^/?]+)");

  private static final Pattern HERE =
      Pattern.compile("(localhost|127\\.\\d+\\.\\d+\\.\\d+)(:\\d+)?");

  /** A transaction whose client is gone is undone after so many seconds without a statement. */
  private static final int IDLE_SECONDS = 10;

  private static final int CONNECT_SECONDS = 5;

  private static final int NO_SUCH_TABLE = 1146;
  private static final int NO_SUCH_COLUMN = 1054;

  private final String place;
  private final List<String> urls = new ArrayList<>();
  private final Properties properties = new Properties();
  private final String meta;
  private final Tls tls;
  private final Driver driver = new Driver(); // so that it is missed at once, if it is
  private volatile String incarnation = "";
  private volatile MySqlServer server;

  private MySqlSource(StoreConfig config, String prefix) {
    place = config.toString();
    meta = prefix + "meta";
    Matcher target = TARGET.matcher(config.target());
    if (!target.matches()) {
      throw unusable(": must look like " + config.scheme() + "://user@host:3306,host2/database");
    }
    for (String host : target.group(1).split(",")) {
      checkPort(host);
      urls.add("jdbc:mariadb://" + host + "/" + target.group(2));
    }
    set("useServerPrepStmts", "true");
    set("connectTimeout", CONNECT_SECONDS + "000");
    set("socketTimeout", "30000");
    config.user().ifPresent(user -> set("user", user));
    config.password().ifPresent(password -> set("password", password));
    tls = Tls.of(config);
    secure(target.group(1).split(","));
    checkClientKey();
  }

  static MySqlSource of(StoreConfig config, String prefix) {
    return new MySqlSource(config, prefix);
  }

  /** TLS with a full check of the certificate, by default for hosts that are not this machine. */
  private void secure(String[] hosts) {
    boolean isHere = List.of(hosts).stream().allMatch(host -> HERE.matcher(host).matches());
    String mode = tls.mode(isHere, "disable");
    switch (mode) {
      case "require" -> set("sslMode", "trust");
      case "disable" -> {
        set("sslMode", "disable");
        // Without TLS a password is encrypted with a key that whoever answers may have chosen.
        set("allowPublicKeyRetrieval", Boolean.toString(isHere));
      }
      default -> {
        set("sslMode", mode);
        tls.authority().ifPresent(file -> set("serverSslCert", file));
      }
    }
  }

  private void checkPort(String host) {
    int colon = host.indexOf(':');
    int port = colon < 0 ? 3306 : Integer.parseInt(host.substring(colon + 1));
    if (port < 1 || port > 65_535) {
      throw unusable(": a port is a number from 1 to 65535, unlike " + port);
    }
  }

  private void checkClientKey() {
    if (tls.certificate().isPresent()) {
      try {
        clientKey().close();
      } catch (IOException e) {
        throw new StoreException.Unusable(Reason.URL, place + ": " + e.getMessage(), e);
      }
    }
  }

  private ClientKey clientKey() throws IOException {
    return ClientKey.of(Path.of(tls.certificate().orElseThrow()), Path.of(tls.key().orElseThrow()));
  }

  private void set(String name, String value) {
    properties.setProperty(name, value);
  }

  /** How the driver is told to use TLS, in its words. */
  String sslMode() {
    return properties.getProperty("sslMode");
  }

  private StoreException unusable(String why) {
    return new StoreException.Unusable(Reason.URL, place + why, null);
  }

  @Override
  public Connection getConnection() throws SQLException {
    SQLException first = null;
    for (String url : urls) {
      try {
        return open(url);
      } catch (SQLException e) {
        if (first == null) {
          first = e;
        } else {
          first.addSuppressed(e);
        }
      }
    }
    throw first;
  }

  private Connection open(String url) throws SQLException {
    Connection connection = connect(url);
    try {
      // Else a bound that the server has for all would leave out some of its answer.
      execute(connection, "SET SESSION sql_select_limit = 18446744073709551615");
      MySqlServer answering = MySqlServer.ask(connection);
      answering.check();
      prepare(connection, answering);
      if (answering.isReadOnly()) {
        throw new SQLException(url + " is read-only: not the primary", MySqlErrors.READ_ONLY);
      }
      checkEpoch(connection, answering, url);
      server = answering;
      return connection;
    } catch (SQLException | RuntimeException e) {
      connection.close();
      throw e;
    }
  }

  private Connection connect(String url) throws SQLException {
    if (tls.certificate().isEmpty()) {
      return driver.connect(url, properties);
    }
    try {
      return connect(url, properties, clientKey());
    } catch (IOException e) {
      throw new SQLException("the client's certificate: " + e.getMessage(), "08001", e);
    }
  }

  /**
   * Opens a connection with a key, whose file is then deleted.
   *
   * @throws IOException if it cannot be deleted; then there is no connection either
   */
  static Connection connect(String url, Properties properties, ClientKey key)
      throws SQLException, IOException {
    Connection opened = null;
    try (key) {
      opened = new Driver().connect(url, key.in(properties));
    } catch (IOException e) {
      if (opened != null) {
        opened.close();
      }
      throw e;
    }
    return opened;
  }

  /** Whatever the server's defaults are. */
  private static void prepare(Connection connection, MySqlServer answering) throws SQLException {
    execute(connection, "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED, READ WRITE");
    execute(
        connection,
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION',"
            + " innodb_lock_wait_timeout = 5, autocommit = 1, foreign_key_checks = 1,"
            + " sql_safe_updates = 0, net_write_timeout = 60,"
            + " sql_big_selects = 1, completion_type = 0, "
            + answering.statementTime()
            + " = 0");
  }

  /** Lets the server undo what this session leaves open when its client is gone. */
  static void limitIdleTime(Connection connection) throws SQLException {
    execute(connection, "SET SESSION wait_timeout = " + IDLE_SECONDS);
  }

  /** Lets the session be idle between its transactions. */
  static void freeIdleTime(Connection connection) throws SQLException {
    execute(connection, "SET SESSION wait_timeout = 28800");
  }

  static void execute(Connection connection, String text) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(text);
    }
  }

  /** The store's epoch at a server, or its absence before there are tables. */
  private record Epoch(String incarnation, long number) {
    static final Epoch NONE = new Epoch("", 0);
  }

  private void checkEpoch(Connection connection, MySqlServer answering, String url)
      throws SQLException {
    Epoch found = epoch(connection, answering.identity());
    if (!Timelines.admits(found.incarnation(), found.number())) {
      throw new SQLException(
          url + " is of epoch " + found.number() + ", and a later one was met: a former primary",
          MySqlErrors.SUCCEEDED);
    }
    incarnation = found.incarnation();
  }

  /** The epoch, after raising it if the row still names another server. */
  private Epoch epoch(Connection connection, String identity) throws SQLException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT epoch, server, incarnation FROM " + meta + " WHERE id = 1")) {
      while (true) {
        try (ResultSet row = query.executeQuery()) {
          if (!row.next()) {
            return Epoch.NONE;
          }
          if (row.getString(2).equals(identity)) {
            return new Epoch(row.getString(3), row.getLong(1));
          }
          raise(connection, identity, row.getString(2));
        }
      }
    } catch (SQLException e) {
      if (e.getErrorCode() == NO_SUCH_TABLE || isOfSomethingElse(connection, e)) {
        return Epoch.NONE;
      }
      throw e;
    }
  }

  /** Whether the table lacks more than what was asked for; who opens the store then says so. */
  private boolean isOfSomethingElse(Connection connection, SQLException lacking) {
    if (lacking.getErrorCode() != NO_SUCH_COLUMN) {
      return false;
    }
    try (Statement statement = connection.createStatement()) {
      statement.execute("SELECT format FROM " + meta + " WHERE 1 = 0");
      return false;
    } catch (SQLException e) {
      return e.getErrorCode() == NO_SUCH_COLUMN;
    }
  }

  private void raise(Connection connection, String identity, String before) throws SQLException {
    try (PreparedStatement update =
        connection.prepareStatement(
            "UPDATE " + meta + " SET epoch = epoch + 1, server = ? WHERE id = 1 AND server = ?")) {
      update.setString(1, identity);
      update.setString(2, before);
      update.executeUpdate();
    }
  }

  /** The highest epoch that this process has met; sessions of an earlier one are to be left. */
  long epoch() {
    return Timelines.highest(incarnation);
  }

  /** The most that the server takes in one packet. */
  int packetBytes() {
    return server.packetBytes();
  }

  String metaTable() {
    return meta;
  }

  String place() {
    return place;
  }
}
