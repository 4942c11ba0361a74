package io.holdfast.rules;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The tests that the table of bad weather names are there, each in a module of its column. */
final class WeatherTableTest {
  private static final String TABLE = "docs/weather.md";
  private static final Pattern NAME = Pattern.compile("`(\\w+)\\.(\\w+)`");
  private static final Set<String> COMMON = Set.of("conformance-tests", "store-api", "campaign");

  /** The modules of the columns, the first of which names the weather. */
  private static final List<String> MODULES = List.of("", "store-sql", "store-sql", "store-etcd");

  @Test
  void eachTestThatIsNamedIsThere() {
    List<Source> sources = Repository.sources();
    Source table =
        sources.stream().filter(source -> source.path().equals(TABLE)).findFirst().orElseThrow();
    int named = 0;
    for (String line : table.lines()) {
      if (line.startsWith("|")) {
        String[] cells = line.substring(1).split("\\|");
        for (int i = 1; i < MODULES.size(); i++) {
          named += check(sources, MODULES.get(i), cells[i]);
        }
      }
    }
    assertTrue(named > 40, "only " + named + " tests are named");
  }

  private static int check(List<Source> sources, String module, String cell) {
    Matcher name = NAME.matcher(cell);
    int named = 0;
    while (name.find()) {
      String file = "/" + name.group(1) + ".java";
      String method = " void " + name.group(2) + "(";
      assertTrue(
          sources.stream()
              .filter(source -> source.path().endsWith(file))
              .filter(s -> s.module().equals(module) || COMMON.contains(s.module()))
              .anyMatch(source -> source.lines().stream().anyMatch(line -> line.contains(method))),
          () -> TABLE + " names a test that is not there: " + cell);
      named++;
    }
    return named;
  }
}
