package io.holdfast.conformance;

import static org.junit.platform.engine.discovery.DiscoverySelectors.selectMethod;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.discovery.MethodSelector;
import org.junit.platform.engine.support.descriptor.MethodSource;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.junit.platform.testkit.engine.Event;

/**
 * One run of the kit, or of a part of it, against a store, from inside a test.
 *
 * @param tests how many tests ran
 * @param failures the names of the tests that failed, by the rules that they failed by
 */
record KitRun(long tests, Map<String, Set<String>> failures) {
  private static final Pattern RULE = Pattern.compile("^\\[([A-Z]\\d+)\\] ");

  /** The store that is run; the kit makes the test's instance itself. */
  private static volatile Supplier<StoreHarness> harnesses;

  /** What the kit runs; not named as a test, so that only this class runs it. */
  static final class Subject implements StoreConformance {
    @Override
    public StoreHarness harness() {
      return harnesses.get();
    }
  }

  /** Runs every test of the kit. */
  static KitRun whole(Supplier<StoreHarness> store, long patienceMillis) {
    return of(store, patienceMillis, rule -> true);
  }

  /** Runs the tests that carry a rule. */
  static KitRun ofRule(String id, Supplier<StoreHarness> store, long patienceMillis) {
    return of(store, patienceMillis, rule -> List.of(rule.value()).contains(id));
  }

  private static KitRun of(
      Supplier<StoreHarness> store, long patienceMillis, Predicate<Rule> wanted) {
    harnesses = store;
    List<MethodSelector> tests =
        Arrays.stream(Subject.class.getMethods())
            .filter(method -> method.isAnnotationPresent(Rule.class))
            .filter(method -> wanted.test(method.getAnnotation(Rule.class)))
            .map(method -> selectMethod(Subject.class, method))
            .toList();
    var results =
        EngineTestKit.engine("junit-jupiter")
            .selectors(tests.toArray(new MethodSelector[0]))
            .configurationParameter("holdfast.conformance.scale", "0.5")
            .configurationParameter("holdfast.conformance.seed", "4711")
            .configurationParameter("holdfast.conformance.patience", "" + patienceMillis)
            .configurationParameter("holdfast.conformance.report", "")
            .execute();
    Map<String, Set<String>> failures = new TreeMap<>();
    results.testEvents().failed().stream().forEach(event -> add(failures, event));
    return new KitRun(results.testEvents().started().count(), failures);
  }

  private static void add(Map<String, Set<String>> failures, Event event) {
    Method test =
        ((MethodSource) event.getTestDescriptor().getSource().orElseThrow()).getJavaMethod();
    String message =
        event
            .getRequiredPayload(TestExecutionResult.class)
            .getThrowable()
            .map(Throwable::getMessage)
            .orElse("");
    Matcher named = RULE.matcher(message);
    String rule = named.find() ? named.group(1) : "none";
    failures.computeIfAbsent(rule, r -> new TreeSet<>()).add(test.getName());
  }
}
