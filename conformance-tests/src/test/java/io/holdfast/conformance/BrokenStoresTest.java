package io.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The kit's own proof: it catches every broken store by a test of the rule that it breaks. */
final class BrokenStoresTest {
  private static final long PATIENCE_MILLIS = 500;

  private static final List<String> TABLE = new ArrayList<>();

  static List<BrokenStore> brokenStores() {
    return BrokenStores.ALL;
  }

  @ParameterizedTest
  @MethodSource("brokenStores")
  void isCaughtByTheRuleItBreaks(BrokenStore broken) {
    BrokenHistories.leakedThreadsEnd = new CountDownLatch(1);
    KitRun run;
    try {
      run = KitRun.ofRule(broken.rule(), broken::harness, PATIENCE_MILLIS);
    } finally {
      BrokenHistories.leakedThreadsEnd.countDown();
    }
    Set<String> catchers = run.failures().getOrDefault(broken.rule(), Set.of());
    TABLE.add(row(broken, run.failures(), catchers));
    assertTrue(run.tests() > 0, "no test of the kit carries " + broken.rule());
    assertTrue(
        !catchers.isEmpty(),
        () ->
            broken.name()
                + " breaks "
                + broken.rule()
                + ", but no test said so; failures by rule: "
                + run.failures());
  }

  @Test
  void theSameStoreWithoutAFaultPasses() {
    BrokenStore sound = BrokenStore.of("sound", "none", store -> store);
    assertEquals(Map.of(), KitRun.whole(sound::harness, 30_000).failures(), "failures by rule");
  }

  @Test
  void theDocumentNamesEachOfThem() throws IOException {
    String document = Files.readString(Path.of("..", "docs", "conformance.md"));
    for (BrokenStore broken : BrokenStores.ALL) {
      String row = "| " + broken.name() + " | " + broken.rule() + " | ";
      assertTrue(document.contains(row), "docs/conformance.md: record it anew: " + row);
    }
  }

  private static String row(
      BrokenStore broken, Map<String, Set<String>> failures, Set<String> catchers) {
    String tests =
        catchers.isEmpty()
            ? "**nobody**"
            : catchers.stream().limit(3).reduce((a, b) -> a + ", " + b).orElseThrow()
                + (catchers.size() > 3 ? " and " + (catchers.size() - 3) + " more" : "");
    Set<String> others = new TreeSet<>(failures.keySet());
    others.remove(broken.rule());
    return "| "
        + String.join(" | ", broken.name(), broken.rule(), tests, String.join(" ", others))
        + " |";
  }

  @AfterAll
  static void printTheTable() throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("# Broken stores, and who catches them");
    lines.add("");
    lines.add("| broken store | breaks | caught by | also fails |");
    lines.add("|---|---|---|---|");
    lines.addAll(TABLE);
    Path folder = Files.createDirectories(Path.of("target", "conformance"));
    Files.write(folder.resolve("broken-stores.md"), lines);
    lines.forEach(System.out::println);
  }
}
