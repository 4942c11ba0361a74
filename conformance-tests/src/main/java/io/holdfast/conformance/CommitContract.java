package io.holdfast.conformance;

import static io.holdfast.conformance.Bytes.bytes;
import static io.holdfast.conformance.Bytes.key;
import static io.holdfast.conformance.Bytes.text;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Backend;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Limits;
import io.holdfast.store.Mutation;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;

/** Rules C1 to C3, C8 and C10 to C12: what a commit is. */
interface CommitContract extends StoreContract {
  @Rule("C1")
  default void aCommitIsAllOrNothingForReaders(Fixture fixture) throws Exception {
    int rounds = fixture.settings().scaled(100);
    Store reader = fixture.open();
    AtomicBoolean written = new AtomicBoolean();
    Callable<Integer> writer =
        () -> {
          try {
            for (int i = 0; i < rounds; i++) {
              String value = "" + i;
              fixture.store().put(Map.of(key("a"), bytes(value), key("z"), bytes(value)));
              fixture.store().delete(KeyRange.all());
            }
          } finally {
            written.set(true);
          }
          return 0;
        };
    Callable<Integer> checker =
        () -> {
          while (!written.get()) {
            List<String> values =
                reader.get(KeyRange.all()).entries().stream().map(Bytes::text).toList();
            assertTrue(
                values.isEmpty() || (values.size() == 2 && values.get(0).equals(values.get(1))),
                "two keys are always put and deleted together, but a page shows " + values);
          }
          return 0;
        };
    assertEquals(List.of(0, 0), Together.run(List.of(writer, checker)));
  }

  @Rule("C1")
  default void aRefusedCommitWritesNothing(Store store) {
    Position before = store.put(key("m"), bytes("old"));
    Transaction tx = store.begin();
    tx.put(key("a"), bytes("new"));
    tx.delete(key("m"));
    tx.put(key("z"), bytes("new"));
    tx.expectAbsent(key("m"));
    assertThrows(StoreException.Conflict.class, tx::commit);
    assertEquals(List.of(key("m")), Scan.keys(store, KeyRange.all()), "keys after the refusal");
    assertEquals(before, store.status().head(), "head after the refusal");
  }

  @Rule("C2")
  default void revisionsOnlyGrow(Store store, Fixture fixture) {
    Store other = fixture.open();
    Revision last = store.status().head().revision();
    for (int i = 0; i < 20; i++) {
      Store writer = i % 2 == 0 ? store : other;
      Revision next =
          i % 5 == 4
              ? writer.delete(key("k")).revision()
              : writer.put(key("k"), bytes("v")).revision();
      assertTrue(next.isAfter(last), "a commit got " + next + " after " + last);
      last = next;
    }
  }

  @Rule("C2")
  default void whatChangesNothingMakesNoRevision(Store store) {
    Position head = store.put(key("k"), bytes("v"));
    assertEquals(head, store.delete(key("missing")), "deletion of a missing key");
    assertEquals(head, store.transact(tx -> {}), "an empty transaction");
    assertEquals(head, store.transact(tx -> tx.get(key("k"))), "a transaction that only reads");
    store.transact(
        tx -> {
          tx.put(key("new"), bytes("v"));
          tx.delete(key("new"));
        });
    assertEquals(head, store.status().head(), "head");
  }

  @Rule("C2")
  default void writingTheSameValueIsAChange(Store store) {
    Position first = store.put(key("k"), bytes("v"));
    Position second = store.put(key("k"), bytes("v"));
    assertTrue(second.isAfter(first), "the same value put again got " + second);
    assertEquals(second.revision(), store.get(key("k")).orElseThrow().modified());
  }

  @Rule("C2")
  default void revisionsGoOnAfterARestart(Store store, Fixture fixture) {
    store.put(key("a"), bytes("v"));
    Position last = store.delete(key("a"));
    Store again = fixture.restart();
    assertEquals(last, again.status().head(), "head after a restart");
    assertTrue(again.put(key("b"), bytes("v")).isAfter(last), "first commit after a restart");
  }

