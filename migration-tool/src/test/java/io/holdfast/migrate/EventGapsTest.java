package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.migrate.LegacyChoice.Range;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class EventGapsTest {
  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

  @Test
  void whatIsMissingIsWhatWasNotSeenInWhateverOrderIdsCome() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    EventGaps gaps = new EventGaps();
    BitSet seen = new BitSet();
    for (int i = 0; i < 2000; i++) {
      int id = 1 + random.nextInt(1000);
      assertEquals(!seen.get(id), gaps.isNew(id), "seed " + seed + ", id " + id);
      if (gaps.isNew(id)) {
        gaps.see(id, NOW);
        seen.set(id);
      }
    }
    BitSet missing = new BitSet();
    for (List<Range> ranges : gaps.missing()) {
      ranges.forEach(range -> missing.set((int) range.first(), (int) range.last() + 1));
    }
    seen.flip(1, seen.length());
    assertEquals(seen, missing, "seed " + seed);
  }

  @Test
  void whatIsMissingForTooLongIsGivenUp() {
    EventGaps gaps = new EventGaps();
    gaps.see(5, NOW);
    gaps.see(9, NOW.plusSeconds(60));
    gaps.giveUp(Duration.ofSeconds(30), NOW.plusSeconds(61));
    assertFalse(gaps.isNew(3));
    assertTrue(gaps.isNew(7));
    assertEquals(1, gaps.givenUp());
    assertEquals(1, gaps.size());
  }

  @Test
  void ofTooManyGapsTheOldestAreGivenUp() {
    EventGaps gaps = new EventGaps();
    for (int i = 1; i <= EventGaps.MOST + 10; i++) {
      gaps.see(2L * i, NOW);
    }
    assertEquals(EventGaps.MOST, gaps.size());
    assertEquals(10, gaps.givenUp());
    assertFalse(gaps.isNew(1));
    assertTrue(gaps.isNew(2L * EventGaps.MOST + 19));
    List<Range> all = new ArrayList<>();
    gaps.missing().forEach(all::addAll);
    assertEquals(EventGaps.MOST, all.size());
  }
}
