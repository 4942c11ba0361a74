package io.holdfast.benchmarks;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A figure as it was measured.
 *
 * @param ours one number for each round
 * @param theirs the peer's, for the same rounds; empty when there is none
 */
record Result(Figure figure, List<Double> ours, List<Double> theirs) {
  Result {
    ours = List.copyOf(ours);
    theirs = List.copyOf(theirs);
    if (ours.isEmpty() || theirs.size() != (figure.hasPeer() ? ours.size() : 0)) {
      throw new IllegalArgumentException(
          figure.what() + ": " + ours.size() + " rounds, " + theirs.size() + " of the peer");
    }
  }

  static Result alone(Figure figure, List<Double> values) {
    return new Result(figure, values, List.of());
  }

  /** What the bound is about, for each round: the ratio of two neighbours in time, or our value. */
  List<Double> values() {
    return figure.hasPeer()
        ? IntStream.range(0, ours.size()).mapToObj(i -> ours.get(i) / theirs.get(i)).toList()
        : ours;
  }

  double value() {
    return Numbers.median(values());
  }
}
