package io.holdfast.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Checks a million operations in the memory that this module's tests have, which is 2 GB. */
final class LargeHistoryTest {
  private static final int OPERATIONS = 1_000_000;

  @Test
  @Timeout(900)
  void aMillionOperationsAreCheckedInTwoGigabytes() {
    assertTrue(Runtime.getRuntime().maxMemory() <= 2L << 30, "the tests have more than 2 GB");
    Made made = new Made();
    for (int i = 0; i < OPERATIONS; i++) {
      int key = Made.register(i % 20);
      switch (i % 4) {
        case 0 -> made.commit(List.of(), key, Space.ACCOUNT.number(i % 16));
        case 1 -> made.commit(List.of(made.sees(key), made.sees(Made.item(0), Made.item(9))), key);
        case 2 -> made.read(made.sees(key), made.sees(Made.register(3)));
        default -> made.refused(Outcome.TIMEOUT, List.of(made.sees(key)), key);
      }
    }
    made.watched(made.commits());
    Checker.Verdict verdict = Checker.check(made.history());
    assertEquals(List.of(), verdict.violations().texts());
    assertEquals(OPERATIONS / 2, verdict.batches());
  }
}
