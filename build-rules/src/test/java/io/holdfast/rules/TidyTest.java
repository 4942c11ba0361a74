package io.holdfast.rules;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.mapping;
import static java.util.stream.Collectors.toSet;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Holds the sources of the whole repository against the rules. */
final class TidyTest {

  private static final String PUBLIC_TYPES = "build-rules/src/test/resources/public-types.txt";

  private static final List<Source> SOURCES = Repository.sources();

  @ParameterizedTest
  @EnumSource
  void everyFileKeeps(Rule rule) {
    List<String> complaints =
        SOURCES.stream().flatMap(source -> rule.complaints(source).stream()).toList();
    if (!complaints.isEmpty()) {
      fail(rule + ":\n" + String.join("\n", complaints));
    }
  }

  @Test
  void publicTypesAreTheOnesThatWereDecided() {
    TreeSet<String> decided =
        SOURCES.stream()
            .filter(source -> source.path().equals(PUBLIC_TYPES))
            .flatMap(source -> source.lines().stream())
            .filter(line -> !line.startsWith("#"))
            .collect(Collectors.toCollection(TreeSet::new));
    TreeSet<String> found =
        SOURCES.stream()
            .filter(Source::isMainJava)
            .flatMap(
                source -> source.publicTypes().stream().map(name -> source.module() + " " + name))
            .collect(Collectors.toCollection(TreeSet::new));
    String difference = difference(decided, found);
    if (!difference.isEmpty()) {
      fail(
          "Public is a decision. Make the types with + package-private, or edit "
              + PUBLIC_TYPES
              + ": add the lines with +, remove those with -.\n"
              + difference);
    }
  }

  @Test
  void everyPackageBelongsToOneModule() {
    Map<String, Set<String>> modules =
        SOURCES.stream()
            .filter(Source::isMainJava)
            .collect(groupingBy(Source::packageName, mapping(Source::module, toSet())));
    modules.values().removeIf(names -> names.size() == 1);
    assertEquals(Map.of(), modules);
  }

  private static String difference(Set<String> decided, Set<String> found) {
    TreeSet<String> lines = new TreeSet<>();
    decided.stream().filter(name -> !found.contains(name)).forEach(name -> lines.add("- " + name));
    found.stream().filter(name -> !decided.contains(name)).forEach(name -> lines.add("+ " + name));
    return String.join("\n", lines);
  }
}
