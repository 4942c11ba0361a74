package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.store.StoreException.Unusable;
import io.holdfast.store.Transaction;
import java.nio.file.Path;
import java.sql.Connection;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.sqlite.SQLiteErrorCode;

/** Commits that meet with errors: what their callers are told is what happened. */
@Timeout(120)
final class OutcomeTest {
  private static final Key KEY = Key.of("key");

  private final ExecutorService threads = Executors.newCachedThreadPool();

  @TempDir Path folder;
  private Opened opened;

  @BeforeEach
  void open() {
    opened = Opened.at(file());
    opened.backend().endHousekeeping(); // it commits, too, and would meet the errors
  }

  @AfterEach
  void close() {
    opened.close();
    threads.shutdownNow();
  }

  private Path file() {
    return folder.resolve("a.db");
  }

  private Revision head() {
    return opened.store().status().head().revision();
  }

  private Position put(String value) {
    return opened.store().put(KEY, Opened.bytes(value));
  }

  @Test
  void c10aCommitThatHappenedInSpiteOfAnErrorIsASuccess() {
    opened.dialect().commitsHappen = true;
    opened.dialect().commitsToFail.set(1);
    Position position = put("one");
    assertEquals(new Revision(1), position.revision());
    assertEquals(position, opened.store().status().head());
  }

  @Test
  void c10aCommitThatDidNotHappenSaysSoAndLeavesNoTrace() {
    opened.dialect().commitsToFail.set(1);
    assertThrows(StoreException.Unavailable.class, () -> put("one"));
    assertTrue(opened.store().get(KEY).isEmpty());
    assertEquals(new Revision(1), put("two").revision());
  }

  @Test
  void c10aCommitOfWhichNobodyCanTellIsUnknown() {
    opened.dialect().commitsHappen = true;
    opened.dialect().commitsToFail.set(2);
    assertThrows(StoreException.UnknownOutcome.class, () -> put("one"));
    assertTrue(opened.store().get(KEY).isPresent());
    assertEquals(new Revision(2), put("two").revision());
  }

  @Test
  void c10aCommitWhoseTraceOthersHaveTrimmedIsUnknown() {
    StoreConfig config = StoreConfig.of("sqlite:" + file()).withTimeout(Opened.TIMEOUT);
    try (Opened other = Opened.at(config.withHistoryCommits(1), InstantSource.system())) {
      opened.dialect().commitsHappen = true;
      opened.dialect().afterFailedCommit =
          () -> {
            for (int i = 0; i < 5; i++) {
              other.store().put(Key.of("other"), Opened.bytes("" + i));
            }
            other.backend().trim();
          };
      opened.dialect().commitsToFail.set(1);
      assertThrows(StoreException.UnknownOutcome.class, () -> put("one"));
      assertTrue(opened.store().get(KEY).isPresent());
    }
  }

  /** What was about to be written stays in the driver's statements, to be written with the next. */
  @Test
  void c1nothingOfACommitIsWrittenLaterForWhichMemoryRanOut() {
    AtomicInteger rows = new AtomicInteger();
    opened.dialect().onBatch =
        () -> {
          if (rows.incrementAndGet() == 3) {
            throw new OutOfMemoryError("the test said so");
          }
        };
    Map<Key, byte[]> many = new LinkedHashMap<>();
    for (int i = 0; i < 5; i++) {
      many.put(Key.of("many", i), new byte[1]);
    }
    assertThrows(OutOfMemoryError.class, () -> opened.store().put(many));
    opened.store().put(KEY, new byte[1]);
    assertEquals(new Revision(1), head());
    assertEquals(1, opened.store().count(KeyRange.all()));
  }

  @Test
  void aWriterIsToldOfDamageAsAReaderIs() throws Exception {
    put("one");
    Opened.execute(file(), "DELETE FROM holdfast_changes");
    Unusable read = assertThrows(Unusable.class, () -> opened.store().status());
    Unusable write = assertThrows(Unusable.class, () -> put("two"));
    assertEquals(Reason.DAMAGED, read.reason());
    assertEquals(Reason.DAMAGED, write.reason());
  }

  @Test
  void aDatabaseThatCannotBeWrittenIsUnavailableUntilItCan() {
    opened.dialect().writesFail = true;
    assertThrows(StoreException.Unavailable.class, () -> put("one"));
    opened.dialect().writesFail = false;
    assertEquals(new Revision(1), put("two").revision());
  }

  /** Commits that all wait for their turn, and then get it together. */
  private List<CompletableFuture<Position>> together(int number) throws Exception {
    List<CompletableFuture<Position>> commits = new ArrayList<>();
    try (Connection other = Opened.raw(file())) {
      Opened.execute(other, "BEGIN IMMEDIATE");
      for (int i = 0; i < number; i++) {
        int n = i;
        commits.add(
            CompletableFuture.supplyAsync(
                () -> opened.store().put(Key.of("together", n), new byte[100_000]), threads));
      }
      Opened.await("the commits to queue", () -> opened.backend().queued() == number);
      Opened.execute(other, "ROLLBACK");
    }
    return commits;
  }

