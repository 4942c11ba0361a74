package io.holdfast.testbed;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLConnection;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.tukaani.xz.XZInputStream;

/**
 * A PostgreSQL server with durable settings.
 *
 * <p>Taken from the first that works: the server that the environment variable {@value #VARIABLE}
 * gives a JDBC URL of; a container, where Docker answers; PostgreSQL on this machine; PostgreSQL
 * from a Maven artifact. The variable may also name a folder with {@code postgres} and {@code
 * initdb}, or say {@code download} for the artifact; nothing else is tried then.
 */
public final class Postgres extends SqlServer {
  static final String VARIABLE = "HOLDFAST_TEST_POSTGRES";

  private static final String ADVICE =
      "Install PostgreSQL, or set "
          + VARIABLE
          + " to a folder with postgres and initdb or to the JDBC URL of a server where the user"
          + " may create databases.";
  private static final String ARCHIVE = "/postgres-linux-x86_64.txz";
  private static final Once<Postgres> SHARED = new Once<>(() -> findShared(Wish.of(VARIABLE)));

  private Postgres(Database admin, ServerProcess process) {
    super(admin, process);
  }

  /** The server that all tests of this JVM share; it is started at first use. */
  public static Postgres shared() {
    return SHARED.get();
  }

  /**
   * Starts a server for one test.
   *
   * @param settings like {@code wal_level=logical}
   */
  public static Postgres start(String... settings) {
    return start(Wish.of(VARIABLE).withoutAddress(), settings);
  }

  /**
   * Starts a server for one test with the programs of a Maven artifact.
   *
   * @param artifact a jar like the one that this module depends on
   */
  public static Postgres startFrom(Path artifact, String... settings) {
    try {
      return start(unpack(URI.create("jar:" + artifact.toUri() + "!" + ARCHIVE).toURL()), settings);
    } catch (IOException e) {
      throw new TestbedException(artifact + ": " + e.getMessage(), e);
    }
  }

  /** Starts a server for one test that has this clock. */
  public static Postgres start(SettableClock clock, String... settings) {
    return start(clock.in(binaries()), settings);
  }

  /**
   * Starts a server for one test that refuses connections without TLS. The user {@code certified},
   * if a test creates it, needs a client certificate of that name instead of a password.
   */
  public static Postgres startTls(Certificates.Identity identity, String... settings) {
    Path rules = Scratch.path(nextName("pg_hba"));
    try {
      Files.writeString(
          rules,
          """
          hostssl all certified 127.0.0.1/32 cert
          hostssl all all 127.0.0.1/32 scram-sha-256
          """);
    } catch (IOException e) {
      throw new TestbedException(rules + ": " + e.getMessage(), e);
    }
    Stream<String> tls =
        Stream.of(
            "hba_file=" + rules,
            "ssl=on",
            "ssl_ca_file=" + Certificates.authority(),
            "ssl_cert_file=" + identity.certificate(),
            "ssl_key_file=" + identity.key());
    return start(Stream.concat(tls, Stream.of(settings)).toArray(String[]::new));
  }

  static Postgres start(Wish wish, String... settings) {
    return start(search().find(wish, ADVICE), settings);
  }

  static Postgres start(Binaries binaries, String... settings) {
    return start(binaries, data -> {}, settings);
  }

  /** Starts a server on a data folder that something is done to before. */
  private static Postgres start(Binaries binaries, Consumer<Path> before, String... settings) {
    String name = nextName("postgres");
    Path template = template("postgres" + binaries.id(), data -> initialize(binaries, data));
    Path data = copyOf(template, name);
    before.accept(data);
    Database admin = local("postgresql", Scratch.port(), "postgres", "postgres");
    Command command = command(binaries, data, admin.port(), settings);
    // SIGQUIT: an immediate end that leaves no shared memory behind.
    ServerProcess process =
        new ServerProcess(new ServerProcess.Plan(name, command, data, "QUIT", () -> ask(admin)));
    process.start();
    return new Postgres(admin, process);
  }

  /** Where private servers come from. */
  static Binaries binaries() {
    return search().find(Wish.of(VARIABLE).withoutAddress(), ADVICE);
  }