  @Rule("C3")
  default void whatWasAcknowledgedIsThereAfterARestart(Store store, Fixture fixture) {
    List<KeyValue> before = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      store.put(key("k" + i), bytes("v" + i));
      if (i % 3 == 0) {
        store.delete(key("k" + i / 2));
      }
    }
    before.addAll(Scan.of(store, KeyRange.all()));
    Store again = fixture.restart();
    assertEquals(before, Scan.of(again, KeyRange.all()), "entries after a restart");
  }

  @Rule("C8")
  default void theLastWriteOfAKeyCounts(Store store, Fixture fixture) {
    Position before = store.put(key("old"), bytes("v"));
    Position commit =
        store.transact(
            tx -> {
              tx.put(key("a"), bytes("1"));
              tx.put(key("a"), bytes("2"));
              tx.put(key("gone"), bytes("1"));
              tx.delete(key("gone"));
              tx.delete(key("old"));
              tx.put(key("old"), bytes("again"));
            });
    assertEquals("2", text(store.get(key("a"))));
    assertEquals("again", text(store.get(key("old"))));
    assertEquals("missing", text(store.get(key("gone"))));
    try (Watch watch = store.watch(KeyRange.all(), before)) {
      WatchBatch batch = Drain.commitsTo(watch, commit, fixture.patience()).get(0);
      List<Key> keys = batch.events().stream().map(event -> event.key()).toList();
      assertEquals(List.of(key("a"), key("old")), keys, "keys of the commit's events");
    }
  }

  @Rule("C10")
  default void eachAcknowledgedCommitIsThereOnce(Fixture fixture) throws Exception {
    int commits = fixture.settings().scaled(60);
    Position before = fixture.status().head();
    List<Callable<Position>> clients = new ArrayList<>();
    for (int client = 0; client < 4; client++) {
      Store store = fixture.open();
      clients.add(
          () -> {
            Position last = null;
            for (int i = 0; i < commits; i++) {
              last = store.put(key("counter"), bytes("" + i));
            }
            return last;
          });
    }
    Together.run(clients);
    try (Watch watch = fixture.store().watch(KeyRange.all(), before)) {
      Position head = fixture.status().head();
      List<WatchBatch> batches = Drain.commitsTo(watch, head, fixture.patience());
      assertEquals(
          4 * commits, batches.size(), "commits in the history; each was sent and answered once");
    }
  }

  private static void assertRefused(Store store, Callable<?> call) {
    Position before = store.status().head();
    assertThrows(StoreException.LimitExceeded.class, call::call);
    assertEquals(before, store.status().head(), "head after a call that exceeds a limit");
  }

  @Rule("C11")
  default void keysAndValuesOverTheLimitAreRefused(Store store) {
    Limits limits = store.limits();
    Key tooLong = Key.ofBytes(new byte[limits.keyBytesMax() + 1]);
    assertRefused(store, () -> store.put(tooLong, bytes("v")));
    assertRefused(store, () -> store.get(tooLong));
    assertRefused(store, () -> store.delete(tooLong));
    if (limits.valueBytesMax() < Integer.MAX_VALUE - 8) {
      byte[] tooLarge = new byte[limits.valueBytesMax() + 1];
      assertRefused(store, () -> store.put(key("k"), tooLarge));
    }
  }

  private static Map<Key, byte[]> numbered(int keys, int valueBytes) {
    Map<Key, byte[]> values = new TreeMap<>();
    for (int i = 0; i < keys; i++) {
      values.put(key("n" + i), new byte[valueBytes]);
    }
    return values;
  }

  @Rule("C11")
  default void asManyWritesAsAdvertisedAreOneCommit(Store store, Fixture fixture) {
    int most = store.limits().operationsMax();
    Position before = store.status().head();
    Position commit = store.put(numbered(most, 1));
    assertEquals(most, store.count(KeyRange.all()));
    try (Watch watch = store.watch(KeyRange.all(), before)) {
      List<WatchBatch> batches = Drain.commitsTo(watch, commit, fixture.patience());
      assertEquals(1, batches.size(), "batches of one commit");
      assertEquals(most, batches.get(0).events().size(), "events of one commit");
    }
    assertEquals(most, store.delete(KeyRange.all()).value(), "keys deleted by one range delete");
  }

  @Rule({"C11", "W2"})
  default void asManyBytesAsAdvertisedAreOneCommit(Store store, Fixture fixture) {
    Limits limits = store.limits();
    int valueBytes =
        Math.min(limits.valueBytesMax(), Math.max(1, limits.transactionBytesMax() / 5));
    Random random = new Random(11);
    Map<Key, byte[]> values = new TreeMap<>();
    int left = limits.transactionBytesMax();
    for (int i = 10_000; left > 6 && values.size() < limits.operationsMax(); i++) {
      byte[] value = new byte[Math.min(left - 6, valueBytes)];
      random.nextBytes(value);
      values.put(key("n" + i), value);
      left -= 6 + value.length;
    }
    Position before = store.status().head();
    Position commit = store.put(values);
    try (Watch watch = store.watch(KeyRange.all(), before)) {
      List<WatchBatch> batches = Drain.commitsTo(watch, commit, fixture.patience());
      assertEquals(1, batches.size(), "batches of one commit");
      assertEquals(values.size(), batches.get(0).events().size(), "[W2] events of one commit");
      batches
          .get(0)
          .events()
          .forEach(
              event ->
                  assertArrayEquals(
                      values.get(event.key()),
                      event.now().orElseThrow().value(),
                      "[W2] value of " + event.key()));
    }
  }

  @Rule("C11")
  default void moreWritesThanAdvertisedAreRefused(Store store) {
    int most = store.limits().operationsMax();
    assertRefused(store, () -> store.put(numbered(most + 1, 1)));
    store.put(numbered(most, 1));
    store.put(key("one more"), bytes("v"));
    assertRefused(store, () -> store.delete(KeyRange.all()));
    assertEquals(most + 1, store.count(KeyRange.all()), "keys after a refused range delete");
    assertEquals(most + 1, store.deletePaged(KeyRange.all()), "keys deleted in pages");
  }

  @Rule("C11")
  default void moreBytesThanAdvertisedAreRefused(Store store) {
    Limits limits = store.limits();
    int bytes = Math.min(limits.valueBytesMax(), limits.transactionBytesMax());
    int keys = limits.transactionBytesMax() / bytes + 1;
    if (keys <= limits.operationsMax()) {
      assertRefused(store, () -> store.put(numbered(keys, bytes)));
    }
    assertEquals(0, store.count(KeyRange.all()), "keys");
  }

  @Rule("C12")
  default void aCommitAfterItsDeadlineDoesNotHappen(Fixture fixture) {
    Backend backend = fixture.backend();
    CommitRequest request =
        new CommitRequest(
            List.of(), null, List.of(), List.of(Mutation.put(key("late"), bytes("v"))));
    assertThrows(
        StoreException.Timeout.class,
        () -> backend.commit(request, Deadline.after(Duration.ZERO)),
        "a commit whose deadline has passed");
    assertEquals("missing", text(fixture.store().get(key("late"))));
  }

  @Rule("C12")
  default void anInterruptedCommitDoesNotHappen(Store store) {
    Thread.currentThread().interrupt();
    try {
      assertThrows(StoreException.Interrupted.class, () -> store.put(key("k"), bytes("v")));
      assertTrue(Thread.currentThread().isInterrupted(), "the interrupt flag is set again");
    } finally {
      Thread.interrupted();
    }
    assertEquals("missing", text(store.get(key("k"))));
  }
}