  @Test
  void commitsWhoseCommonTransactionFailsAreTriedSingly() throws Exception {
    opened.dialect().commitError = SQLiteErrorCode.SQLITE_FULL;
    opened.dialect().commitsToFail.set(1);
    for (CompletableFuture<Position> commit : together(5)) {
      assertTrue(commit.get(60, TimeUnit.SECONDS).revision().isAfter(Revision.ZERO));
    }
    assertEquals(new Revision(5), head());
    assertEquals(5, opened.store().count(KeyRange.all()));
  }

  @Test
  void aConflictAmongMergedCommitsTakesNobodyWithIt() throws Exception {
    opened.store().put(KEY, Opened.bytes("0"));
    List<CompletableFuture<Position>> commits = new ArrayList<>();
    try (Connection other = Opened.raw(file())) {
      List<Transaction> transactions = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        Transaction tx = opened.store().begin();
        tx.get(KEY);
        tx.put(KEY, Opened.bytes("" + i));
        tx.put(Key.of("by", i), Opened.bytes("" + i));
        transactions.add(tx);
      }
      Opened.execute(other, "BEGIN IMMEDIATE");
      for (Transaction tx : transactions) {
        commits.add(CompletableFuture.supplyAsync(tx::commit, threads));
      }
      Opened.await("the commits to queue", () -> opened.backend().queued() == 4);
      Opened.execute(other, "ROLLBACK");
    }
    long conflicts =
        commits.stream()
            .map(commit -> commit.handle((position, e) -> e).join())
            .filter(e -> e != null && e.getCause() instanceof StoreException.Conflict)
            .count();
    assertEquals(3, conflicts);
    assertEquals(new Revision(2), head());
    assertEquals(1, opened.store().count(KeyRange.under(Key.of("by"))));
  }

  @Test
  void c12aCommitThatTimesOutWaitingForAnotherProcessNeverHappens() throws Exception {
    try (Connection other = Opened.raw(file())) {
      Opened.execute(other, "BEGIN IMMEDIATE");
      assertThrows(
          StoreException.Timeout.class,
          () -> opened.store().within(Duration.ofMillis(100)).put(KEY, new byte[1]));
      Opened.execute(other, "ROLLBACK");
    }
    assertEquals(new Revision(1), opened.store().put(Key.of("next"), new byte[1]).revision());
    assertTrue(opened.store().get(KEY).isEmpty());
  }

  @Test
  void h7aCommitThatIsInterruptedWaitingForAnotherProcessNeverHappens() throws Exception {
    try (Connection other = Opened.raw(file())) {
      Opened.execute(other, "BEGIN IMMEDIATE");
      CompletableFuture<Thread> started = new CompletableFuture<>();
      CompletableFuture<Throwable> failure = new CompletableFuture<>();
      Thread thread =
          new Thread(
              () -> {
                started.complete(Thread.currentThread());
                try {
                  put("one");
                } catch (StoreException e) {
                  failure.complete(Thread.currentThread().isInterrupted() ? e : null);
                }
              });
      thread.start();
      Opened.await("the commit to queue", () -> opened.backend().queued() == 1);
      started.get().interrupt();
      assertTrue(failure.get(20, TimeUnit.SECONDS) instanceof StoreException.Interrupted);
      Opened.execute(other, "ROLLBACK");
    }
    assertTrue(opened.store().get(KEY).isEmpty());
  }

  @Test
  void h6aFullDatabaseSaysSoKeepsWhatItHasAndGoesOnWhenThereIsRoom() {
    put("before");
    opened.dialect().pagesMax = 40;
    int written = 0;
    StoreException.Unusable full = null;
    while (full == null) {
      Key key = Key.of("fill", written);
      try {
        opened.store().put(key, new byte[10_000]);
        written++;
      } catch (StoreException.Unusable e) {
        full = e;
      }
    }
    assertEquals(Reason.FULL, full.reason());
    assertEquals(new Revision(1 + written), head());
    assertEquals(written, opened.store().count(KeyRange.under(Key.of("fill"))));
    opened.dialect().pagesMax = 100_000;
    assertEquals(
        new Revision(2 + written),
        opened.store().put(Key.of("fill", written), new byte[10_000]).revision());
  }

  @Test
  void aLargeCommitThatFindsNoRoomTakesNoSmallOneWithIt() throws Exception {
    put("before");
    opened.dialect().pagesMax = 100;
    List<CompletableFuture<Position>> commits = together(6);
    int done = 0;
    for (CompletableFuture<Position> commit : commits) {
      Throwable e = commit.handle((position, failure) -> failure).join();
      if (e == null) {
        done++;
      } else {
        assertEquals(Reason.FULL, ((Unusable) e.getCause()).reason());
      }
    }
    assertTrue(done > 0 && done < 6, "some have room: " + done);
    assertEquals(done, opened.store().count(KeyRange.under(Key.of("together"))));
    assertEquals(new Revision(1 + done), head());
  }
}
