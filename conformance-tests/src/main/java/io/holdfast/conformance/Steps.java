package io.holdfast.conformance;

import static io.holdfast.conformance.Bytes.key;
import static io.holdfast.conformance.Bytes.raw;

import io.holdfast.store.Key;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.RandomDistribution;
import net.jqwik.api.Shrinkable;
import net.jqwik.api.Tuple;
import net.jqwik.api.sessions.JqwikSession;

/** Random histories: jqwik draws them, and makes those that fail smaller. */
final class Steps {
  /** Few, so that they collide, and such that every boundary lies between two of them. */
  private static final List<Key> KEYS =
      List.of(
          raw(0),
          raw(0, 0),
          key("A"),
          key("a"),
          raw('a', 0),
          key("a "),
          key("aa"),
          raw('a', 0xFF),
          raw('a', 0xFF, 0xFF),
          key("b"),
          key("b".repeat(300)),
          raw(0x7F),
          raw(0x80),
          raw(0xFF),
          raw(0xFF, 0),
          raw(0xFF, 0xFF));

  private Steps() {}

  /**
   * Draws a history and tries it.
   *
   * @param patience how long to look for a smaller history that fails too
   * @param passes whether a history ends well
   * @return the smallest history that was found not to, or an empty one
   */
  static List<Step> findFailing(
      long seed, int steps, Duration patience, Predicate<List<Step>> passes) {
    Shrinkable<?>[] found = new Shrinkable<?>[1];
    JqwikSession.run(
        () -> {
          Shrinkable<List<Step>> drawn =
              step()
                  .list()
                  .ofMaxSize(steps)
                  .withSizeDistribution(RandomDistribution.uniform())
                  .generator(1000)
                  .next(new Random(seed));
          found[0] = passes.test(drawn.value()) ? null : smallest(drawn, patience, passes);
        });
    return found[0] == null
        ? List.of()
        : ((List<?>) found[0].value()).stream().map(Step.class::cast).toList();
  }

  private static Shrinkable<List<Step>> smallest(
      Shrinkable<List<Step>> failing, Duration patience, Predicate<List<Step>> passes) {
    long end = System.nanoTime() + patience.toNanos();
    Shrinkable<List<Step>> smallest = failing;
    boolean shrunk = true;
    while (shrunk && System.nanoTime() - end < 0) {
      var smaller =
          smallest
              .shrink()
              .takeWhile(candidate -> System.nanoTime() - end < 0)
              .filter(candidate -> !passes.test(candidate.value()))
              .findFirst();
      shrunk = smaller.isPresent();
      smallest = smaller.orElse(smallest);
    }
    return smallest;
  }

  private static Arbitrary<Step> step() {
    Arbitrary<List<Step.Op>> ops = op().list().ofMinSize(1).ofMaxSize(5);
    return Combinators.combine(
            Arbitraries.frequency(
                Tuple.of(5, Step.Kind.COMMIT),
                Tuple.of(3, Step.Kind.INTERLEAVED),
                Tuple.of(3, Step.Kind.READ),
                Tuple.of(1, Step.Kind.ABORT),
                Tuple.of(1, Step.Kind.WATCH)),
            Arbitraries.integers().between(0, 1),
            ops,
            ops,
            Arbitraries.integers().between(0, 12))
        .as(Step::new);
  }

  private static Arbitrary<Step.Op> op() {
    return Combinators.combine(
            Arbitraries.of(Step.Op.Verb.class),
            Arbitraries.of(KEYS),
            Arbitraries.of(KEYS),
            Arbitraries.integers().between(0, 99))
        .as(Step.Op::new);
  }
}
