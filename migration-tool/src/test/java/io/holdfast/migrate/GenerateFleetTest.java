package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class GenerateFleetTest {
  @TempDir Path folder;

  private static Run generate(String to, String... more) {
    String[] all = new String[6 + more.length];
    String[] first = {"generate", "fleet", "--agents=300", "--entries-per-agent=7", "--to=" + to};
    System.arraycopy(first, 0, all, 0, 5);
    System.arraycopy(more, 0, all, 5, more.length);
    all[5 + more.length] = "--debug";
    return Run.of(all);
  }

  private static List<JsonObject> records(Store store) {
    try (Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
      return MigratedTruthTest.records(datastore.snapshot());
    }
  }

  @Test
  void theSameSeedGivesTheSameFleetInAStoreAndInSpiresTables() throws Exception {
    String database = "jdbc:sqlite:" + folder.resolve("spire.db");
    try (Store store = Store.open("memory:fleet");
        Store migrated = Store.open("memory:fleet-migrated");
        Store other = Store.open("memory:fleet-other")) {
      Run run = generate("memory:fleet");
      assertEquals(0, run.exit(), run.err());
      assertTrue(
          run.out().startsWith("Generated 300 agents and 2,100 entries in memory:fleet in "));
      List<JsonObject> fleet = records(store);
      assertEquals(6 + 300 + 2_100, fleet.size());
      Run tables = generate(database);
      assertEquals(0, tables.exit(), tables.err());
      Run back = Run.of("migrate", "legacy", "--from=" + database, "--to=memory:fleet-migrated");
      assertEquals(0, back.exit(), back.err());
      assertTrue(back.out().contains("Nothing was left out."), back.out());
      MigratedTruthTest.assertSame(fleet, records(migrated));
      assertEquals(0, generate("memory:fleet-other", "--seed=2").exit());
      assertNotEquals(fleet, records(other));
    }
  }

  @Test
  void everyIdIsThereOnce() {
    Set<String> ids = new HashSet<>();
    Fleet fleet = new Fleet(500, 3, 42);
    long[] count = {0};
    fleet.forEach(
        item -> {
          count[0]++;
          assertTrue(ids.add(item.type() + " " + item.message().toByteString()));
        });
    assertEquals(fleet.size(), count[0]);
  }

  @Test
  void aStoreWithDataIsRefused() {
    try (Store store = Store.open("memory:fleet-full")) {
      assertTrue(store.limits().keyBytesMax() > 0);
      assertEquals(0, generate("memory:fleet-full").exit());
      Run again = generate("memory:fleet-full");
      assertEquals(ExitCode.TARGET_NOT_EMPTY.number(), again.exit(), again.err());
    }
    Run wrong =
        Run.of("generate", "fleet", "--agents=-1", "--entries-per-agent=1", "--to=memory:x");
    assertEquals(ExitCode.USAGE.number(), wrong.exit(), wrong.err());
  }
}
