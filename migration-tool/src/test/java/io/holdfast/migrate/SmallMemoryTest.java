package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SmallMemoryTest {
  /** Held in memory they would take more than the process is given. */
  private static final int EVENTS = 200_000;

  @TempDir Path folder;

  @Test
  void memoryDoesNotGrowWithTheDatabase() throws Exception {
    Path source = LegacyFixture.unpack("migrated", folder);
    LegacyFixture.change(
        source,
        "DELETE FROM registered_entries_events",
        """
        WITH RECURSIVE numbers(i) AS (
          SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < %d)
        INSERT INTO registered_entries_events (entry_id)
        SELECT printf('%%0200d', i) FROM numbers
        """
            .formatted(EVENTS));
    try (Child child =
        Child.start(
            List.of(),
            List.of("-Xmx40m"),
            folder,
            "migrate",
            "legacy",
            "--from=jdbc:sqlite:" + source,
            "--to=sqlite:" + folder.resolve("target.db"),
            "--output=json")) {
      assertEquals(0, child.exit(), child.err());
      assertTrue(
          child.out().contains("\"kind\":\"entry_event\",\"read\":200000,\"stored\":200000"),
          child.out());
    }
  }
}
