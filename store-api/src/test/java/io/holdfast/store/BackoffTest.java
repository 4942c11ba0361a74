package io.holdfast.store;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class BackoffTest {
  private static final Duration FIRST = Duration.ofNanos(1000);
  private static final Duration LONGEST = Duration.ofNanos(5000);

  private final Backoff backoff = Backoff.between(FIRST, LONGEST);

  private void assertNextIsAtMost(Duration bound) {
    Duration next = backoff.next();
    assertFalse(next.isZero() || next.isNegative(), next::toString);
    assertTrue(next.compareTo(bound) <= 0, next::toString);
  }

  @Test
  void theBoundDoublesUpToTheLongest() {
    for (int run = 0; run < 1000; run++) {
      backoff.reset();
      assertNextIsAtMost(FIRST);
      assertNextIsAtMost(FIRST.multipliedBy(2));
      assertNextIsAtMost(FIRST.multipliedBy(4));
      assertNextIsAtMost(LONGEST);
      assertNextIsAtMost(LONGEST);
    }
  }

  @Test
  void pausesAreJitteredAndGrow() {
    long different = Stream.generate(backoff::next).limit(100).distinct().count();
    assertTrue(different > 50, different + " different pauses of 100");
    assertTrue(
        Stream.generate(backoff::next).limit(1000).anyMatch(p -> p.toNanos() > 4000),
        "none came near the longest");
  }

  @Test
  void aPauseEndsWithTheDeadline() {
    Backoff patient = Backoff.between(Duration.ofHours(1), Duration.ofHours(2));
    long start = System.nanoTime();
    patient.pause("test", Deadline.after(Duration.ofMillis(5)));
    assertTrue(System.nanoTime() - start < Duration.ofMinutes(1).toNanos());
  }

  @Test
  void anInterruptedPauseSaysSo() {
    Thread.currentThread().interrupt();
    assertThrows(
        StoreException.Interrupted.class,
        () -> backoff.pause("test", Deadline.after(Duration.ofMinutes(1))));
    assertTrue(Thread.interrupted(), "the flag is set again");
  }

  @Test
  void boundsThatMakeNoSenseAreRefused() {
    Duration longer = LONGEST.plusNanos(1);
    assertThrows(IllegalArgumentException.class, () -> Backoff.between(longer, LONGEST));
    assertThrows(IllegalArgumentException.class, () -> Backoff.between(Duration.ZERO, FIRST));
  }
}
