package io.holdfast.datastore.spire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class MatchTest {
  private static Set<Match> matches(List<Integer> has, List<Integer> asked) {
    Set<Match> matches = EnumSet.allOf(Match.class);
    matches.removeIf(match -> !match.test(has, new HashSet<>(asked)));
    return matches;
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 64, 65, 50_000})
  void manyAreComparedAsFewAre(int size) {
    List<Integer> all = IntStream.range(0, size).boxed().toList();
    List<Integer> reversed = new ArrayList<>(all);
    Collections.reverse(reversed);
    List<Integer> fewer = all.subList(1, size);
    List<Integer> others = IntStream.range(size, 2 * size).boxed().toList();
    List<Integer> shifted = IntStream.range(1, size + 1).boxed().toList();
    assertEquals(EnumSet.allOf(Match.class), matches(reversed, all));
    assertEquals(EnumSet.of(Match.SUPERSET, Match.ANY), matches(reversed, fewer));
    assertEquals(EnumSet.of(Match.SUBSET, Match.ANY), matches(fewer, all));
    assertEquals(EnumSet.of(Match.ANY), matches(shifted, all));
    assertEquals(EnumSet.noneOf(Match.class), matches(others, all));
    assertEquals(EnumSet.noneOf(Match.class), matches(List.of(), all));
  }
}
