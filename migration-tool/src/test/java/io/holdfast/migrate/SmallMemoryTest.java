package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.testbed.Database;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class SmallMemoryTest {
  /** Held in memory they would take more than the process is given. */
  private static final int EVENTS = 200_000;

  private static final String NUMBERS =
      """
      WITH RECURSIVE numbers(i) AS (
        SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < %d)
      """
          .formatted(EVENTS);

  @TempDir Path folder;

  @Test
  void memoryDoesNotGrowWithTheDatabase() throws Exception {
    Path source = LegacyFixture.unpack("migrated", folder);
    LegacyFixture.change(
        source,
        "DELETE FROM registered_entries_events",
        NUMBERS
            + "INSERT INTO registered_entries_events (entry_id) SELECT printf('%0200d', i) FROM"
            + " numbers");
    migrate("jdbc:sqlite:" + source, Map.of());
    migrateBack();
  }

  private void migrateBack() throws Exception {
    try (Child child =
        Child.start(
            List.of(),
            List.of("-Xmx40m"),
            folder,
            "migrate",
            "legacy",
            "--back",
            "--from=sqlite:" + folder.resolve("target.db"),
            "--to=jdbc:sqlite:" + folder.resolve("back.db"),
            "--output=json")) {
      assertEquals(0, child.exit(), child.err());
      assertTrue(
          child.out().contains("\"kind\":\"entry_event\",\"read\":200000,\"stored\":200000"),
          child.out());
    }
  }

  @Test
  void aLineThatTakesMoreThanThereIsIsRefusedAndTheNextServed() throws Exception {
    String fetch = "{\"op\":\"FetchJoinToken\",\"args\":{\"token\":\"%s\"}}\n";
    int mebibyte = 1 << 20;
    try (Child child =
        Child.start(
            List.of(),
            List.of("-Xmx128m"),
            folder,
            "spire",
            "exec",
            "--store=sqlite:" + folder.resolve("lines.db"))) {
      String lines =
          fetch.formatted("x".repeat(63 * mebibyte))
              + fetch.formatted("x".repeat(3 * mebibyte))
              + fetch.formatted("x");
      child.in(lines.getBytes(StandardCharsets.UTF_8));
      assertEquals(0, child.exit(), child.err());
      List<String> answers = child.out().lines().toList();
      assertEquals(3, answers.size(), child.err());
      assertTrue(answers.get(0).contains("\"code\":\"InvalidArgument\""), answers.get(0));
      assertEquals(answers.get(1), answers.get(2), "none has that token");
    }
  }

  @ParameterizedTest
  @EnumSource
  void memoryDoesNotGrowWithTheDatabaseOfAServer(LegacyServers server) throws Exception {
    Database source = server.load("migrated");
    String fill = "INSERT INTO registered_entries_events (entry_id) ";
    LegacyServers.change(
        source,
        "DELETE FROM registered_entries_events",
        server == LegacyServers.PG
            ? NUMBERS + fill + "SELECT lpad(i::text, 200, '0') FROM numbers"
            : "SET SESSION max_recursive_iterations = 1000000",
        server == LegacyServers.PG
            ? "ANALYZE"
            : fill + NUMBERS + "SELECT lpad(i, 200, '0') FROM numbers");
    Map<String, String> credentials =
        Map.of(
            SourceOptions.USER_VARIABLE,
            source.user(),
            SourceOptions.PASSWORD_VARIABLE,
            source.password());
    migrate(source.jdbcUrl(), credentials);
  }

  private void migrate(String source, Map<String, String> environment) throws Exception {
    try (Child child =
        Child.start(
            List.of(),
            List.of("-Xmx40m"),
            environment,
            folder,
            "migrate",
            "legacy",
            "--from=" + source,
            "--to=sqlite:" + folder.resolve("target.db"),
            "--output=json")) {
      assertEquals(0, child.exit(), child.err());
      assertTrue(
          child.out().contains("\"kind\":\"entry_event\",\"read\":200000,\"stored\":200000"),
          child.out());
    }
  }
}
