package io.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The kit and the contract name the same rules. */
final class RulesTest {
  private static Set<String> tested() {
    return Arrays.stream(StoreConformance.class.getMethods())
        .filter(method -> method.isAnnotationPresent(Rule.class))
        .flatMap(method -> Stream.of(method.getAnnotation(Rule.class).value()))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void everyRuleHasATestOrAReasonWhyNot() {
    Set<String> expected = new TreeSet<>(Rules.all().keySet());
    expected.removeAll(Rules.NOT_TESTED.keySet());
    assertEquals(expected, tested());
  }

  @Test
  void theContractHasItsRules() {
    assertTrue(Rules.all().size() >= 38, "rules that were found: " + Rules.all().keySet());
    assertEquals(
        "A commit arrives as one batch with all its events in the ranges, sorted by key, never"
            + " torn, never mixed with another commit of another revision.",
        Rules.says("W2"));
    assertEquals("What was acknowledged stays.", Rules.says("C3").substring(0, 28));
  }

  @Test
  void whatIsSaidNotToBeTestedIsInTheContract() {
    assertTrue(Rules.all().keySet().containsAll(Rules.NOT_TESTED.keySet()));
    assertTrue(Rules.all().keySet().containsAll(Rules.TESTED_IN_PART.keySet()));
    assertTrue(tested().containsAll(Rules.TESTED_IN_PART.keySet()));
  }

  @Test
  void everyRuleThatAStoreCanBreakHasABrokenStore() {
    Set<String> broken =
        BrokenStores.ALL.stream()
            .map(BrokenStore::rule)
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> expected = tested();
    expected.removeAll(Rules.KEPT_BY_THE_FRONT.keySet());
    assertEquals(expected, broken);
  }

  @Test
  void noTwoBrokenStoresHaveOneName() {
    Set<String> names = new TreeSet<>();
    BrokenStores.ALL.forEach(
        broken -> assertTrue(names.add(broken.name()), "twice: " + broken.name()));
    assertFalse(names.isEmpty());
  }
}
