package io.holdfast.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class WakingTest {
  private static final Duration LONG = Duration.ofMillis(250);

  private long now = 17;
  private final Waking waking = new Waking(() -> now);

  private void wake(Duration takes) {
    waking.begin();
    now += takes.toNanos();
    waking.end();
  }

  @Test
  void whileThereIsNothingToTellNobodyIsInAHurry() {
    assertFalse(waking.isOwed());
    assertEquals(LONG, waking.untilDue(LONG));
  }

  @Test
  void aSingleStepIsToldAtOnce() {
    assertFalse(waking.isDueAfterStep(), "another may come with it");
    assertTrue(waking.isOwed());
    assertEquals(Duration.ZERO, waking.untilDue(LONG));
    wake(Duration.ZERO);
    assertFalse(waking.isOwed());
    assertEquals(LONG, waking.untilDue(LONG));
  }

  @Test
  void afterALongWakingTheNextRestsSixteenTimesAsLong() {
    waking.isDueAfterStep();
    wake(Duration.ofNanos(100_000));
    waking.isDueAfterStep();
    assertEquals(Duration.ofNanos(1_600_000), waking.untilDue(LONG));
    assertEquals(Duration.ofNanos(5), waking.untilDue(Duration.ofNanos(5)));
    now += 1_600_000;
    assertEquals(Duration.ZERO, waking.untilDue(LONG));
  }

  @Test
  void theRestHasABound() {
    waking.isDueAfterStep();
    wake(Duration.ofSeconds(1));
    waking.isDueAfterStep();
    assertEquals(Duration.ofMillis(10), waking.untilDue(LONG));
  }

  @Test
  void soManyStepsAreToldOfLongBeforeASubscriberLosesSome() {
    int steps = 1;
    while (!waking.isDueAfterStep()) {
      steps++;
    }
    assertTrue(steps <= Subscription.QUEUE_MAX / 4, steps + " steps");
    wake(Duration.ZERO);
    assertFalse(waking.isDueAfterStep());
  }
}
