package io.holdfast.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * PgBouncer in front of a PostgreSQL server, pooling transactions: each transaction of a client may
 * meet another connection to the server. Taken from this machine, or from the distribution's
 * package, which is fetched without installing it.
 */
public final class PgBouncer implements AutoCloseable {
  private static final String ADVICE = "Install PgBouncer.";

  private final ServerProcess process;
  private final Database database;

  private PgBouncer(ServerProcess process, Database database) {
    this.process = process;
    this.database = database;
  }

  /**
   * Starts one that leads to a database.
   *
   * @param connections how many it holds to the server
   */
  public static PgBouncer before(Database target, int connections) {
    Binaries binaries = search().find(new Wish("", ""), ADVICE);
    String name = SqlServer.nextName("pgbouncer");
    Path folder = Scratch.folder(name);
    Database database = target.at("127.0.0.1", Scratch.port());
    Path settings = folder.resolve("pgbouncer.ini");
    try {
      Files.writeString(settings, settings(target, database.port(), connections));
      Account.give(settings);
    } catch (IOException e) {
      throw new TestbedException(settings + ": " + e.getMessage(), e);
    }
    Command command = binaries.command("pgbouncer", List.of(settings.toString()));
    ServerProcess process =
        new ServerProcess(
            new ServerProcess.Plan(name, command, folder, "KILL", () -> SqlServer.ask(database)));
    process.start();
    return new PgBouncer(process, database);
  }

  /** Anybody is let in: it listens on this machine only and knows the server's password. */
  private static String settings(Database target, int port, int connections) {
    return """
        [databases]
        %s = host=%s port=%d user=%s password=%s
        [pgbouncer]
        listen_addr = 127.0.0.1
        listen_port = %d
        unix_socket_dir =
        auth_type = any
        pool_mode = transaction
        default_pool_size = %d
        server_login_retry = 1
        ignore_startup_parameters = extra_float_digits
        """
        .formatted(
            target.name(),
            target.host(),
            target.port(),
            target.user(),
            target.password(),
            port,
            connections);
  }

  /** The same database, through it. */
  public Database database() {
    return database;
  }

  @Override
  public void close() {
    process.close();
  }

  private static Binaries.Search search() {
    return new Binaries.Search(
        "pgbouncer", List.of(Path.of("/usr/sbin")), binaries -> true, PgBouncer::download);
  }

  private static Binaries download() throws IOException {
    Path usr = DebianPackages.ofThisSystem("pgbouncer", "pgbouncer").resolve("usr");
    try (Stream<Path> files = Files.walk(usr.resolve("lib"))) {
      String libraries =
          files
              .filter(file -> file.getFileName().toString().matches("lib.*\\.so\\.\\d.*"))
              .map(file -> file.getParent().toString())
              .distinct()
              .collect(Collectors.joining(":"));
      return new Binaries(usr.resolve("sbin"), Map.of("LD_LIBRARY_PATH", libraries));
    }
  }
}
