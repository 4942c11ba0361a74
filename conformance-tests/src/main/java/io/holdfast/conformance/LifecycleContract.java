package io.holdfast.conformance;

import static io.holdfast.conformance.Bytes.bytes;
import static io.holdfast.conformance.Bytes.key;
import static io.holdfast.conformance.Bytes.text;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Backend;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import io.holdfast.store.Watch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.function.Executable;

/** Rules H4 to H7: opening, sharing, waiting, closing. */
interface LifecycleContract extends StoreContract {
  @Rule("H4")
  default void manyHandlesAreOneStore(Store store, Fixture fixture) throws Exception {
    int clients = 4;
    int commits = fixture.settings().scaled(25);
    List<Callable<Integer>> work = new ArrayList<>();
    for (int client = 0; client < clients; client++) {
      Store handle = fixture.open();
      work.add(
          () -> {
            for (int i = 0; i < commits; i++) {
              handle.transact(
                  tx -> {
                    int count = Integer.parseInt(tx.get(key("n")).map(Bytes::text).orElse("0"));
                    tx.put(key("n"), bytes("" + (count + 1)));
                  });
            }
            return commits;
          });
    }
    Together.run(work);
    assertEquals("" + clients * commits, text(store.get(key("n"))), "increments of all handles");
  }

  @Rule("H4")
  default void transactionsOfDifferentHandlesConflict(Store store, Fixture fixture) {
    Store other = fixture.open();
    for (int i = 0; i < 4; i++) {
      Transaction mine = store.begin();
      Transaction yours = other.begin();
      for (Transaction tx : List.of(mine, yours)) {
        tx.get(key("k"));
        tx.put(key("k"), bytes("v" + i));
      }
      (i % 2 == 0 ? mine : yours).commit();
      assertThrows(StoreException.Conflict.class, (i % 2 == 0 ? yours : mine)::commit);
    }
  }

  @Rule("H5")
  default void closeEndsWatchesAndWaits(Fixture fixture) throws Exception {
    Store closing = fixture.open();
    Position head = fixture.status().head();
    Watch idle = closing.watch(KeyRange.all(), head);
    Watch waited = closing.watch(KeyRange.prefix(key("a")), head);
    Callable<Boolean> wait =
        () -> {
          assertThrows(
              StoreException.Closed.class, () -> waited.next(fixture.patience().multipliedBy(3)));
          return true;
        };
    Callable<Boolean> close =
        () -> {
          closing.close();
          return true;
        };
    long start = System.nanoTime();
    Together.run(List.of(wait, close));
    Duration taken = Duration.ofNanos(System.nanoTime() - start);
    assertTrue(taken.compareTo(fixture.patience()) < 0, "close woke the waiter after " + taken);
    assertThrows(StoreException.Closed.class, () -> idle.next(Duration.ZERO));
    assertEquals(Watch.State.ENDED, idle.state());
  }

  @Rule("H5")
  default void aClosedStoreSaysClosed(Fixture fixture) {
    Store closed = fixture.open();
    closed.put(key("k"), bytes("v"));
    closed.close();
    closed.close();
    Position head = fixture.status().head();
    List<Executable> calls =
        List.of(
            closed::status,
            () -> closed.get(key("k")),
            () -> closed.get(KeyRange.all()),
            () -> closed.count(KeyRange.all()),
            () -> closed.put(key("k"), bytes("w")),
            () -> closed.delete(key("k")),
            () -> closed.watch(KeyRange.all(), head).next(Duration.ZERO));
    for (Executable call : calls) {
      assertThrows(StoreException.Closed.class, call, "call " + calls.indexOf(call));
    }
    assertEquals("v", text(fixture.store().get(key("k"))));
  }

  @Rule("H5")
  default void whoWorksWhileItIsClosedIsToldSo(Fixture fixture) throws Exception {
    for (int round = 0; round < fixture.settings().scaled(4); round++) {
      Store closing = fixture.open();
      List<Executable> calls =
          List.of(
              () -> closing.put(key("k"), bytes("v")),
              () -> closing.get(KeyRange.all()),
              () -> closing.count(KeyRange.all()),
              closing::status);
      CountDownLatch working = new CountDownLatch(calls.size());
      List<Callable<Boolean>> all = new ArrayList<>();
      calls.forEach(call -> all.add(() -> worksUntilClosed(call, working)));
      all.add(
          () -> {
            working.await();
            closing.close();
            return true;
          });
      Together.run(all);
    }
  }

