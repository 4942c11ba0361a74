package io.holdfast.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * A MySQL server with strict, durable settings.
 *
 * <p>Taken from the first that works: the server that the environment variable {@value #VARIABLE}
 * gives a JDBC URL of; a container, where Docker answers; MySQL on this machine; the package of
 * Debian's unstable release with its own C library, fetched without installing it. The variable may
 * also name a folder with {@code mysqld}, or say {@code download} for the package; nothing else is
 * tried then.
 *
 * <p>Its URLs are for MariaDB's driver, which the tests use for both.
 */
public final class MySql extends SqlServer {
  static final String VARIABLE = "HOLDFAST_TEST_MYSQL";

  /** Passwords are sent encrypted with a key that the server shows, also without TLS. */
  static final String PARAMETERS = "allowPublicKeyRetrieval=true";

  private static final String ADVICE =
      "Install MySQL 8.4 or newer, or set "
          + VARIABLE
          + " to a folder with mysqld or to the JDBC URL of a server where the user may create"
          + " databases. To do without: -DexcludedGroups=mysql.";
  private static final String USER = "tester";
  private static final Once<MySql> SHARED = new Once<>(() -> findShared(Wish.of(VARIABLE)));

  private MySql(Database admin, ServerProcess process) {
    super(admin, process);
  }

  /** The server that all tests of this JVM share; it is started at first use. */
  public static MySql shared() {
    return SHARED.get();
  }

  /**
   * Starts a server for one test.
   *
   * @param settings like {@code max_allowed_packet=1M}
   */
  public static MySql start(String... settings) {
    return start(Wish.of(VARIABLE).withoutAddress(), settings);
  }

  /** Starts a server for one test that refuses connections without TLS. */
  public static MySql startTls(Certificates.Identity identity, String... settings) {
    return start(
        Wish.of(VARIABLE).withoutAddress(),
        admin -> admin.with("sslMode=trust"),
        withTls(identity, settings));
  }

  static MySql start(Wish wish, String... settings) {
    return start(wish, admin -> admin.with(PARAMETERS), settings);
  }

  private static MySql start(Wish wish, UnaryOperator<Database> access, String... settings) {
    Binaries binaries = search().find(wish, ADVICE);
    String name = nextName("mysql");
    Path data = copyOf(template("mysql" + binaries.id(), made -> initialize(binaries, made)), name);
    Database admin = access.apply(local("mariadb", Scratch.port(), "mysql", USER));
    Command command = command(binaries, data, admin.port(), settings);
    ServerProcess process =
        new ServerProcess(new ServerProcess.Plan(name, command, data, "KILL", () -> ask(admin)));
    process.start();
    return new MySql(admin, process);
  }

  static MySql findShared(Wish wanted) {
    return findShared(
        "MySQL server",
        wanted,
        database -> new MySql(database, null),
        () -> Containers.mySql(PASSWORD),
        wish -> start(wish).admin());
  }

  private static Command command(Binaries binaries, Path data, int port, String... settings) {
    List<String> line = new ArrayList<>(List.of("--no-defaults"));
    Stream.concat(
            Stream.of(
                "basedir=" + binaries.home(),
                "datadir=" + data.resolve("data"),
                "init-file=" + data.resolve("accounts.sql"),
                "socket=" + data.resolve("socket"),
                "pid-file=" + data.resolve("pid"),
                "secure-file-priv=NULL",
                "mysqlx=OFF",
                "bind-address=127.0.0.1",
                "port=" + port,
                "skip-name-resolve",
                "server-id=1",
                "sync-binlog=1",
                "innodb-flush-log-at-trx-commit=1",
                "innodb-buffer-pool-size=64M",
                "max-connections=300"),
            Stream.of(settings))
        .forEach(setting -> line.add("--" + setting));
    return binaries.command("mysqld", line);
  }

  private static void initialize(Binaries binaries, Path folder) {
    binaries
        .command(
            "mysqld",
            List.of(
                "--no-defaults",
                "--initialize-insecure",
                "--basedir=" + binaries.home(),
                "--datadir=" + folder.resolve("data"),
                "--secure-file-priv=NULL"))
        .run();
    try {
      Path accounts = folder.resolve("accounts.sql");
      Files.writeString(
          accounts,
          """
          CREATE USER IF NOT EXISTS '%1$s'@'%%' IDENTIFIED BY '%2$s';
          GRANT ALL ON *.* TO '%1$s'@'%%' WITH GRANT OPTION;
          """
              .formatted(USER, PASSWORD));
      Account.give(accounts);
    } catch (IOException e) {
      throw new TestbedException(folder + ": " + e.getMessage(), e);
    }
  }

  private static Binaries.Search search() {
    return new Binaries.Search(
        "mysqld", List.of(Path.of("/usr/sbin")), MySql::fits, MySql::download);
  }

  /** MariaDB's packages have a mysqld, too. */
  private static boolean fits(Binaries binaries) {
    String version = binaries.command("mysqld", List.of("--no-defaults", "--version")).run();
    return version.matches("(?s).*Ver (8\\.4|9)\\..*") && !version.contains("MariaDB");
  }

  private static Binaries download() throws IOException {
    Path usr =
        DebianPackages.closureOfSuite("sid", "mysql-server-sid", "mysql-server-core")
            .resolve("usr");
    try (Stream<Path> files = Files.walk(usr.resolve("lib"))) {
      Path loader =
          files
              .filter(file -> file.getFileName().toString().matches("ld-linux.*\\.so\\.\\d+"))
              .filter(file -> !Files.isSymbolicLink(file))
              .findFirst()
              .orElseThrow(() -> new TestbedException("no loader of programs in " + usr));
      List<String> command =
          List.of(loader.toString(), "--library-path", loader.getParent().toString());
      return new Binaries(usr.resolve("sbin"), Map.of(), command);
    }
  }
}
