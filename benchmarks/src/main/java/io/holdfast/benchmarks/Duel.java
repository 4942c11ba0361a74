package io.holdfast.benchmarks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Measures two sides in turns, so that both meet the same moods of the machine. */
final class Duel {
  private final Scale scale;

  Duel(Scale scale) {
    this.scale = scale;
  }

  /** One side: works for about this long and says how it went, in the figure's unit. */
  interface Side {
    double measure(Duration time) throws Exception;
  }

  /** Ours, theirs, ours, theirs, after a turn of each that does not count. */
  Result run(Figure figure, Side ours, Side theirs) throws Exception {
    ours.measure(scale.round());
    theirs.measure(scale.round());
    List<Double> our = new ArrayList<>();
    List<Double> their = new ArrayList<>();
    for (int round = 0; round < scale.rounds(); round++) {
      our.add(ours.measure(scale.round()));
      their.add(theirs.measure(scale.round()));
    }
    return new Result(figure, our, their);
  }

  /** A figure without a peer, after a turn that does not count. */
  Result run(Figure figure, Side ours) throws Exception {
    ours.measure(scale.round());
    List<Double> our = new ArrayList<>();
    for (int round = 0; round < scale.rounds(); round++) {
      our.add(ours.measure(scale.round()));
    }
    return Result.alone(figure, our);
  }
}