  /** What is under way while the store is closed may fail as calls do; the next one is told. */
  private static boolean worksUntilClosed(Executable call, CountDownLatch working) {
    List<StoreException> failures = new ArrayList<>();
    while (failures.size() <= 1) {
      try {
        call.execute();
        working.countDown();
      } catch (StoreException.Closed told) {
        return true;
      } catch (StoreException e) {
        failures.add(e);
      } catch (Throwable e) {
        throw new AssertionError("a store that is being closed threw " + e, e);
      }
    }
    throw new AssertionError("a store that is being closed does not say so, but " + failures);
  }

  @Rule("H5")
  default void closeLeavesOtherHandlesAlone(Store store, Fixture fixture) {
    Store closing = fixture.open();
    try (Watch watch = store.watch(KeyRange.all(), store.status().head())) {
      closing.put(key("a"), bytes("v"));
      closing.close();
      Position commit = store.put(key("b"), bytes("v"));
      assertEquals(2, Drain.commitsTo(watch, commit, fixture.patience()).size(), "commits");
    }
    assertEquals(2, store.count(KeyRange.all()));
  }

  @Rule("H6")
  default void theUrlAloneOpensTheStore(Store store, Fixture fixture) {
    store.put(key("k"), bytes("v"));
    try (Store opened = Store.open(fixture.place())) {
      assertEquals("v", text(opened.get(key("k"))), "read by a store that was opened by its URL");
    }
  }

  @Rule("H6")
  default void anUnknownOptionIsAnError(Fixture fixture) {
    StoreConfig place = fixture.place().with("no-such-option", "1");
    StoreException.Unusable error =
        assertThrows(StoreException.Unusable.class, () -> Store.open(place).close());
    assertEquals(StoreException.Reason.URL, error.reason());
    assertTrue(error.getMessage().contains("no-such-option"), error.getMessage());
    assertTrue(error.getMessage().contains(fixture.place().scheme()), error.getMessage());
  }

  @Rule("H7")
  default void callsEndAtTheirDeadline(Fixture fixture) {
    Backend backend = fixture.backend();
    Deadline passed = Deadline.after(Duration.ZERO);
    List<Executable> calls =
        List.of(
            () -> backend.status(passed),
            () -> backend.read(KeyRange.all(), 10, passed),
            () -> backend.count(KeyRange.all(), passed),
            () -> backend.commit(new CommitRequest(List.of(), null, List.of(), List.of()), passed));
    for (Executable call : calls) {
      assertThrows(StoreException.Timeout.class, call, "call " + calls.indexOf(call));
    }
  }

  @Rule("H7")
  default void anInterruptedCallSaysSo(Store store) {
    List<Executable> calls =
        List.of(
            store::status,
            () -> store.get(key("k")),
            () -> store.get(KeyRange.all()),
            () -> store.count(KeyRange.all()),
            () -> store.put(key("k"), bytes("v")));
    for (Executable call : calls) {
      Thread.currentThread().interrupt();
      try {
        assertThrows(StoreException.Interrupted.class, call, "call " + calls.indexOf(call));
        assertTrue(Thread.currentThread().isInterrupted(), "the flag is set again");
      } finally {
        Thread.interrupted();
      }
    }
    assertEquals("missing", text(store.get(key("k"))), "an interrupted put");
  }

  @Rule("H7")
  default void anInterruptedWatchStaysUsable(Store store, Fixture fixture) throws Exception {
    try (Watch watch = store.watch(KeyRange.all(), store.status().head())) {
      Callable<Boolean> waiting =
          () -> {
            Thread.currentThread().interrupt();
            assertThrows(
                StoreException.Interrupted.class,
                () -> watch.next(fixture.patience().multipliedBy(3)));
            assertTrue(Thread.interrupted(), "the flag is set again");
            return true;
          };
      Together.run(List.of(waiting));
      Position commit = store.put(key("k"), bytes("v"));
      assertEquals(1, Drain.commitsTo(watch, commit, fixture.patience()).size());
    }
  }

  @Rule("H7")
  default void anInterruptedWatchLosesNothing(Store store, Fixture fixture) {
    List<Position> written = new ArrayList<>();
    List<Position> seen = new ArrayList<>();
    try (Watch watch = store.watch(KeyRange.all(), store.status().head())) {
      for (int i = 0; i < 5; i++) {
        written.add(store.put(key("k"), bytes("" + i)));
        Thread.currentThread().interrupt();
        try {
          watch.next(fixture.patience()).ifPresent(batch -> seen.add(batch.position()));
        } catch (StoreException.Interrupted expected) {
          assertTrue(Thread.currentThread().isInterrupted(), "the flag is set again");
        } finally {
          Thread.interrupted();
        }
      }
      written.add(store.put(key("k"), bytes("last")));
      Drain.commitsTo(watch, written.get(5), fixture.patience())
          .forEach(batch -> seen.add(batch.position()));
    }
    assertEquals(written, seen, "commits that were delivered, calls being interrupted");
  }
}
