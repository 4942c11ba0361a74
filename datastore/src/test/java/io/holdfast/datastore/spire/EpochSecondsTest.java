package io.holdfast.datastore.spire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import org.junit.jupiter.api.Test;

final class EpochSecondsTest {
  @Test
  void absurdSecondsAreTheFirstOrTheLastInstant() {
    assertEquals(Instant.parse("2026-11-21T00:00:00Z"), EpochSeconds.instant(1_795_219_200));
    assertEquals(
        Instant.MAX.getEpochSecond(), EpochSeconds.instant(Long.MAX_VALUE).getEpochSecond());
    assertEquals(
        Instant.MIN.getEpochSecond(), EpochSeconds.instant(Long.MIN_VALUE).getEpochSecond());
  }
}
