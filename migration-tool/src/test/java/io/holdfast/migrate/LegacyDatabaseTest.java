package io.holdfast.migrate;

import static io.holdfast.migrate.LegacyTable.JOIN_TOKENS;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_CHANGED;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_LOCKED;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_MISSING;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_NOT_A_DATABASE;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_NOT_SPIRE;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_UNREADABLE;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_URL;
import static io.holdfast.migrate.MigrationException.Kind.SOURCE_VERSION;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.migrate.MigrationException.Kind;
import java.io.RandomAccessFile;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LegacyDatabaseTest {
  private static final String ADD_TOKEN =
      "INSERT INTO join_tokens (token, expiry) VALUES ('%s', 1)";

  @TempDir Path folder;

  /** Opens and reads; the source must stay as it is, and the error be one line that names it. */
  private String refused(Kind kind, Path database) throws Exception {
    Map<String, Integer> before = LegacyFixture.contents(folder);
    MigrationException error = assertThrows(MigrationException.class, () -> readAll(database));
    assertEquals(kind, error.kind(), error.getMessage());
    assertTrue(error.getMessage().contains(database.toString()), error.getMessage());
    assertTrue(error.getMessage().contains("; "), "says what to do: " + error.getMessage());
    assertEquals(1, error.getMessage().lines().count());
    assertEquals(before, LegacyFixture.contents(folder));
    return error.getMessage();
  }

  private static void readAll(Path database) {
    try (LegacyDatabase source = LegacyFixture.open(database)) {
      source.read(record -> {});
    }
  }

  private static long tokens(LegacyDatabase source) {
    return source.read(record -> {}).given().get(JOIN_TOKENS);
  }

  @Test
  void everyKindOfErrorHasItsOwnExitCode() {
    assertEquals(
        Kind.values().length, Arrays.stream(Kind.values()).map(Kind::exitCode).distinct().count());
    assertTrue(Arrays.stream(Kind.values()).allMatch(k -> k.exitCode() > 9 && k.exitCode() < 40));
  }

  @Test
  void tellsWhoWroteTheDatabase() throws Exception {
    try (LegacyDatabase source = LegacyFixture.open(LegacyFixture.unpack("varied", folder))) {
      assertEquals(25, source.schemaVersion());
      assertEquals("1.16.0-dev-unk", source.codeVersion());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fleet", "varied", "varied-wal", "migrated", "aliases"})
  void leavesTheSourceAndItsFolderAsTheyAre(String name) throws Exception {
    Path database = LegacyFixture.unpack(name, folder);
    Map<String, Integer> before = LegacyFixture.contents(folder);
    try (LegacyDatabase source = LegacyFixture.open(database)) {
      source.read(record -> {});
      assertEquals(before.keySet(), LegacyFixture.contents(folder).keySet());
    }
    assertEquals(before, LegacyFixture.contents(folder));
  }

  @Test
  void readsAFileNameWithEveryOddCharacter() throws Exception {
    // Without a locale the JDK knows no file names but those of ASCII.
    boolean letters =
        Charset.forName(System.getProperty("sun.jnu.encoding")).newEncoder().canEncode('ü');
    String name = "a b?c#d%20e&mode=rw;" + (letters ? "ü" : "u");
    Path odd = Files.createDirectory(folder.resolve(name));
    try (LegacyDatabase source = LegacyFixture.open(LegacyFixture.unpack("migrated", odd))) {
      assertEquals(8, tokens(source));
    }
  }

  @Test
  void readsADatabaseInRollbackMode() throws Exception {
    Path database = LegacyFixture.unpack("migrated", folder);
    LegacyFixture.change(database, "PRAGMA journal_mode = DELETE");
    Map<String, Integer> before = LegacyFixture.contents(folder);
    try (LegacyDatabase source = LegacyFixture.open(database)) {
      assertEquals(8, tokens(source));
    }
    assertEquals(before, LegacyFixture.contents(folder));
  }

  @Test
  void seesOneStateWhileAServerGoesOnWriting() throws Exception {
    Path database = LegacyFixture.unpack("migrated", folder);
    try (OtherProcess server = new OtherProcess(database)) {
      server.execute(ADD_TOKEN.formatted("first"));
      try (LegacyDatabase source = LegacyFixture.open(database)) {
        server.execute(ADD_TOKEN.formatted("second"));
        assertEquals(9, tokens(source));
        server.execute(ADD_TOKEN.formatted("third"));
        assertEquals(9, tokens(source));
      }
      try (LegacyDatabase source = LegacyFixture.open(database)) {
        assertEquals(11, tokens(source));
      }
      server.execute(ADD_TOKEN.formatted("fourth"));
    }
  }

  @Test
  void readsWhatAKilledServerLeftBehind() throws Exception {
    Path database = LegacyFixture.unpack("migrated", folder);
    try (OtherProcess server = new OtherProcess(database)) {
      server.execute(ADD_TOKEN.formatted("last"));
    }
    assertTrue(Files.size(folder.resolve("migrated.db-wal")) > 0);
    var files = LegacyFixture.contents(folder).keySet();
    try (LegacyDatabase source = LegacyFixture.open(database)) {
      assertEquals(9, tokens(source));
    }
    assertEquals(files, LegacyFixture.contents(folder).keySet());
  }

  /** A journal that nobody has rolled back holds the rows as they were before a half-done write. */
  @Test
  void refusesWhatAServerThatWasKilledInAWriteLeftBehind() throws Exception {
    Path database = LegacyFixture.unpack("migrated", folder);
    LegacyFixture.change(database, "PRAGMA journal_mode = DELETE");
    List<LegacyRecord> whole;
    try (LegacyDatabase source = LegacyFixture.open(database)) {
      whole = LegacyFixture.records(source);
    }
    Path half = Files.createDirectory(folder.resolve("half")).resolve("migrated.db");
    try (OtherProcess server = new OtherProcess(database)) {
      server.execute("PRAGMA cache_size = 1");
      server.execute("BEGIN IMMEDIATE");
      server.execute("UPDATE registered_entries SET hint = printf('%0200d', id)");
      server.execute("UPDATE attested_node_entries SET data_type = printf('%0200d', id)");
      // What the disk holds at this moment is what a kill would leave.
      Files.copy(database, half);
      Files.copy(folder.resolve("migrated.db-journal"), half.resolveSibling("migrated.db-journal"));
    }
    Map<String, Integer> before = LegacyFixture.contents(half.getParent());
    MigrationException error = assertThrows(MigrationException.class, () -> readAll(half));
    assertEquals(SOURCE_UNREADABLE, error.kind(), error.getMessage());
    assertTrue(
        error.getMessage().contains("in the middle of a transaction"),
        error.getMessage() + ", " + error.getCause());
    assertEquals(before, LegacyFixture.contents(half.getParent()));
    LegacyFixture.change(half, "SELECT COUNT(*) FROM registered_entries");
    try (LegacyDatabase source = LegacyFixture.open(half)) {
      assertEquals(whole, LegacyFixture.records(source));
    }
  }

  @Test
  void noticesAServerThatStartsAndWritesMeanwhile() throws Exception {
    Path database = LegacyFixture.unpack("migrated", folder);
    try (LegacyDatabase source = LegacyFixture.open(database);
        OtherProcess server = new OtherProcess(database)) {
      server.execute(ADD_TOKEN.formatted("new"));
      assertEquals(8, tokens(source));
      server.execute("PRAGMA wal_checkpoint(PASSIVE)");
      MigrationException error = assertThrows(MigrationException.class, () -> tokens(source));
      assertEquals(SOURCE_CHANGED, error.kind());
    }
  }

  @Test
  void refusesAMissingFile() throws Exception {
    refused(SOURCE_MISSING, folder.resolve("nothing.db"));
  }

  @Test
  void refusesWhatIsNoDatabase() throws Exception {
    Path text = Files.writeString(folder.resolve("text.db"), "server { trust_domain = \"a\" }\n");
    Path longText = Files.writeString(folder.resolve("long.db"), "CREATE TABLE ".repeat(1000));
    Path empty = Files.createFile(folder.resolve("empty.db"));
    Path directory = Files.createDirectory(folder.resolve("directory.db"));
    for (Path path : List.of(text, longText, empty, directory)) {
      refused(SOURCE_NOT_A_DATABASE, path);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {200, 4096, 100_000, 340_000})
  void refusesATruncatedDatabase(int bytes) throws Exception {
    Path database = LegacyFixture.unpack("migrated", folder);
    try (RandomAccessFile file = new RandomAccessFile(database.toFile(), "rw")) {
      file.setLength(bytes);
    }
    refused(SOURCE_UNREADABLE, database);
  }

  @Test
  void refusesADatabaseWithADamagedPage() throws Exception {
    Path database = LegacyFixture.unpack("varied", folder);
    try (RandomAccessFile file = new RandomAccessFile(database.toFile(), "rw")) {
      for (int page = 1; page < file.length() / 4096; page++) {
        file.seek(page * 4096L);
        file.write(new byte[] {99, 99, 99, 99, 99, 99, 99, 99});
      }
    }
    refused(SOURCE_UNREADABLE, database);
  }

  @Test
  void refusesADatabaseThatIsNotSpires() throws Exception {
    Path other = folder.resolve("shop.db");
    LegacyFixture.change(other, "CREATE TABLE orders (id INTEGER)");
    refused(SOURCE_NOT_SPIRE, other);
    Path flyway = folder.resolve("flyway.db");
    LegacyFixture.change(flyway, "CREATE TABLE migrations (id INTEGER, version INTEGER)");
    refused(SOURCE_NOT_SPIRE, flyway);
    Path unfinished = LegacyFixture.unpack("migrated", folder);
    LegacyFixture.change(unfinished, "DROP TABLE selectors");
    assertTrue(refused(SOURCE_NOT_SPIRE, unfinished).contains("selectors"));
    LegacyFixture.change(unfinished, "DELETE FROM migrations");
    refused(SOURCE_NOT_SPIRE, unfinished);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 16, 26, Integer.MAX_VALUE})
  void refusesAnotherSchemaVersion(int version) throws Exception {
    Path database = LegacyFixture.unpack("migrated", folder);
    LegacyFixture.change(database, "UPDATE migrations SET version = " + version);
    assertTrue(refused(SOURCE_VERSION, database).contains("schema version " + version));
  }

  @Test
  void refusesAVersionWhoseColumnsOrTablesAreNotThere() throws Exception {
    Path database = LegacyFixture.unpack("spire-1.6.5", folder);
    LegacyFixture.change(database, "UPDATE migrations SET version = 24");
    String column = refused(SOURCE_NOT_SPIRE, database);
    assertTrue(column.contains("attested_node_entries.agent_version"), column);
    LegacyFixture.change(database, "UPDATE migrations SET version = 22");
    String table = refused(SOURCE_NOT_SPIRE, database);
    assertTrue(table.contains("registered_entries_events.id is missing, which"), table);
  }

  @ParameterizedTest
  @ValueSource(ints = {17, 19, 22, 24})
  void readsWhatADatabaseHasBeyondItsVersion(int version) throws Exception {
    Path database = LegacyFixture.unpack("migrated", folder);
    List<LegacyRecord> records;
    try (LegacyDatabase source = LegacyFixture.open(database)) {
      records = LegacyFixture.records(source);
    }
    LegacyFixture.change(database, "UPDATE migrations SET version = " + version);
    try (LegacyDatabase source = LegacyFixture.open(database)) {
      assertEquals(version, source.schemaVersion());
      assertEquals(records, LegacyFixture.records(source));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"WAL", "DELETE"})
  void refusesADatabaseThatAnotherProcessHasToItself(String mode) throws Exception {
    Path database = LegacyFixture.unpack("migrated", folder);
    try (OtherProcess other = new OtherProcess(database)) {
      other.execute("PRAGMA locking_mode = EXCLUSIVE");
      other.execute("PRAGMA journal_mode = " + mode);
      other.execute("BEGIN EXCLUSIVE");
      other.execute(ADD_TOKEN.formatted("half done"));
      refused(SOURCE_LOCKED, database);
    }
  }

  @Test
  void refusesOtherUrlsWithoutRepeatingTheirPassword() {
    for (String url :
        List.of(
            "jdbc:oracle://spire:hunter2@db/spire",
            "mysql://spire:hunter2@db/spire",
            "jdbc:sqlite:",
            "jdbc:sqlite:file:/x.db?mode=rw",
            "x.db")) {
      SourceOptions options = SourceOptions.waiting(Duration.ofSeconds(1));
      MigrationException error =
          assertThrows(MigrationException.class, () -> LegacyDatabase.open(url, options));
      assertEquals(SOURCE_URL, error.kind());
      assertFalse(error.getMessage().contains("hunter2"));
      assertTrue(error.getMessage().contains("jdbc:sqlite:FILE"));
    }
  }
}
