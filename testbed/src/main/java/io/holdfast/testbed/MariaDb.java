package io.holdfast.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A MariaDB server with strict, durable settings.
 *
 * <p>Taken from the first that works: the server that the environment variable {@value #VARIABLE}
 * gives a JDBC URL of; a container, where Docker answers; MariaDB on this machine; the packages of
 * Debian or Ubuntu, fetched without installing them. The variable may also name a folder with
 * {@code mariadbd}, or say {@code download} for the packages; nothing else is tried then.
 */
public final class MariaDb extends SqlServer {
  static final String VARIABLE = "HOLDFAST_TEST_MARIADB";

  private static final String ADVICE =
      "Install MariaDB (on Debian: mariadb-server-core and mariadb-client-core), or set "
          + VARIABLE
          + " to a folder with mariadbd or to the JDBC URL of a server where the user may create"
          + " databases.";
  private static final String USER = "tester";
  private static final Once<MariaDb> SHARED = new Once<>(() -> findShared(Wish.of(VARIABLE)));

  private MariaDb(Database admin, ServerProcess process) {
    super(admin, process);
  }

  /** The server that all tests of this JVM share; it is started at first use. */
  public static MariaDb shared() {
    return SHARED.get();
  }

  /**
   * Starts a server for one test.
   *
   * @param settings like {@code max_allowed_packet=1M}
   */
  public static MariaDb start(String... settings) {
    return start(Wish.of(VARIABLE).withoutAddress(), settings);
  }

  /** Starts a server for one test that has this clock. */
  public static MariaDb start(SettableClock clock, String... settings) {
    Wish wish = Wish.of(VARIABLE).withoutAddress();
    return start(clock.in(search().find(wish, ADVICE)), admin -> admin, settings);
  }

  /** Starts a server for one test that refuses connections without TLS. */
  public static MariaDb startTls(Certificates.Identity identity, String... settings) {
    return start(
        search().find(Wish.of(VARIABLE).withoutAddress(), ADVICE),
        admin -> admin.with("sslMode=trust"),
        withTls(identity, settings));
  }

  static MariaDb start(Wish wish, String... settings) {
    return start(search().find(wish, ADVICE), admin -> admin, settings);
  }

  private static MariaDb start(
      Binaries binaries, UnaryOperator<Database> access, String... settings) {
    String name = nextName("mariadb");
    Path template = template("mariadb" + binaries.id(), data -> initialize(binaries, data));
    Path data = copyOf(template, name);
    Database admin = access.apply(local("mariadb", Scratch.port(), "mysql", USER));
    Command command = command(binaries, data, admin.port(), settings);
    ServerProcess process =
        new ServerProcess(new ServerProcess.Plan(name, command, data, "KILL", () -> ask(admin)));
    process.start();
    return new MariaDb(admin, process);
  }

  static MariaDb findShared(Wish wanted) {
    return findShared(
        "MariaDB server",
        wanted,
        database -> new MariaDb(database, null),
        () -> Containers.mariaDb(PASSWORD),
        wish -> start(wish).admin());
  }

  private static Command command(Binaries binaries, Path data, int port, String... settings) {
    List<String> line = new ArrayList<>(List.of("--no-defaults"));
    Stream.concat(
            Stream.of(
                "basedir=" + binaries.home(),
                "datadir=" + data,
                "init-file=" + data.resolve("accounts.sql"),
                "socket=" + data.resolve("socket"),
                "bind-address=127.0.0.1",
                "port=" + port,
                "skip-name-resolve",
                "server-id=1",
                "log-bin=" + data.resolve("binlog"),
                "binlog-format=ROW",
                "sync-binlog=1",
                "innodb-flush-log-at-trx-commit=1",
                "innodb-buffer-pool-size=64M",
                "character-set-server=utf8mb4",
                "sql-mode=STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ZERO_DATE,"
                    + "NO_ZERO_IN_DATE,NO_ENGINE_SUBSTITUTION",
                "max-connections=300"),
            Stream.of(settings))
        .forEach(setting -> line.add("--" + setting));
    return binaries.command("mariadbd", line);
  }

  private static void initialize(Binaries binaries, Path data) {
    binaries
        .command(
            "mariadb-install-db",
            List.of(
                "--no-defaults",
                "--basedir=" + binaries.home(),
                "--datadir=" + data,
                "--auth-root-authentication-method=normal",
                "--skip-name-resolve",
                "--skip-test-db"))
        .run();
    try {
      Path accounts = data.resolve("accounts.sql");
      Files.writeString(
          accounts,
          """
          CREATE OR REPLACE USER '%1$s'@'%%' IDENTIFIED BY '%2$s';
          GRANT ALL ON *.* TO '%1$s'@'%%' WITH GRANT OPTION;
          """
              .formatted(USER, PASSWORD));
      Account.give(accounts);
    } catch (IOException e) {
      throw new TestbedException(data + ": " + e.getMessage(), e);
    }
  }

  private static Binaries.Search search() {
    return new Binaries.Search(
        "mariadbd", List.of(Path.of("/usr/sbin")), binaries -> true, MariaDb::download);
  }

  private static Binaries download() throws IOException {
    Path usr =
        DebianPackages.ofThisSystem("mariadb-server", "mariadb-server-core", "mariadb-client-core")
            .resolve("usr");
    try (Stream<Path> files = Files.walk(usr.resolve("lib"))) {
      String libraries =
          files
              .filter(file -> file.getFileName().toString().matches("lib.*\\.so\\.\\d+"))
              .map(file -> file.getParent().toString())
              .distinct()
              .collect(Collectors.joining(":"));
      return new Binaries(usr.resolve("sbin"), Map.of("LD_LIBRARY_PATH", libraries));
    }
  }
}
