package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Transactions that are written together: each is proven against those before it. */
@Timeout(120)
final class MergedCommitsTest {
  private static final Key ONE = Key.of("range", 1);
  private static final Key TWO = Key.of("range", 2);
  private static final KeyRange RANGE = KeyRange.under(Key.of("range"));
  private static final byte[] VALUE = {1};

  private final ExecutorService threads = Executors.newCachedThreadPool();

  @TempDir Path folder;
  private Opened opened;
  private Store store;

  @BeforeEach
  void open() {
    opened = Opened.at(folder.resolve("a.db"));
    opened.backend().endHousekeeping(); // it commits, too, and would meet the errors
    store = opened.store();
  }

  @AfterEach
  void close() {
    opened.close();
    threads.shutdownNow();
  }

  private Transaction begin(Consumer<Transaction> body) {
    Transaction tx = store.begin();
    body.accept(tx);
    return tx;
  }

  /** What becomes of transactions that queue in this order and are written together. */
  private List<Object> commitMerged(Transaction... transactions) throws Exception {
    List<CompletableFuture<Position>> commits = new ArrayList<>();
    try (Connection other = Opened.raw(folder.resolve("a.db"))) {
      Opened.execute(other, "BEGIN IMMEDIATE");
      for (Transaction tx : transactions) {
        commits.add(CompletableFuture.supplyAsync(tx::commit, threads));
        Opened.await("the commit to queue", () -> opened.backend().queued() == commits.size());
      }
      Opened.execute(other, "ROLLBACK");
    }
    List<Object> outcomes = new ArrayList<>();
    for (CompletableFuture<Position> commit : commits) {
      outcomes.add(commit.<Object>handle((done, e) -> e == null ? done : e.getCause()).join());
    }
    return outcomes;
  }

  private static void assertCommitted(long revision, Object outcome) {
    assertEquals(new Revision(revision), assertInstanceOf(Position.class, outcome).revision());
  }

  private static void assertConflict(long revision, Object outcome) {
    var conflict = assertInstanceOf(StoreException.Conflict.class, outcome);
    assertEquals(new Revision(revision), conflict.waitFor());
  }

  @Test
  void c4aPhantomOfTheSameWriteIsAConflict() throws Exception {
    List<Object> outcomes =
        commitMerged(
            begin(
                tx -> {
                  tx.get(RANGE);
                  tx.put(ONE, VALUE);
                }),
            begin(
                tx -> {
                  tx.get(RANGE);
                  tx.put(TWO, VALUE);
                }),
            begin(
                tx -> {
                  tx.count(RANGE);
                  tx.put(Key.of("elsewhere"), VALUE);
                }));
    assertCommitted(1, outcomes.get(0));
    assertConflict(1, outcomes.get(1));
    assertConflict(1, outcomes.get(2));
    assertEquals(1, store.count(KeyRange.all()));
  }

  @Test
  void c4aDeletionOfTheSameWriteInsideARangeThatWasReadIsAConflict() throws Exception {
    store.put(ONE, VALUE);
    List<Object> outcomes =
        commitMerged(
            begin(tx -> tx.delete(ONE)),
            begin(
                tx -> {
                  tx.get(RANGE);
                  tx.put(Key.of("elsewhere"), VALUE);
                }));
    assertCommitted(2, outcomes.get(0));
    assertConflict(2, outcomes.get(1));
  }

  @Test
  void c6aRangeIsEmptyOnlyAsTheSameWriteLeavesIt() throws Exception {
    List<Object> outcomes =
        commitMerged(
            begin(
                tx -> {
                  tx.expectEmpty(RANGE);
                  tx.put(ONE, VALUE);
                }),
            begin(
                tx -> {
                  tx.expectEmpty(RANGE);
                  tx.put(TWO, VALUE);
                }),
            begin(tx -> tx.delete(ONE)),
            begin(
                tx -> {
                  tx.expectEmpty(RANGE);
                  tx.put(TWO, VALUE);
                }));
    assertCommitted(1, outcomes.get(0));
    assertConflict(1, outcomes.get(1));
    assertCommitted(2, outcomes.get(2));
    assertCommitted(3, outcomes.get(3));
  }

  @Test
  void c6aRangeOfWhichTheSameWriteDeletesAPartIsNotEmpty() throws Exception {
    store.put(ONE, VALUE);
    store.put(TWO, VALUE);
    List<Object> outcomes =
        commitMerged(
            begin(tx -> tx.delete(ONE)),
            begin(
                tx -> {
                  tx.expectEmpty(RANGE);
                  tx.put(Key.of("elsewhere"), VALUE);
                }),
            begin(tx -> tx.delete(TWO)),
            begin(
                tx -> {
                  tx.expectEmpty(RANGE);
                  tx.put(Key.of("elsewhere"), VALUE);
                }));
    assertCommitted(3, outcomes.get(0));
    assertConflict(3, outcomes.get(1));
    assertCommitted(4, outcomes.get(2));
    assertCommitted(5, outcomes.get(3));
  }

  @Test
  void c5c10whatRestsOnACommitThatDidNotHappenIsNeitherAConflictNorDone() throws Exception {
    store.put(TWO, VALUE);
    opened.dialect().commitsToFail.set(1);
    List<Object> outcomes =
        commitMerged(
            begin(tx -> tx.delete(Key.of("missing"))),
            begin(tx -> tx.put(ONE, VALUE)),
            begin(
                tx -> {
                  tx.expectAbsent(ONE);
                  tx.put(TWO, VALUE);
                }),
            begin(tx -> tx.delete(Key.of("missing"))));
    assertCommitted(1, outcomes.get(0));
    for (Object outcome : outcomes.subList(1, 4)) {
      assertInstanceOf(StoreException.Unavailable.class, outcome);
    }
    assertTrue(store.get(ONE).isEmpty());
    assertEquals(new Revision(1), store.status().head().revision());
  }
}
