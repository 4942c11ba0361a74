package io.holdfast.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Shows that each rule complains about a file that breaks it, and about nothing else. */
final class RuleTest {

  private static final String MAIN = "cache/src/main/java/A.java";
  private static final String TEST = "cache/src/test/java/A.java";

  private static final Source GOOD =
      new Source(
          MAIN,
          """
          import a.%s;
          /** Not System.out, not Thread.sleep(1). */
          final class Implicit {
            String text = "System.out";
            void sixtyLines() {
          %s  }
          }
          """
              .formatted("a".repeat(100), "    f();\n".repeat(58)));

  private static final Map<Rule, Source> BAD =
      Map.ofEntries(
          Map.entry(Rule.LINES_FIT_100_COLUMNS, new Source(TEST, "//" + "x".repeat(99))),
          Map.entry(
              Rule.METHODS_FIT_60_LINES,
              new Source(TEST, "class A {\nvoid f() {\n" + "f();\n".repeat(59) + "}\n}")),
          Map.entry(Rule.MAIN_FILES_FIT_500_LINES, new Source(MAIN, "//\n".repeat(501))),
          Map.entry(Rule.README_FITS_150_LINES, new Source("README.md", "# A\n".repeat(151))),
          Map.entry(
              Rule.ONLY_THE_TOOL_PRINTS,
              new Source(MAIN, "class A { void f() { System.err.print(1); } }")),
          Map.entry(
              Rule.TESTS_DO_NOT_SLEEP,
              new Source(TEST, "class A { void f() { Thread.sleep(1); } }")),
          Map.entry(Rule.NOTHING_IS_LEFT_FOR_LATER, new Source("pom.xml", "<!-- TO" + "DO -->")),
          Map.entry(
              Rule.NAMES_SAY_SOMETHING, new Source(MAIN, "class A { record StoreUtils() {} }")),
          Map.entry(Rule.DOCUMENTS_HAVE_ONE_TITLE, new Source("docs/a.md", "# A\n\n## B\n# C\n")),
          Map.entry(Rule.NO_PATH_OF_ONE_MACHINE, new Source("a.txt", "see /ho" + "me/me/x")),
          Map.entry(Rule.NO_PACKAGE_HOST, new Source(".ci/run", "curl https://pypi" + ".org/x")));

  @ParameterizedTest
  @EnumSource
  void complainsAboutABadFileOnce(Rule rule) {
    Source bad = BAD.get(rule);
    List<String> complaints = rule.complaints(bad);
    assertEquals(1, complaints.size(), complaints::toString);
    assertTrue(complaints.get(0).startsWith(bad.path() + ":"), complaints::toString);
  }

  @ParameterizedTest
  @EnumSource
  void isContentWithAGoodFile(Rule rule) {
    assertEquals(List.of(), rule.complaints(GOOD));
  }

  @Test
  void theToolMayPrintAndCodeInDocumentsMayHaveComments() {
    Source tool =
        new Source("migration-tool/src/main/java/A.java", "class A { Object o = System.out; }");
    Source document = new Source("a.md", "# Title\n```\n# comment\n```\n");
    assertEquals(List.of(), Rule.ONLY_THE_TOOL_PRINTS.complaints(tool));
    assertEquals(List.of(), Rule.DOCUMENTS_HAVE_ONE_TITLE.complaints(document));
  }

  @Test
  void publicTypesAreFoundWithTheirPackage() {
    Source source = new Source(MAIN, "package a.b; public interface C { class D {} } class E {}");
    assertEquals(List.of("a.b.C"), source.publicTypes());
  }
}
