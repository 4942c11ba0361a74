package io.holdfast.cache;

import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.cache.LagBound.Beyond;
import io.holdfast.cache.MirrorState.Phase;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What reads get from a mirror that is behind its store, and how far behind it knows it is. */
final class LagTest {
  private static final LagBound NONE_MISSING = new LagBound(Duration.ofHours(1), 0, Beyond.SERVE);

  private final TestBackend backend = TestBackend.create();
  private final Store store = backend.store();

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void mirrorHasWhatWasAcknowledgedBeforeAHeadThatItReached() {
    AtomicLong now = new AtomicLong(TimeUnit.SECONDS.toNanos(100));
    LagMeter meter = new LagMeter(now::get);
    meter.restart(5, TimeUnit.SECONDS.toNanos(90));
    assertEquals(new Lag(Duration.ofSeconds(10), 0), meter.lag());
    meter.heard(Position.of(7, 1), TimeUnit.SECONDS.toNanos(98));
    assertEquals(new Lag(Duration.ofSeconds(10), 2), meter.lag());
    meter.reached(6);
    assertEquals(new Lag(Duration.ofSeconds(10), 1), meter.lag());
    meter.heard(Position.of(9, 1), TimeUnit.SECONDS.toNanos(99));
    meter.reached(8);
    assertEquals(new Lag(Duration.ofSeconds(2), 1), meter.lag());
    meter.reached(9);
    assertEquals(new Lag(Duration.ofSeconds(1), 0), meter.lag());
    meter.heard(Position.of(9, 1), TimeUnit.SECONDS.toNanos(100));
    assertEquals(new Lag(Duration.ZERO, 0), meter.lag());
  }

  @Test
  void headThatAFailoverTookBackIsNotWaitedFor() {
    AtomicLong now = new AtomicLong(TimeUnit.SECONDS.toNanos(100));
    LagMeter meter = new LagMeter(now::get);
    meter.restart(5, TimeUnit.SECONDS.toNanos(90));
    meter.heard(Position.of(6, 1), TimeUnit.SECONDS.toNanos(97));
    meter.heard(Position.of(9, 1), TimeUnit.SECONDS.toNanos(98));
    meter.heard(Position.of(7, 2), TimeUnit.SECONDS.toNanos(99));
    assertEquals(new Lag(Duration.ofSeconds(10), 2), meter.lag());
    meter.reached(6);
    assertEquals(new Lag(Duration.ofSeconds(3), 1), meter.lag());
    meter.reached(7);
    assertEquals(new Lag(Duration.ofSeconds(1), 0), meter.lag());
  }

  @Test
  void mirrorIsCurrentBehindAFailoverThatLostWhatItHadNotFollowedYet() {
    LagBound bound = LagBound.of(Duration.ofMillis(1500), Beyond.FAIL);
    try (Mirror<String> mirror = Words.mirror(store).open()) {
      mirror.awaitReady(LONG);
      store.put(key(1), bytes("one"));
      mirror.snapshot(Freshness.LINEARIZABLE, LONG);
      backend.fork();
      backend.holdWatch();
      store.put(key(2), bytes("lost"));
      Words.await("behind", () -> !bound.allows(mirror.state().lag()));
      backend.exchangeForFork();
      backend.watchesHeld = false;
      Words.await("current", () -> bound.allows(mirror.state().lag()));
      assertEquals(1, mirror.state().timeline(), "it has lost nothing that it had");
      assertEquals(1, mirror.snapshot().size());
    }
  }

  /** The mirror misses two commits and knows it. */
  private void fallBehind(Mirror<String> mirror) {
    mirror.awaitReady(LONG);
    backend.holdWatch();
    store.put(key(1), bytes("one"));
    store.put(key(2), bytes("two"));
    Words.await("known", () -> mirror.state().lag().revisions() == 2);
  }

  @Test
  void readBeyondTheBoundIsServedMarked() {
    try (Mirror<String> mirror = Words.mirror(store).open()) {
      fallBehind(mirror);
      Snapshot<String> plain = mirror.snapshot();
      assertTrue(plain.lag().isEmpty());
      Snapshot<String> marked = mirror.snapshot(NONE_MISSING, LONG);
      assertTrue(marked.lag().orElseThrow().revisions() > 0);
      assertEquals(plain.position(), marked.position());
      backend.watchesHeld = false;
      Words.await("caught up", () -> mirror.snapshot(NONE_MISSING, LONG).lag().isEmpty());
      assertSame(mirror.snapshot(), mirror.snapshot(NONE_MISSING, LONG));
    }
  }

