package io.holdfast.store;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class PatientClockTest {
  private static final Instant NOON = Instant.parse("2026-01-01T12:00:00Z");

  private Instant wall = NOON;
  private long nanos = 42;
  private final PatientClock clock = new PatientClock(() -> wall, () -> nanos);

  private void pass(Duration time) {
    wall = wall.plus(time);
    nanos += time.toNanos();
  }

  @Test
  void timePassesAsTheMachineShowsIt() {
    assertEquals(NOON, clock.instant());
    pass(Duration.ofHours(3));
    assertEquals(NOON.plusSeconds(3 * 3600), clock.instant());
  }

  @Test
  void aClockThatIsSetAheadIsNotFollowed() {
    wall = wall.plus(Duration.ofHours(10));
    assertEquals(NOON, clock.instant());
    pass(Duration.ofMinutes(1));
    assertEquals(NOON.plusSeconds(60), clock.instant());
  }

  @Test
  void aClockThatIsSetBackIsFollowed() {
    wall = wall.minus(Duration.ofHours(10));
    pass(Duration.ofMinutes(1));
    assertEquals(NOON.minus(Duration.ofHours(10)).plusSeconds(60), clock.instant());
    wall = wall.plus(Duration.ofHours(20));
    assertEquals(NOON.plusSeconds(60), clock.instant(), "back to what has passed, no further");
  }
}
