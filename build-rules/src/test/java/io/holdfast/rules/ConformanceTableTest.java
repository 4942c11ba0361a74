package io.holdfast.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/conformance.md} shows every rule of the contract proven on every store. With the
 * system property {@code conformance.record} its tables are written anew, from what the kit left in
 * the modules' {@code target/conformance}.
 */
final class ConformanceTableTest {
  private static final Path DOCUMENT = Repository.root().resolve("docs/conformance.md");
  private static final String TABLES = "## Tests by rule and store";
  private static final Pattern RULE = Pattern.compile("^\\*\\*([A-Z]\\d+)\\. ", Pattern.MULTILINE);

  /** What the kit cannot prove alone, as the contract says. */
  private static final String NOT_TESTED = "W8";

  /** The stores, as the kit names them and as the table does. */
  private static final Map<String, String> STORES = new LinkedHashMap<>();

  static {
    STORES.put("Memory", "memory");
    STORES.put("Sqlite", "SQLite");
    STORES.put("Postgres", "PostgreSQL");
    STORES.put("MariaDb", "MariaDB");
    STORES.put("MySql", "MySQL");
    STORES.put("Etcd", "etcd");
    STORES.put("MvStore", "a stranger's plugin");
  }

  @Test
  void everyRuleIsProvenOnEveryStoreWithoutASkip() throws IOException {
    if (Boolean.getBoolean("conformance.record")) {
      record();
    }
    String text = Files.readString(DOCUMENT);
    List<String> rules =
        RULE.matcher(Files.readString(Repository.root().resolve("docs/contract.md")))
            .results()
            .map(match -> match.group(1))
            .toList();
    Map<String, List<String>> rows = rows(text.substring(text.indexOf(TABLES)));
    assertTrue(rules.size() >= 38, "rules that were found: " + rules);
    for (String rule : rules) {
      List<String> cells = rows.getOrDefault(rule, List.of());
      assertEquals(STORES.size(), cells.size(), rule + ": " + cells);
      String wanted = rule.equals(NOT_TESTED) ? "0" : "[1-9]\\d*";
      assertTrue(cells.stream().allMatch(cell -> cell.matches(wanted)), rule + ": " + cells);
    }
    assertEquals(List.copyOf(STORES.values()), rows.get("rule"));
  }

  /** The cells of the tables' rows behind the first one, by that. */
  private static Map<String, List<String>> rows(String text) {
    Map<String, List<String>> rows = new LinkedHashMap<>();
    text.lines()
        .filter(line -> line.startsWith("| "))
        .map(line -> List.of(line.substring(2).replaceFirst(" \\|$", "").split(" \\| ")))
        .forEach(cells -> rows.putIfAbsent(cells.get(0), cells.subList(1, cells.size())));
    return rows;
  }

  private static void record() throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add(TABLES);
    lines.add("");
    lines.add("| rule | " + String.join(" | ", STORES.values()) + " |");
    lines.add("|---".repeat(STORES.size() + 1) + "|");
    Map<String, Map<String, List<String>>> found = new LinkedHashMap<>();
    for (String store : STORES.keySet()) {
      found.put(store, rows(Files.readString(report(store + ".md"))));
    }
    for (String rule : found.get("Memory").keySet()) {
      if (rule.matches("[A-Z]\\d+|all")) {
        StringBuilder row = new StringBuilder("| " + rule + " |");
        found.values().forEach(rows -> row.append(' ').append(cell(rows.get(rule))).append(" |"));
        lines.add(row.toString());
      }
    }
    lines.add("");
    lines.add("## Broken stores and who catches them");
    List<String> broken = Files.readAllLines(report("broken-stores.md"));
    lines.addAll(broken.subList(1, broken.size()));
    String before = Files.readString(DOCUMENT);
    String head = before.substring(0, before.indexOf(TABLES));
    Files.writeString(DOCUMENT, head + String.join("\n", lines) + "\n");
  }

  /** The number of tests, or how many of them were green if not all. */
  private static String cell(List<String> counts) {
    return counts.get(0).equals(counts.get(1))
        ? counts.get(0)
        : counts.get(1) + " of " + counts.get(0);
  }

  private static Path report(String name) throws IOException {
    try (Stream<Path> files = Files.walk(Repository.root())) {
      return files
          .filter(file -> file.endsWith(Path.of("target", "conformance", name)))
          .findFirst()
          .orElseThrow(() -> new IOException("no " + name + ": build everything first"));
    }
  }
}
