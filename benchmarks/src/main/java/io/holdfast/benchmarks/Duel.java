package io.holdfast.benchmarks;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Measures two sides in turns, so that both meet the same moods of the machine. Before that both
 * work until the compilers of all JVMs that take part have come to rest: ten JVMs that have just
 * begun spend more time on compiling than on their work, which is not what a service does.
 */
final class Duel {
  private static final int WARM_UPS_MOST = 20;

  /** The part of a processor that compilers at rest take. */
  private static final double REST = 0.04;

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
    warmUp(
        time -> {
          ours.measure(time);
          return theirs.measure(time);
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
    warmUp(ours);
    List<Double> our = new ArrayList<>();
    for (int round = 0; round < scale.rounds(); round++) {
      our.add(ours.measure(scale.round()));
    }
    return Result.alone(figure, our);
  }

  private void warmUp(Side turn) throws Exception {
    int most = scale.times(WARM_UPS_MOST);
    double compiling = 1;
    for (int i = 0; i < most && compiling > REST; i++) {
      long begun = System.nanoTime();
      long before = compiledMillis();
      turn.measure(scale.round());
      compiling = (compiledMillis() - before) * 1e6 / (System.nanoTime() - begun);
    }
  }

  /** What all compilers have taken so far. */
  private long compiledMillis() throws Exception {
    long sum = ownCompiledMillis();
    for (Child child : children) {
      sum += Long.parseLong(child.ask(Child.COMPILED));
    }
    return sum;
  }

  /** What this JVM's compilers have taken so far. */
  static long ownCompiledMillis() {
    return ManagementFactory.getCompilationMXBean().getTotalCompilationTime();
  }
}