  /**
   * Starts a server that follows another. Both begin with copies of one folder, so there is nothing
   * to transfer but what the other has written since.
   */
  static Postgres follow(Binaries binaries, Database primary, String applicationName) {
    return start(
        binaries,
        Postgres::markAsStandby,
        "primary_conninfo=host=%s port=%d user=%s password=%s application_name=%s"
            .formatted(primary.host(), primary.port(), primary.user(), PASSWORD, applicationName));
  }

  private static void markAsStandby(Path data) {
    try {
      Account.give(Files.createFile(data.resolve("standby.signal")));
    } catch (IOException e) {
      throw new TestbedException(data + ": " + e.getMessage(), e);
    }
  }

  static Postgres findShared(Wish wanted) {
    return findShared(
        "PostgreSQL server",
        wanted,
        database -> new Postgres(database, null),
        () -> Containers.postgres(PASSWORD),
        wish -> start(wish).admin());
  }

  private static Command command(Binaries binaries, Path data, int port, String... settings) {
    List<String> line = new ArrayList<>(List.of("-D", data.toString(), "-p", "" + port));
    Stream.concat(
            Stream.of(
                "listen_addresses=127.0.0.1",
                "unix_socket_directories=",
                "fsync=on",
                "synchronous_commit=on",
                "full_page_writes=on",
                "recovery_init_sync_method=syncfs",
                "max_connections=200"),
            Stream.of(settings))
        .forEach(setting -> line.addAll(List.of("-c", setting)));
    return binaries.command("postgres", line);
  }

  private static void initialize(Binaries binaries, Path data) {
    try {
      Path password = Scratch.path(nextName("password"));
      Files.writeString(password, PASSWORD);
      Account.give(password);
      binaries
          .command(
              "initdb",
              List.of(
                  "-D",
                  data.toString(),
                  "--no-sync",
                  "--username=postgres",
                  "--pwfile=" + password,
                  "--auth=scram-sha-256",
                  "--encoding=UTF8",
                  "--locale=C"))
          .run();
      Files.delete(password);
    } catch (IOException e) {
      throw new TestbedException("initdb: " + e.getMessage(), e);
    }
  }

  private static Binaries.Search search() {
    return new Binaries.Search(
        "postgres",
        distributionFolders(),
        binaries -> Files.isExecutable(binaries.folder().resolve("initdb")),
        Postgres::unpackArtifact);
  }

  /** Where Debian keeps one folder per version, the newest first. */
  private static List<Path> distributionFolders() {
    Path versions = Path.of("/usr/lib/postgresql");
    if (!Files.isDirectory(versions)) {
      return List.of();
    }
    try (Stream<Path> folders = Files.list(versions)) {
      return folders
          .filter(folder -> folder.getFileName().toString().matches("[0-9.]+"))
          .sorted(
              Comparator.comparing(
                  (Path path) -> -Double.parseDouble(path.getFileName().toString())))
          .map(folder -> folder.resolve("bin"))
          .toList();
    } catch (IOException e) {
      throw new TestbedException(versions + ": " + e.getMessage(), e);
    }
  }

  private static Binaries unpackArtifact() throws IOException {
    URL archive = Postgres.class.getResource(ARCHIVE);
    if (archive == null) {
      throw new TestbedException(ARCHIVE + " is not on the class path");
    }
    return unpack(archive);
  }

  private static Binaries unpack(URL archive) throws IOException {
    if (!isForThisMachine()) {
      throw new TestbedException("the Maven artifact is for Linux on amd64 only");
    }
    URLConnection opened = archive.openConnection();
    // Its size tells versions apart: the archive does not say which one it is.
    String name = "postgres-" + opened.getContentLengthLong();
    try (InputStream packed = opened.getInputStream()) {
      Path home = Cache.folder(name, folder -> untar(packed, folder));
      return new Binaries(home.resolve("bin"), Map.of());
    }
  }

  /** Whether the programs of Maven artifacts run here: Linux on amd64. */
  public static boolean isForThisMachine() {
    return System.getProperty("os.name").equals("Linux")
        && System.getProperty("os.arch").equals("amd64");
  }

  private static void untar(InputStream archive, Path folder) throws IOException {
    try (InputStream tar = new XZInputStream(archive)) {
      Command.of("tar", "-x", "--no-same-owner", "-C", folder.toString()).run(tar);
    }
  }
}
