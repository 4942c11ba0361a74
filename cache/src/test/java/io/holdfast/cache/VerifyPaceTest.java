package io.holdfast.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class VerifyPaceTest {
  private final VerifyPace pace = new VerifyPace(Duration.ofMinutes(1), 10_000, 1000);

  @Test
  void intervalGrowsWhileAllIsCleanAndShrinksAfterAFinding() {
    List<Long> minutes = new ArrayList<>();
    for (boolean clean : new boolean[] {true, true, true, true, false, true}) {
      pace.passed(clean);
      minutes.add(pace.interval().toMinutes());
    }
    assertEquals(List.of(2L, 4L, 8L, 8L, 1L, 2L), minutes);
  }

  @Test
  void everyPauseHasJitter() {
    for (int i = 0; i < 1000; i++) {
      assertBetween(54_000, pace.untilNext(), 66_000);
      assertBetween(50, pace.rest(), 150);
    }
    assertTrue(!pace.untilNext().equals(pace.untilNext()) || !pace.rest().equals(pace.rest()));
  }

  private static void assertBetween(long least, Duration time, long most) {
    assertTrue(least <= time.toMillis() && time.toMillis() <= most, time.toString());
  }
}