  @Test
  void readBeyondTheBoundFailsAtOnce() {
    LagBound bound = new LagBound(Duration.ofHours(1), 0, Beyond.FAIL);
    try (Mirror<String> mirror = Words.mirror(store).lagBound(bound).open()) {
      fallBehind(mirror);
      String why = assertThrows(StoreException.Unavailable.class, mirror::snapshot).getMessage();
      assertTrue(
          why.matches(
              "the mirror is PT\\S+S and 2 revisions behind, farther than PT1H or 0 revisions"),
          why);
      assertThrows(StoreException.Unavailable.class, () -> mirror.get(key(2)));
      Words.await("told", () -> mirror.state().phase() == Phase.BEHIND);
      assertEquals("farther behind than PT1H or 0 revisions", mirror.state().why());
      assertTrue(mirror.snapshot(NONE_MISSING, LONG).get(key(2)).isEmpty());
      backend.watchesHeld = false;
      Words.await("caught up", () -> mirror.state().phase() == Phase.LIVE);
      Words.await("served", () -> mirror.snapshot(NONE_MISSING, LONG).get(key(2)).isPresent());
      assertTrue(mirror.get(key(2)).isPresent());
    }
  }

  @Test
  void mirrorThatDoesNotGetOnIsToldToBeBehind() {
    Semaphore decodes = new Semaphore(0);
    Semaphore goOn = new Semaphore(0);
    Function<KeyValue, String> slow =
        stored -> {
          decodes.release();
          goOn.acquireUninterruptibly();
          return Words.text(stored);
        };
    List<Phase> told = new CopyOnWriteArrayList<>();
    try (Mirror<String> mirror =
        Mirror.of(store, slow)
            .range(Words.ALL)
            .lagBound(NONE_MISSING)
            .onState(state -> told.add(state.phase()))
            .open()) {
      mirror.awaitReady(LONG);
      Position before = store.status().head();
      backend.headLie = head -> before; // so that it does not know of it before it decodes
      store.put(key(1), bytes("one"));
      decodes.acquireUninterruptibly();
      backend.headLie = head -> head;
      Words.await("behind", () -> mirror.state().phase() == Phase.BEHIND);
      goOn.release(1000);
      List<Phase> all = List.of(Phase.LIVE, Phase.BEHIND, Phase.LIVE);
      Words.await("live, and all was told", () -> told.equals(all));
    }
  }

  @Test
  void readBeyondTheBoundWaits() {
    LagBound bound = new LagBound(Duration.ofHours(1), 0, Beyond.WAIT);
    try (Mirror<String> mirror = Words.mirror(store).open()) {
      fallBehind(mirror);
      assertThrows(
          StoreException.Timeout.class, () -> mirror.snapshot(bound, Duration.ofMillis(20)));
      Thread release = new Thread(() -> backend.watchesHeld = false);
      release.start();
      assertEquals(2, mirror.snapshot(bound, LONG).size());
    }
  }

  @Test
  void storeThatDoesNotAnswerMakesTheMirrorOld() {
    LagBound bound = LagBound.of(Duration.ofMillis(1500), Beyond.FAIL);
    try (Mirror<String> mirror = Words.mirror(store).open()) {
      mirror.awaitReady(LONG);
      backend.unavailable = true;
      int asked = backend.statusCalls.get();
      // by then the answer to the question before has been heard, if it still came
      Words.await("asked in vain", () -> backend.statusCalls.get() > asked);
      Words.await("old", () -> !bound.allows(mirror.state().lag()));
      assertThrows(StoreException.Unavailable.class, () -> mirror.snapshot(bound, LONG));
      backend.unavailable = false;
      Words.await("young", () -> bound.allows(mirror.state().lag()));
    }
  }

  @Test
  void allMirrorsOfAStoreAskForTheHeadTogether() {
    try (Mirror<String> one = Words.mirror(store).open();
        Mirror<String> two = Words.mirror(store).open();
        Mirror<String> three = Words.mirror(store).open()) {
      assertEquals(0, one.snapshot().size() + two.snapshot().size() + three.snapshot().size());
      long pulses =
          Thread.getAllStackTraces().keySet().stream()
              .filter(thread -> thread.getName().startsWith("holdfast-mirror-pulse"))
              .count();
      assertEquals(1, pulses);
    }
  }
}
