package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class PaceTest {
  private static final Duration LEAST = Duration.ofMillis(4);
  private static final Duration MOST = Duration.ofMillis(25);

  private final Pace pace = new Pace(LEAST, MOST);

  private void takes(Duration each, int times) {
    for (int i = 0; i < times; i++) {
      pace.took(each.toNanos());
    }
  }

  @Test
  void whatIsDoneQuicklyRestsTheLeast() {
    assertEquals(LEAST, pace.rest());
    takes(Duration.ofNanos(100_000), 100);
    assertEquals(LEAST, pace.rest());
  }

  @Test
  void whatTakesLongerRestsLonger() {
    takes(Duration.ofMillis(1), 100);
    long millis = pace.rest().toMillis();
    assertTrue(millis >= 15 && millis <= 16, "rests " + millis + " ms");
  }

  @Test
  void theRestHasABoundAndGetsShorterAgain() {
    takes(Duration.ofSeconds(1), 3);
    assertEquals(MOST, pace.rest());
    takes(Duration.ofNanos(100_000), 100);
    assertEquals(LEAST, pace.rest());
  }
}
