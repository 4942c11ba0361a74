package io.holdfast.migrate;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;

/** The databases that SPIRE wrote, unpacked into a test's own folder. */
final class LegacyFixture {
  private static final Path EXAMPLES =
      Path.of(System.getProperty("basedir", "."), "..", "examples", "legacy");

  private LegacyFixture() {}

  /** Unpacks a database, with its write-ahead log if it has one. */
  static Path unpack(String name, Path folder) throws IOException {
    Path database = folder.resolve(name + ".db");
    try (InputStream packed = database(name)) {
      Files.copy(packed, database);
    }
    if (name.endsWith("-wal")) {
      try (InputStream log = resource(name + ".db-wal.gz")) {
        Files.copy(log, folder.resolve(name + ".db-wal"));
      }
    }
    return database;
  }

  private static InputStream database(String name) throws IOException {
    return name.equals("fleet")
        ? new GZIPInputStream(Files.newInputStream(EXAMPLES.resolve("spire-fleet.sqlite.db.gz")))
        : resource(name + ".db.gz");
  }

  private static InputStream resource(String name) throws IOException {
    return new GZIPInputStream(LegacyFixture.class.getResourceAsStream("/legacy/" + name));
  }

  /** What the SPIRE that wrote the database reads from it, one JSON object per line. */
  static List<String> truth(String name) throws IOException {
    return lines(name + ".truth.jsonl.gz");
  }

  /** The same for a database on a server. */
  static List<String> truth(String name, LegacyServers server) throws IOException {
    String own = name + server.suffix() + ".truth.jsonl.gz";
    return LegacyFixture.class.getResource("/legacy/" + own) == null ? truth(name) : lines(own);
  }

  /** What the SPIRE of schema 25 reads from the database, after it migrated an older one. */
  static List<String> truthOfToday(String name) throws IOException {
    String today = name + ".truth25.jsonl.gz";
    boolean differs = LegacyFixture.class.getResource("/legacy/" + today) != null;
    return differs ? lines(today) : truth(name);
  }

  /** Which entries SPIRE gives to each agent, one JSON object per line. */
  static List<String> entitled(String name) throws IOException {
    return lines(name + ".entitled.jsonl.gz");
  }

  private static List<String> lines(String name) throws IOException {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(resource(name), StandardCharsets.UTF_8))) {
      return lines.lines().toList();
    }
  }

  static LegacyDatabase open(Path database) {
    return LegacyDatabase.open(
        "jdbc:sqlite:" + database, SourceOptions.waiting(Duration.ofMillis(200)));
  }

  /** Changes a database and leaves it as a stopped server does. */
  static void change(Path database, String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + database);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql);
      }
    }
  }

  static List<LegacyRecord> records(LegacyDatabase source) {
    List<LegacyRecord> records = new ArrayList<>();
    source.read(records::add);
    return records;
  }

  /** Names and contents of all files in a folder. */
  static Map<String, Integer> contents(Path folder) throws IOException {
    Map<String, Integer> contents = new TreeMap<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        contents.put(file.getFileName().toString(), Arrays.hashCode(Files.readAllBytes(file)));
      }
    }
    return contents;
  }
}
