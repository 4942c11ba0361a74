package io.holdfast.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures two sides in turns, so that both meet the same moods of the machine, when the compilers
 * of all JVMs that take part have come to rest.
 */
final class Duel {
  private final Scale scale;
  private final List<Child> children;

  Duel(Scale scale) {
    this(scale, List.of());
  }

  /** With processes that take part. */
  Duel(Scale scale, List<Child> children) {
    this.scale = scale;
    this.children = List.copyOf(children);
  }

  /** One side: works for about this long and says how it went, in the figure's unit. */
  interface Side {
    double measure(Duration time) throws Exception;
  }

  /** Ours, theirs, ours, theirs, after turns that do not count. */
  Result run(Figure figure, Side ours, Side theirs) throws Exception {
    Compilers.settle(
        scale,
        children,
        () -> {
          ours.measure(scale.round());
          theirs.measure(scale.round());
        });
    List<Double> our = new ArrayList<>();
    List<Double> their = new ArrayList<>();
    for (int round = 0; round < scale.rounds(); round++) {
      our.add(ours.measure(scale.round()));
      their.add(theirs.measure(scale.round()));
    }
    return new Result(figure, our, their);
  }

  /** A figure without a peer, after turns that do not count. */
  Result run(Figure figure, Side ours) throws Exception {
    Compilers.settle(scale, children, () -> ours.measure(scale.round()));
    List<Double> our = new ArrayList<>();
    for (int round = 0; round < scale.rounds(); round++) {
      our.add(ours.measure(scale.round()));
    }
    return Result.alone(figure, our);
  }
}
