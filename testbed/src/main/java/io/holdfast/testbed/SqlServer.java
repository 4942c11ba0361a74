package io.holdfast.testbed;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/** What PostgreSQL, MariaDB and MySQL have in common: databases, accounts, and folders to copy. */
public abstract sealed class SqlServer extends Server permits Postgres, MariaDb, MySql {
  /** Made per JVM: a server that outlives its test run is open to nobody. */
  static final String PASSWORD = random(12);

  private static final AtomicInteger SERVERS = new AtomicInteger();

  private final Database admin;
  private final Queue<String> databases = new ConcurrentLinkedQueue<>();

  SqlServer(Database admin, ServerProcess process) {
    super(process);
    this.admin = admin;
  }

  /** Creates an empty database that no other test uses. */
  public Database freshDatabase() {
    String name = "test_" + random(8);
    execute("CREATE DATABASE " + name);
    databases.add(name);
    return admin.named(name);
  }

  /** The database and account that this server is administered with. */
  public Database admin() {
    return admin;
  }

  /** The server of the address, a container, or a process, whatever works first. */
  static <S extends SqlServer> S findShared(
      String what,
      Wish wish,
      Function<Database, S> server,
      Callable<Database> container,
      Function<Wish, Database> start) {
    if (wish.isAddress()) {
      S external = server.apply(Database.parse(wish));
      Runtime.getRuntime()
          .addShutdownHook(new Thread(external::dropDatabases, "holdfast-testbed-drop"));
      return external;
    }
    Attempts<Database> attempts = new Attempts<>(what);
    if (wish.isOpen()) {
      attempts.or("a container", container);
    }
    return server.apply(attempts.or("a process", () -> start.apply(wish)).orFail(""));
  }

  /** A database of a server on this machine, as the account that may do everything. */
  static Database local(String protocol, int port, String name, String user) {
    String url = "jdbc:%s://127.0.0.1:%d/%s".formatted(protocol, port, name);
    return new Database(url, "127.0.0.1", port, name, user, PASSWORD);
  }

  final void dropDatabases() {
    for (String name = databases.poll(); name != null; name = databases.poll()) {
      execute("DROP DATABASE IF EXISTS " + name);
    }
  }

  private void execute(String sql) {
    try (Connection connection = admin.connect();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new TestbedException(admin + ": " + sql + ": " + e.getMessage(), e);
    }
  }

  /** The settings of a MariaDB or MySQL server that refuses connections without TLS. */
  static String[] withTls(Certificates.Identity identity, String... settings) {
    Stream<String> tls =
        Stream.of(
            "ssl-ca=" + Certificates.authority(),
            "ssl-cert=" + identity.certificate(),
            "ssl-key=" + identity.key(),
            "require-secure-transport=ON");
    return Stream.concat(tls, Stream.of(settings)).toArray(String[]::new);
  }

  static void ask(Database database) throws SQLException {
    database.connect().close();
  }

  static String nextName(String kind) {
    return kind + "-" + SERVERS.incrementAndGet();
  }

  /**
   * A data folder, made by copying one that is made once per JVM: initializing one takes seconds,
   * copying it a tenth of one.
   */
  static Path copyOf(Path template, String name) {
    Path data = Scratch.path(name);
    Command.of("cp", "-Rp", template.toString(), data.toString()).run();
    return data;
  }

  /** A data folder to copy, unless it is there already. */
  static synchronized Path template(String name, Consumer<Path> initialize) {
    Path template = Scratch.path("template-" + name);
    if (!Files.exists(template)) {
      Path making = Scratch.folder(nextName("template"));
      initialize.accept(making);
      if (!making.toFile().renameTo(template.toFile())) {
        throw new TestbedException(making + " could not be renamed to " + template);
      }
    }
    return template;
  }

  private static String random(int bytes) {
    byte[] random = new byte[bytes];
    new SecureRandom().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }
}
