package io.holdfast.rules;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.MemberSelectTree;
import com.sun.source.tree.MethodInvocationTree;
import com.sun.source.tree.MethodTree;
import io.holdfast.rules.Source.Node;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/** What a file of this repository must look like. */
enum Rule {
  LINES_FIT_100_COLUMNS(
      source ->
          source.isJava()
              ? lines(source, line -> line.length() > 100 && !line.startsWith("import "))
              : List.of()),

  METHODS_FIT_60_LINES(source -> source.isJava() ? nodes(source, Rule::isLongMethod) : List.of()),

  MAIN_FILES_FIT_500_LINES(source -> source.isMainJava() ? longerThan(source, 500) : List.of()),

  README_FITS_150_LINES(
      source -> source.path().equals("README.md") ? longerThan(source, 150) : List.of()),

  ONLY_THE_TOOL_PRINTS(
      source ->
          source.isMainJava() && !isRunForWhatItPrints(source)
              ? nodes(source, Rule::isConsole)
              : List.of()),

  TESTS_DO_NOT_SLEEP(
      source ->
          source.isJava() && source.path().contains("/src/test/")
              ? nodes(source, Rule::isSleep)
              : List.of()),

  NOTHING_IS_LEFT_FOR_LATER(source -> matches(source, "\\b(?:TO" + "DO|FIX" + "ME)\\b")),

  NAMES_SAY_SOMETHING(source -> source.isJava() ? nodes(source, Rule::isEmptyName) : List.of()),

  DOCUMENTS_HAVE_ONE_TITLE(source -> source.path().endsWith(".md") ? titles(source) : List.of()),

  NO_PATH_OF_ONE_MACHINE(source -> matches(source, "(?<![\\w.-])/(?:work|root|home)/")),

  NO_PACKAGE_HOST(
      source ->
          matches(
              source,
              "https?://(?:repo\\d?|registry|central|plugins|proxy|deb|pypi|ghcr|quay)\\."));

  private static final Pattern EMPTY_NAME = Pattern.compile(".*(?:Impl|Manager|Helper|Utils?)");

  @SuppressWarnings("ImmutableEnumChecker") // Functions without state.
  private final Function<Source, List<String>> check;

  Rule(Function<Source, List<String>> check) {
    this.check = check;
  }

  /** One line for each place that breaks the rule, beginning with the path of the file. */
  List<String> complaints(Source source) {
    return check.apply(source);
  }

  private static List<String> lines(Source source, Predicate<String> bad) {
    List<String> lines = source.lines();
    return IntStream.range(0, lines.size())
        .filter(i -> bad.test(lines.get(i)))
        .mapToObj(i -> at(source, i + 1, lines.get(i).strip()))
        .toList();
  }

  private static List<String> matches(Source source, String bad) {
    Pattern pattern = Pattern.compile(bad);
    return lines(source, line -> pattern.matcher(line).find());
  }

  private static List<String> longerThan(Source source, int linesMax) {
    int lines = source.lines().size();
    return lines > linesMax ? List.of(at(source, lines, lines + " lines")) : List.of();
  }

  private static List<String> titles(Source source) {
    long titles = 0;
    boolean code = false;
    for (String line : source.lines()) {
      code ^= line.startsWith("```");
      titles += !code && line.startsWith("# ") ? 1 : 0;
    }
    return titles == 1 ? List.of() : List.of(at(source, 1, titles + " titles"));
  }

  private static List<String> nodes(Source source, Predicate<Node> bad) {
    return source.nodes().stream()
        .filter(bad)
        .map(node -> at(source, node.firstLine(), node.tree().toString().strip()))
        .toList();
  }

  private static boolean isLongMethod(Node node) {
    return node.tree() instanceof MethodTree && node.lastLine() - node.firstLine() >= 60;
  }

  private static boolean isRunForWhatItPrints(Source source) {
    return Set.of("migration-tool", "benchmarks", "campaign").contains(source.module());
  }

  private static boolean isConsole(Node node) {
    return node.tree() instanceof MemberSelectTree select
        && Set.of("System.out", "System.err").contains(select.toString());
  }

  private static boolean isSleep(Node node) {
    return node.tree() instanceof MethodInvocationTree call
        && call.getMethodSelect() instanceof MemberSelectTree select
        && select.getIdentifier().contentEquals("sleep");
  }

  private static boolean isEmptyName(Node node) {
    return node.tree() instanceof ClassTree type
        && EMPTY_NAME.matcher(type.getSimpleName()).matches();
  }

  private static String at(Source source, long line, String what) {
    String firstLine = what.lines().findFirst().orElse("");
    return source.path() + ":" + line + ": " + firstLine;
  }
}
