package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever rows a database holds, it is migrated: each row is in the store or in the report. */
final class LegacyMutationTest {
  private static final int ROUNDS = Integer.getInteger("holdfast.mutations", 40);
  private static final long SEED = Long.getLong("holdfast.mutations.seed", 1);
  private static final List<String> NAMES =
      List.of(
          "migrated",
          "migrated",
          "spire-1.0.4",
          "spire-1.1.5",
          "spire-1.2.5",
          "spire-1.4.7",
          "spire-1.6.5",
          "spire-1.7.6",
          "spire-1.8.11",
          "spire-1.14.7");

  @TempDir Path folder;

  @Test
  void damagedRowsAreMigratedOrReportedAndComeBack() throws Exception {
    Map<String, Path> originals = new HashMap<>();
    Path damaged = folder.resolve("damaged.db");
    Path again = folder.resolve("again.db");
    for (long seed = SEED; seed < SEED + ROUNDS; seed++) {
      Random random = new Random(seed);
      String name = NAMES.get(random.nextInt(NAMES.size()));
      if (!originals.containsKey(name)) {
        originals.put(name, LegacyFixture.unpack(name, folder));
      }
      Files.copy(originals.get(name), damaged, StandardCopyOption.REPLACE_EXISTING);
      String done;
      try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + damaged)) {
        done = new LegacyMutation(connection, random).some();
      }
      for (String file : List.of("again.db", "again.db-wal", "again.db-shm")) {
        Files.deleteIfExists(folder.resolve(file));
      }
      String about = "seed %d, %s:\n%s\n".formatted(seed, name, done);
      new HostileRound("jdbc:sqlite:" + damaged, "jdbc:sqlite:" + again, about).run();
      assertTrue(Files.exists(again));
    }
  }
}
