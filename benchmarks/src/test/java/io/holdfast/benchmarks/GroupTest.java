package io.holdfast.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Runs every benchmark for a moment, so that none of them rots. */
final class GroupTest {

  @ParameterizedTest
  @EnumSource
  @Timeout(900)
  void everyFigureIsMeasured(Group group) throws Exception {
    List<Result> results = new ArrayList<>();
    group.run(Scale.TINY, results::add);
    assertFalse(results.isEmpty());
    for (Result result : results) {
      assertTrue(Double.isFinite(result.value()), result.toString());
      assertTrue(result.ours().stream().allMatch(value -> value >= 0), result.toString());
      assertTrue(result.theirs().stream().allMatch(value -> value > 0), result.toString());
    }
    assertEquals(
        results.size(),
        results.stream()
            .map(result -> result.figure().what() + result.figure().peer())
            .collect(Collectors.toSet())
            .size(),
        "each figure is named once");
  }
}
