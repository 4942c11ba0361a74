package io.holdfast.campaign;

import io.holdfast.testbed.Certificates;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.SqlServer;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** An account of its own on an SQL server, which may do what a store needs and no more. */
final class SqlAccount implements Account {
  private static final List<String> TABLES = List.of("entries", "changes", "lanes", "meta");
  private static final long PATIENCE_NANOS = 60_000_000_000L;

  /** How the administrator says it. */
  enum Words {
    POSTGRESQL(
        "%s",
        "PASSWORD",
        "SELECT pid FROM pg_stat_activity WHERE usename = '%s'",
        "SELECT pg_terminate_backend(%s)",
        "SELECT pg_reload_conf()",
        "sslmode=verify-full&sslrootcert="),
    MARIADB(
        "%s@'%%'",
        "IDENTIFIED BY",
        "SELECT id FROM information_schema.processlist WHERE user = '%s'",
        "KILL %s",
        "FLUSH SSL",
        "sslMode=verify-full&serverSslCert="),
    // The list of processes cannot be read there while the statement of one has bytes of a key.
    MYSQL(
        MARIADB.grantee,
        MARIADB.password,
        "SELECT processlist_id FROM performance_schema.threads WHERE processlist_user = '%s'",
        MARIADB.kill,
        "ALTER INSTANCE RELOAD TLS",
        MARIADB.verify);

    private final String grantee;
    private final String password;
    private final String connections;
    private final String kill;
    private final String reload;
    private final String verify;

    Words(
        String grantee,
        String password,
        String connections,
        String kill,
        String reload,
        String verify) {
      this.grantee = grantee;
      this.password = password;
      this.connections = connections;
      this.kill = kill;
      this.reload = reload;
      this.verify = verify;
    }

    String scheme() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Words words;
  private final Database owner;
  private final String user;
  private final Certificates.Identity shown;
  private final Runnable end;

  private SqlAccount(Words words, Database owner, Certificates.Identity shown, Runnable end) {
    this.words = words;
    this.owner = owner;
    this.user = owner.name();
    this.shown = shown;
    this.end = end;
  }

  /** On a server that others use too. */
  static SqlAccount on(Words words, SqlServer shared) {
    return new SqlAccount(words, shared.freshDatabase(), null, () -> {}).create();
  }

  /** On a server with a certificate in these files, which is ended with the account. */
  static SqlAccount on(Words words, SqlServer own, Certificates.Identity shown) {
    return new SqlAccount(words, own.freshDatabase(), shown, own::close).create();
  }

  private SqlAccount create() {
    Patience.open(SqlUrls.direct(words.scheme(), owner) + tls("?")).close();
    execute("CREATE USER " + grantee() + " " + words.password + " '" + PASSWORD + "'");
    if (words != Words.POSTGRESQL) {
      execute("GRANT EXECUTE ON " + owner.name() + ".* TO " + grantee());
    }
    allow(Rights.ALL);
    return this;
  }

  private String grantee() {
    return words.grantee.formatted(user);
  }

  private String tls(String before) {
    return shown == null ? "" : before + "tls-ca=" + Certificates.authority();
  }

  @Override
  public String url() {
    return SqlUrls.direct(words.scheme(), owner.as(user, PASSWORD, "")) + "?timeout=1s" + tls("&");
  }

  @Override
  public void setPassword(String password) {
    execute("ALTER USER " + grantee() + " " + words.password + " '" + password + "'");
  }

  @Override
  public void allow(Rights rights) {
    switch (rights) {
      case ALL -> {
        for (String table : TABLES) {
          String all = "GRANT SELECT, INSERT, UPDATE, DELETE ON holdfast_%s TO %s";
          execute(all.formatted(table, grantee()));
        }
      }
      case READ -> execute("REVOKE INSERT ON holdfast_changes FROM " + grantee());
      case NONE -> execute("REVOKE SELECT ON holdfast_meta FROM " + grantee());
    }
  }

  @Override
  public void present(Certificates.Identity identity) {
    shown.become(identity);
    execute(words.reload);
    boolean good = identity.equals(Certificates.server());
    await("another certificate", () -> isTrusted() == good);
  }

  private boolean isTrusted() {
    try {
      owner.with(words.verify + Certificates.authority()).connect().close();
      return true;
    } catch (SQLException e) {
      return false;
    }
  }

  @Override
  public void endConnections() {
    await("no connections", this::endedAll);
  }

  private boolean endedAll() {
    List<String> found = ask(words.connections.formatted(user));
    for (String connection : found) {
      try {
        run(words.kill.formatted(connection));
      } catch (SQLException e) {
        // It has ended meanwhile.
      }
    }
    return found.isEmpty();
  }

  private static void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE_NANOS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("waited in vain for " + what);
      }
      LockSupport.parkNanos(10_000_000);
    }
  }

  private void execute(String statement) {
    try {
      run(statement);
    } catch (SQLException e) {
      throw new AssertionError(statement, e);
    }
  }

  private void run(String text) throws SQLException {
    try (Connection connection = owner.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(text);
    }
  }

  private List<String> ask(String query) {
    try (Connection connection = owner.connect();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(query)) {
      List<String> found = new ArrayList<>();
      while (row.next()) {
        found.add(row.getString(1));
      }
      return found;
    } catch (SQLException e) {
      throw new AssertionError(query, e);
    }
  }

  @Override
  public void close() {
    if (words == Words.POSTGRESQL) {
      execute("DROP OWNED BY " + user);
    }
    execute("DROP USER " + grantee());
    end.run();
  }
}
