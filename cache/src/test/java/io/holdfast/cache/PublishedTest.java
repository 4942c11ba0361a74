package io.holdfast.cache;

import static io.holdfast.cache.Words.LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.cache.LagBound.Beyond;
import io.holdfast.cache.MirrorState.Phase;
import io.holdfast.store.Deadline;
import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import io.holdfast.store.WatchBatch;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Who waits for a mirror is woken by what it waits for, and by little else. */
final class PublishedTest {
  private static final LagBound NEAR = new LagBound(Duration.ofMinutes(30), 0, Beyond.WAIT);

  private final Published<Integer> published = published();
  private Position last = Position.of(1, 1);

  private static Published<Integer> published() {
    return published(state -> {});
  }

  private static Published<Integer> published(Consumer<MirrorState> listener) {
    Alerts alerts = new Alerts(drift -> {});
    Layout<Integer> layout = new Layout<>(List.of(KeyRange.all()), List.of(), null, null);
    return new Published<>(
        new Updater<>(layout, KeyValue::valueLength, false, alerts),
        alerts,
        listener,
        InstantSource.system(),
        LagBound.of(LONG, Beyond.SERVE));
  }

  private void load(Duration age) {
    published.start(last, List.of(), System.nanoTime() - age.toNanos());
  }

  private Position after(int commits) {
    long number = last.revision().number() + commits;
    return Position.of(number, number);
  }

  private void commit() {
    Position next = after(1);
    KeyValue stored =
        KeyValue.adopt(
            Key.of("k"), new byte[0], next.revision().number(), next.revision().number());
    published.advance(new WatchBatch(last, next, List.of(Event.put(stored))));
    last = next;
  }

  private void reloadAt(int commits) {
    last = after(commits);
    load(Duration.ZERO);
  }

  /** Begins to wait, has something happen, and gives what the wait came to. */
  private <T> T woken(Function<Deadline, T> wait, Runnable event) {
    AtomicReference<Thread> thread = new AtomicReference<>();
    CompletableFuture<T> waiting =
        CompletableFuture.supplyAsync(
            () -> {
              thread.set(Thread.currentThread());
              return wait.apply(Deadline.after(LONG));
            },
            body -> new Thread(body, "waiting").start());
    Words.await("it waits", () -> thread.get() != null && isWaiting(thread.get()));
    event.run();
    long begin = System.nanoTime();
    try {
      return waiting.join();
    } finally {
      assertTrue(System.nanoTime() - begin < LONG.toNanos() / 2, "it woke by itself");
    }
  }

  private static boolean isWaiting(Thread thread) {
    return thread.getState() == Thread.State.TIMED_WAITING;
  }

  @Test
  void loadWakesWhoWaitsForIt() {
    Snapshot<Integer> loaded = woken(published::awaitLoaded, () -> load(Duration.ZERO));
    assertEquals(last, loaded.position());
  }

  @Test
  void commitAndReloadWakeWhoWaitsForAPosition() {
    load(Duration.ZERO);
    Position two = after(2);
    Runnable commits =
        () -> {
          commit();
          commit();
        };
    assertEquals(two, woken(end -> published.awaitReached(two, end), commits).position());
    Position ten = after(10);
    assertEquals(
        ten, woken(end -> published.awaitReached(ten, end), () -> reloadAt(10)).position());
  }

  @Test
  void commitAndRepairWakeWhoWaitsForAnotherSnapshot() {
    load(Duration.ZERO);
    for (Runnable change :
        List.<Runnable>of(
            this::commit, () -> published.mend(now -> Updater.Step.to(now.again())))) {
      Snapshot<Integer> known = published.newest();
      woken(end -> awaitOther(known, end), change);
      assertTrue(published.newest() != known);
    }
  }

  private Object awaitOther(Snapshot<Integer> known, Deadline end) {
    published.awaitOtherThan(known, end, LONG);
    return end;
  }

  @Test
  void headCommitAndReloadWakeWhoWaitsForTheMirrorToBeNear() {
    load(Duration.ofHours(1));
    Position now = last;
    Function<Deadline, Snapshot<Integer>> near = end -> published.within(NEAR, end);
    woken(near, () -> published.heard(now, System.nanoTime()));
    published.heard(after(1), System.nanoTime());
    assertEquals(after(1), woken(near, this::commit).position());
    published.heard(after(5), System.nanoTime());
    published.reloading("the test said so", true);
    assertEquals(after(5), woken(near, () -> reloadAt(5)).position());
  }

  @Test
  void commitAndReloadWakeWhoWaitsForThePast() {
    load(Duration.ZERO);
    Trail<Integer> trail = published.beginTrail();
    Position next = after(1);
    assertEquals(
        next,
        woken(end -> published.awaitTrail(trail, next, end), this::commit)
            .orElseThrow()
            .position());
    Position never = after(100);
    published.reloading("the test said so", true);
    assertTrue(woken(end -> published.awaitTrail(trail, never, end), () -> reloadAt(1)).isEmpty());
  }

  @Test
  void closeWakesAll() {
    load(Duration.ofHours(1));
    Snapshot<Integer> known = published.newest();
    Trail<Integer> trail = published.beginTrail();
    Position never = after(100);
    CompletionException e =
        assertThrows(
            CompletionException.class,
            () ->
                woken(
                    end -> published.awaitReached(never, end),
                    () ->
                        assertClosed(
                            end -> published.within(NEAR, end),
                            () ->
                                assertClosed(
                                    end -> awaitOther(known, end),
                                    () ->
                                        assertClosed(
                                            end -> published.awaitTrail(trail, never, end),
                                            () -> published.close(""))))));
    assertEquals(StoreException.Closed.class, e.getCause().getClass());
  }

  private void assertClosed(Function<Deadline, Object> wait, Runnable event) {
    CompletionException e = assertThrows(CompletionException.class, () -> woken(wait, event));
    assertEquals(StoreException.Closed.class, e.getCause().getClass());
  }

  @Test
  void commitsDoNotWakeWhoWaitsForALaterOne() {
    load(Duration.ZERO);
    Position far = after(1000);
    AtomicReference<Thread> waiter = new AtomicReference<>();
    Function<Deadline, Snapshot<Integer>> wait =
        end -> {
          waiter.set(Thread.currentThread());
          return published.awaitReached(far, end);
        };
    Snapshot<Integer> reached =
        woken(
            wait,
            () -> {
              long before = waits(waiter.get());
              for (int i = 1; i < 1000; i++) {
                commit();
                LockSupport.parkNanos(TimeUnit.MICROSECONDS.toNanos(50));
              }
              assertTrue(waits(waiter.get()) - before < 10, "woken: " + waits(waiter.get()));
              commit();
            });
    assertEquals(far, reached.position());
  }

  /** While the listener is told of one phase, another thread enters the next one. */
  @Test
  void phasesAreToldInTheirOrderWhicheverThreadEntersThem() {
    List<Phase> told = new CopyOnWriteArrayList<>();
    AtomicReference<Published<Integer>> shown = new AtomicReference<>();
    shown.set(
        published(
            state -> {
              if (state.phase() == Phase.LIVE) {
                Runnable close = () -> shown.get().close("");
                CompletableFuture.runAsync(close, body -> new Thread(body).start()).join();
              }
              told.add(state.phase());
            }));
    shown.get().start(last, List.of(), System.nanoTime());
    assertEquals(List.of(Phase.LIVE, Phase.CLOSED), told);
  }

  /** How often a thread has gone to sleep. */
  private static long waits(Thread thread) {
    return ManagementFactory.getThreadMXBean().getThreadInfo(thread.getId()).getWaitedCount();
  }
}
