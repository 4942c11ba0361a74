package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import org.junit.jupiter.api.Test;

final class GatheringTest {
  private static final Duration MOST = Duration.ofMillis(5);

  private long now;
  private final Gathering gathering = new Gathering(() -> now, MOST);

  private void write(int written, int queued, Duration took) {
    gathering.writes();
    now += took.toNanos();
    gathering.wrote(written, queued);
  }

  private void write(int written, int queued) {
    write(written, queued, Duration.ofMillis(1));
  }

  @Test
  void aSingleThreadWaitsForNobody() {
    assertEquals(1, gathering.wanted());
    write(1, 0);
    assertEquals(1, gathering.wanted());
  }

  @Test
  void whoeverWasThereAtTheLastWriteIsWaitedForExceptAnEighth() {
    write(1, 1);
    assertEquals(2, gathering.wanted());
    write(1, 31);
    assertEquals(28, gathering.wanted());
  }

  @Test
  void theWaitIsHalfAsLongAsTheWriteButHasABound() {
    write(1, 1, Duration.ofMillis(1));
    assertEquals(500_000, gathering.nanos());
    write(1, 1, Duration.ofSeconds(1));
    assertEquals(MOST.toNanos(), gathering.nanos());
  }

  /** How many writes go without a wait after one in vain. */
  private int passed() {
    gathering.waited(false);
    int passed = -1;
    while (gathering.wanted() == 1) {
      write(1, 1);
      passed++;
    }
    return passed;
  }

  @Test
  void afterWaitsInVainEverMoreWritesGoWithoutOne() {
    write(1, 1);
    assertEquals(1, passed());
    assertEquals(2, passed());
    assertEquals(4, passed());
    for (int i = 0; i < 10; i++) {
      passed();
    }
    assertEquals(64, passed());
    gathering.waited(true);
    assertEquals(1, passed(), "all came: as at the beginning");
  }
}
