package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.FaultProxy.Direction;
import io.holdfast.testbed.FaultProxy.Fault;
import io.holdfast.testbed.WithEtcd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Of several watches of a handle one pulls for all: rules W1, W7, W9 whichever of them leaves. */
@WithEtcd
final class FeedTest {
  private static final Duration LONG = Duration.ofMinutes(5);
  private static final Key KEY = Key.of("k");

  private final Store store;

  private final FaultProxy proxy;

  FeedTest(Etcd etcd) {
    proxy = FaultProxy.to(etcd.endpoint().getHost(), etcd.endpoint().getPort());
    String url = EtcdHarness.url(etcd);
    store = Store.open(url.replace(etcd.endpoint().getAuthority(), "127.0.0.1:" + proxy.port()));
  }

  @AfterEach
  void close() {
    store.close();
    proxy.close();
  }

  /** A watch and the thread that waits for its next batch. */
  private static final class Waiting {
    final Watch watch;
    final CompletableFuture<Object> told = new CompletableFuture<>();
    final Thread thread = new Thread(this::run);

    Waiting(Watch watch) {
      this.watch = watch;
      thread.start();
    }

    private void run() {
      try {
        told.complete(watch.next(LONG));
      } catch (StoreException e) {
        told.complete(e);
      }
    }

    Object told() throws Exception {
      return told.get(Await.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }
  }

  private List<Waiting> waiting(int watches) {
    List<Waiting> waiting = new ArrayList<>();
    Position head = store.put(KEY, new byte[1]);
    for (int i = 0; i < watches; i++) {
      Watch watch = store.watch(KeyRange.all(), head);
      assertEquals(Optional.empty(), watch.next(Duration.ofMillis(1)));
      waiting.add(new Waiting(watch));
    }
    for (Waiting each : waiting) {
      Await.until("a wait", () -> each.thread.getState() == Thread.State.TIMED_WAITING);
    }
    return waiting;
  }

  private static Position position(Object told) {
    return ((Optional<?>) told).map(batch -> ((WatchBatch) batch).position()).orElseThrow();
  }

  @Test
  void whoeverIsInterruptedTheOthersGoOn() throws Exception {
    List<Waiting> waiting = waiting(3);
    for (Waiting leaving : waiting.subList(0, 2)) {
      leaving.thread.interrupt();
      assertInstanceOf(StoreException.Interrupted.class, leaving.told());
    }
    Position put = store.put(KEY, new byte[2]);
    assertEquals(put, position(waiting.get(2).told()));
    for (Waiting left : waiting.subList(0, 2)) {
      assertEquals(List.of(put), Await.commits(left.watch, put), "it goes on, too");
    }
  }

  @Test
  void whoeverIsClosedLeavesAtOnceAndTheOthersGoOn() throws Exception {
    List<Waiting> waiting = waiting(3);
    for (Waiting leaving : waiting.subList(0, 2)) {
      leaving.watch.close();
      assertInstanceOf(StoreException.Closed.class, leaving.told());
    }
    assertTrue(waiting.get(2).thread.isAlive());
    Position put = store.put(KEY, new byte[2]);
    assertEquals(put, position(waiting.get(2).told()));
  }

  @Test
  void whoeverIsClosedWhileTheServerIsSilentLeavesSoon() throws Exception {
    List<Waiting> waiting = waiting(2);
    proxy.blackhole(); // before the cut: who is quick would be connected again, and content
    proxy.strike(Direction.TO_CLIENT, Fault.CUT);
    for (Waiting leaving : waiting) {
      Await.until("trouble", () -> leaving.watch.state() == Watch.State.RETRYING);
      long start = System.nanoTime();
      leaving.watch.close();
      assertInstanceOf(StoreException.Closed.class, leaving.told());
      long seconds = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - start);
      assertTrue(seconds < 20, "it took " + seconds + " s of five minutes");
    }
  }

  @Test
  void whoDoesNotAskHoldsNobodyUpAndMissesNothing() {
    Position head = store.put(KEY, new byte[1]);
    Watch idle = store.watch(KeyRange.all(), head);
    assertEquals(Optional.empty(), idle.next(Duration.ofMillis(1)));
    List<Position> puts = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      puts.add(store.put(KEY, new byte[2]));
    }
    Position middle = puts.get(99);
    Watch later = store.watch(KeyRange.all(), middle);
    Position last = puts.get(puts.size() - 1);
    assertEquals(puts.subList(100, puts.size()), Await.commits(later, last));
    assertEquals(puts, Await.commits(idle, last));
    Position one = store.put(KEY, new byte[3]);
    assertEquals(List.of(one), Await.commits(later, one));
    assertEquals(List.of(one), Await.commits(idle, one));
  }

  @Test
  void whoAsksWithoutTimeAgainAndAgainGetsEverything() {
    Position head = store.put(KEY, new byte[1]);
    Watch watch = store.watch(KeyRange.all(), head);
    Position put = store.put(KEY, new byte[2]);
    List<WatchBatch> batches = new ArrayList<>();
    Await.until(
        "the batch",
        () -> {
          watch.next(Duration.ZERO).ifPresent(batches::add);
          return !batches.isEmpty();
        });
    assertEquals(put, batches.get(0).position());
    assertEquals(head, batches.get(0).previous());
  }
}
