package io.holdfast.cache;

import static io.holdfast.cache.Words.LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Deadline;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** Every snapshot is a whole commit, whatever goes on meanwhile. */
final class MirrorUnderLoadTest {
  private static final List<Long> WHOLE = List.of(Bank.SUM, Bank.SUM);

  private static Mirror.Builder<Long> accounts(Store store) {
    return Mirror.of(store, Bank::balance)
        .range(Bank.ACCOUNTS)
        .index(Bank.BY_DIGIT)
        .verifyEvery(Duration.ZERO)
        .maxWait(LONG);
  }

  @Test
  void loadsExactlyWhileOthersWrite() {
    TestBackend backend = TestBackend.create().withPagesOf(7);
    try (Store store = backend.store();
        Bank bank = new Bank(store, 300).withWriters(3)) {
      Words.await("others write", () -> bank.moved() > 0);
      for (int load = 0; load < 20; load++) {
        try (Mirror<Long> mirror = accounts(store).open()) {
          assertEquals(WHOLE, Bank.sums(mirror.snapshot()));
        }
      }
      long moved = bank.moved();
      Words.await("others write still", () -> bank.moved() > moved);
    }
  }

  @Test
  void everySnapshotIsOneWholeCommitAndNoneGoesBack() {
    try (Store store = Store.open("memory:" + UUID.randomUUID());
        Bank bank = new Bank(store, 300).withWriters(3);
        Mirror<Long> mirror = accounts(store).open()) {
      Snapshot<Long> last = mirror.snapshot();
      int different = 0;
      Deadline enough = Deadline.after(Duration.ofSeconds(2));
      Deadline patience = Deadline.after(LONG);
      while (!enough.hasPassed() || (different <= 10 && !patience.hasPassed())) {
        Snapshot<Long> now = mirror.snapshot();
        assertEquals(WHOLE, Bank.sums(now));
        assertFalse(last.position().isAfter(now.position()));
        different += now == last ? 0 : 1;
        last = now;
      }
      assertTrue(different > 10, "snapshots seen: " + different);
      assertTrue(bank.moved() > 0);
    }
  }

  @Test
  void verificationUnderFullWriteLoadRaisesNoFalseAlarm() {
    AtomicInteger drifts = new AtomicInteger();
    TestBackend backend = TestBackend.create().withPagesOf(20);
    try (Store store = backend.store();
        Bank bank = new Bank(store, 300).withWriters(3);
        Mirror<Long> mirror = accounts(store).onDrift(drift -> drifts.incrementAndGet()).open()) {
      long before = bank.moved();
      long compared = 0;
      Deadline enough = Deadline.after(Duration.ofSeconds(2));
      Deadline patience = Deadline.after(LONG);
      while (!enough.hasPassed() || (compared <= 1000 && !patience.hasPassed())) {
        Verification pass = mirror.verifyNow(LONG);
        assertTrue(pass.isClean(), pass.toString());
        compared += pass.entries() + pass.indexEntries();
      }
      assertTrue(compared > 1000, "compared: " + compared);
      Words.await("others write meanwhile", () -> bank.moved() > before);
      assertEquals(0, drifts.get());
    }
  }

  @Test
  void repairUnderFullWriteLoadLeavesNothingWrong() {
    TestBackend backend = TestBackend.create().withPagesOf(20);
    try (Store store = backend.store();
        Bank bank = new Bank(store, 300).withWriters(3);
        Mirror<Long> mirror = accounts(store).open()) {
      mirror.awaitReady(LONG);
      Words.await("others write", () -> bank.moved() > 0);
      for (int round = 0; round < 30; round++) {
        int account = round * 10;
        mirror.corrupt(now -> Corruption.withoutItem(now, Bank.key(account)));
        mirror.corrupt(now -> Corruption.withoutItem(now, Bank.key(account + 1)));
        mirror.verifyNow(LONG);
        assertTrue(mirror.verifyNow(LONG).isClean());
        assertEquals(WHOLE, Bank.sums(mirror.snapshot()));
      }
      assertTrue(mirror.state().drifts() > 0);
      long moved = bank.moved();
      Words.await("others write still", () -> bank.moved() > moved);
    }
  }

  @Test
  void readsGoOnWhileAShortHistoryForcesReloads() {
    StoreConfig config = StoreConfig.of("memory:" + UUID.randomUUID()).withHistoryCommits(2);
    try (Store store = new TestBackend(config).withPagesOf(50).store();
        Bank bank = new Bank(store, 300);
        Mirror<Long> mirror = accounts(store).open()) {
      mirror.awaitReady(LONG);
      bank.withWriters(2);
      Words.await(
          "the mirror falls behind the history",
          () -> {
            assertEquals(WHOLE, Bank.sums(mirror.snapshot()));
            MirrorState state = mirror.state();
            return state.phase() == MirrorState.Phase.STALE || state.reloads() > 0;
          });
      bank.stop();
      Snapshot<Long> now = mirror.snapshot(Freshness.LINEARIZABLE, LONG);
      assertEquals(WHOLE, Bank.sums(now));
      assertEquals(store.status().head(), now.position());
      assertTrue(mirror.verifyNow(LONG).isClean());
    }
  }
}
