package io.holdfast.store;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("H7")
final class DeadlineTest {
  @Test
  void aPassedDeadlineHasNoTimeLeft() {
    for (Duration duration : new Duration[] {Duration.ZERO, Duration.ofSeconds(-1)}) {
      Deadline passed = Deadline.after(duration);
      assertTrue(passed.hasPassed());
      assertEquals(0, passed.remainingNanos());
      assertEquals(Duration.ZERO, passed.remaining());
      StoreException timeout =
          assertThrows(StoreException.Timeout.class, () -> passed.check("get"));
      assertTrue(timeout.getMessage().contains("get"), timeout.getMessage());
    }
  }

  @Test
  void aLaterDeadlineHas() {
    Deadline later = Deadline.after(Duration.ofMinutes(5));
    assertFalse(later.hasPassed());
    assertTrue(later.remaining().compareTo(Duration.ofMinutes(4)) > 0);
    assertTrue(later.remaining().compareTo(Duration.ofMinutes(5)) <= 0);
    assertDoesNotThrow(() -> later.check("get"));
  }

  @Test
  void aDurationBeyondAllClocksIsAYear() {
    Deadline never = Deadline.after(Duration.ofSeconds(Long.MAX_VALUE));
    assertFalse(never.hasPassed());
    assertTrue(never.remaining().compareTo(Duration.ofDays(365)) <= 0);
    assertTrue(never.remaining().compareTo(Duration.ofDays(364)) > 0);
  }

  @Test
  void aDurationBeforeAllClocksHasPassed() {
    assertTrue(Deadline.after(Duration.ofSeconds(Long.MIN_VALUE)).hasPassed());
  }
}
