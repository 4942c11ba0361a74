package io.holdfast.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

final class VerifyPaceTest {
  private final AtomicLong now = new AtomicLong(-5);
  private final VerifyTurns turns = new VerifyTurns(now::get);
  private final VerifyPace pace = pace(10_000);

  private VerifyPace pace(int entriesPerSecond) {
    return new VerifyPace(Duration.ofMinutes(1), entriesPerSecond, 1000, turns);
  }

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
  void anIntervalWithoutEndIsTakenForAYear() {
    Duration endless = Duration.ofSeconds(Long.MAX_VALUE);
    VerifyPace seldom = new VerifyPace(endless, 10_000, 1000, turns);
    seldom.passed(true);
    assertEquals(Duration.ofDays(2 * 365), seldom.interval());
    assertTrue(seldom.untilNext().toDays() > 365);
    assertTrue(WarmFile.jittered(endless) > 0);
  }

  @Test
  void everyPauseHasJitter() {
    for (int i = 0; i < 1000; i++) {
      assertBetween(54_000, pace.untilNext(), 66_000);
      Duration rest = pace.rest();
      assertBetween(50, rest, 150);
      now.addAndGet(rest.toNanos());
    }
    assertTrue(!pace.untilNext().equals(pace.untilNext()) || !pace.rest().equals(pace.rest()));
  }

  @Test
  void allWhoVerifyAStoreTogetherKeepToTheRateOfOne() {
    List<VerifyPace> all = List.of(pace, pace(10_000), pace(10_000));
    long[] awake = new long[all.size()];
    long begin = now.get();
    int pages = 0;
    for (; now.get() < begin + TimeUnit.SECONDS.toNanos(100); pages++) {
      int next = 0;
      for (int i = 1; i < awake.length; i++) {
        next = awake[i] < awake[next] ? i : next;
      }
      now.set(Math.max(now.get(), awake[next]));
      awake[next] = now.get() + all.get(next).rest().toNanos();
    }
    assertTrue(900 < pages && pages < 1100, "pages of 1000 in 100 s: " + pages);
  }

  private static void assertBetween(long least, Duration time, long most) {
    assertTrue(least <= time.toMillis() && time.toMillis() <= most, time.toString());
  }
}
