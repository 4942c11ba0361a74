package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/** How many commits go together, on a clock that the test turns. */
final class BatchingTest {
  private static final long ROUND_NANOS = 1_000_000;

  private final AtomicLong clock = new AtomicLong();
  private final Batching batching = new Batching(clock::get);

  private long begin(int commits) {
    batching.leads();
    return batching.begins(commits);
  }

  /** A transaction of so many, with others under way and in the queue. */
  private void round(int commits, int queued) {
    long begun = begin(commits);
    clock.addAndGet(ROUND_NANOS);
    batching.ended(commits, queued, begun);
  }

  @Test
  void fewGoAtOnceAndEachByItself() {
    for (int i = 0; i < 4; i++) {
      assertTrue(batching.hasRoom(), i + " are under way");
      assertEquals(1, batching.wanted());
      long unused = begin(1);
    }
    assertFalse(batching.hasRoom());
    batching.ended(1, 2, 0);
    assertTrue(batching.hasRoom());
    assertEquals(1, batching.wanted(), "six are not many");
  }

  @Test
  void manyGoInTwoTransactionsThatTakeHalfOfThemEach() {
    long other = begin(16);
    round(16, 0);
    assertEquals(16, batching.most());
    assertEquals(14, batching.wanted(), "give or take an eighth");
    assertEquals(ROUND_NANOS / 2, batching.nanos());
    long unused = begin(16);
    assertFalse(batching.hasRoom());
    batching.ended(16, 0, other);
    assertTrue(batching.hasRoom());
  }

  @Test
  void aLongTransactionIsNoReasonForALongWait() {
    long begun = begin(16);
    clock.addAndGet(100 * ROUND_NANOS);
    batching.ended(16, 0, begun);
    assertEquals(ROUND_NANOS, batching.nanos());
  }

  @Test
  void afterAWaitInVainSomeGoWithoutOneAndMoreEachTime() {
    for (int passed = 1; passed <= 4; passed *= 2) {
      round(16, 0);
      assertTrue(batching.wanted() > 1, "before " + passed + " that do not wait");
      batching.waited(false);
      round(16, 0);
      for (int i = 0; i < passed; i++) {
        assertEquals(1, batching.wanted(), i + " of " + passed);
        round(16, 0);
      }
    }
    batching.waited(true);
    round(16, 0);
    assertTrue(batching.wanted() > 1);
  }

  @Test
  void whoIsAloneAgainDoesNotWait() {
    round(32, 0);
    assertTrue(batching.wanted() > 1);
    round(1, 0);
    assertEquals(1, batching.wanted());
    assertEquals(Integer.MAX_VALUE, batching.most());
  }
}
