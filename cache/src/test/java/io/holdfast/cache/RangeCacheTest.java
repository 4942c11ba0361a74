package io.holdfast.cache;

import static io.holdfast.cache.Words.ALL;
import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** A cache of single keys is never wrong for longer than its watch, and never goes back. */
final class RangeCacheTest {
  private static final long MUCH = 1 << 20;

  private final TestBackend backend = TestBackend.create();
  private final Store store = backend.store();
  private final AtomicBoolean broken = new AtomicBoolean();
  private RangeCache<String> cache;

  @BeforeEach
  void open() {
    cache = RangeCache.open(store, ALL, Words::text, MUCH);
    awaitKept(key(-1));
  }

  @AfterEach
  void close() {
    cache.close();
    store.close();
  }

  @Test
  void whatIsMissingOnTheClassPathIsNamed() throws Exception {
    URL[] jars =
        Stream.of(Store.class, RangeCache.class, LoggerFactory.class)
            .map(type -> type.getProtectionDomain().getCodeSource().getLocation())
            .toArray(URL[]::new);
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    try (URLClassLoader bare = new URLClassLoader(jars, ClassLoader.getPlatformClassLoader())) {
      thread.setContextClassLoader(bare);
      Method open =
          Stream.of(bare.loadClass(RangeCache.class.getName()).getMethods())
              .filter(method -> method.getName().equals("open"))
              .findAny()
              .orElseThrow();
      Object range = bare.loadClass(KeyRange.class.getName()).getMethod("all").invoke(null);
      Method openStore = bare.loadClass(Store.class.getName()).getMethod("open", String.class);
      try (AutoCloseable own = (AutoCloseable) openStore.invoke(null, "memory:bare")) {
        Function<Object, String> decoder = Object::toString;
        Throwable e =
            assertThrows(
                    InvocationTargetException.class,
                    () -> open.invoke(null, own, range, decoder, MUCH))
                .getCause();
        assertEquals(IllegalStateException.class, e.getClass());
        assertTrue(e.getMessage().contains("com.github.ben-manes.caffeine:caffeine"));
      }
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  /** From now on what is read is kept. */
  private void awaitKept(Key key) {
    Words.await(
        "kept",
        () -> {
          cache.get(key, LONG);
          int before = backend.reads.get();
          cache.get(key, LONG);
          return backend.reads.get() == before;
        });
  }

  private Optional<String> get(int number) {
    return cache.get(key(number), LONG).map(Entry::value);
  }

  @Test
  void whatWasReadIsKeptAndFollowsTheStore() {
    store.put(key(1), bytes("one"));
    assertEquals(Optional.of("one"), get(1));
    int before = backend.reads.get();
    assertEquals(Optional.of("one"), get(1));
    store.put(key(1), bytes("uno"));
    Words.await("changed", () -> get(1).equals(Optional.of("uno")));
    store.delete(key(1));
    Words.await("deleted", () -> get(1).isEmpty());
    store.put(key(1), bytes("again"));
    Words.await("again", () -> get(1).equals(Optional.of("again")));
    assertEquals(before, backend.reads.get());
  }

  @Test
  void missingKeyIsKeptUntilItComes() {
    assertEquals(Optional.empty(), get(1));
    int before = backend.reads.get();
    assertEquals(Optional.empty(), get(1));
    store.put(key(1), bytes("one"));
    Words.await("there", () -> get(1).isPresent());
    assertEquals(before, backend.reads.get());
  }

  @Test
  void commitDuringAReadIsNotForgotten() {
    store.put(key(1), bytes("old"));
    Semaphore goOn = new Semaphore(0);
    AtomicBoolean first = new AtomicBoolean(true);
    backend.onRead =
        () -> {
          if (first.getAndSet(false)) {
            store.put(key(1), bytes("new"));
            Position last = store.put(key(2), bytes("told after it"));
            Words.await("told", () -> isTold(last));
            goOn.release();
          }
        };
    assertEquals(Optional.of("old"), get(1));
    goOn.acquireUninterruptibly();
    assertEquals(Optional.of("new"), get(1));
  }

  private boolean isTold(Position position) {
    int before = backend.reads.get();
    cache.get(key(-1), Freshness.atLeast(position), LONG);
    return backend.reads.get() == before;
  }

  /** Begins to read a key, and stops with what the store has said, until it may go on. */
  private CompletableFuture<Optional<String>> stoppedRead(int number, Semaphore goOn) {
    AtomicBoolean isFirst = new AtomicBoolean(true);
    Semaphore hasRead = new Semaphore(0);
    backend.onRead =
        () -> {
          if (isFirst.getAndSet(false)) {
            hasRead.release();
            goOn.acquireUninterruptibly();
          }
        };
    CompletableFuture<Optional<String>> read = CompletableFuture.supplyAsync(() -> get(number));
    hasRead.acquireUninterruptibly();
    return read;
  }

  @Test
  void readThatWasOvertakenByAnotherIsNotKept() {
    store.put(key(1), bytes("old"));
    backend.holdWatch(); // so that only the reads know
    Semaphore goOn = new Semaphore(0);
    CompletableFuture<Optional<String>> slow = stoppedRead(1, goOn);
    store.put(key(1), bytes("new"));
    assertEquals(Optional.of("new"), get(1));
    goOn.release();
    assertEquals(Optional.of("old"), slow.join());
    int before = backend.reads.get();
    assertEquals(Optional.of("new"), get(1));
    assertEquals(before, backend.reads.get());
  }

  @Test
  void readThatWasOvertakenByOneTooLargeToKeepIsNotKept() {
    store.put(key(1), bytes("old"));
    backend.holdWatch(); // so that only the reads know
    Semaphore goOn = new Semaphore(0);
    CompletableFuture<Optional<String>> slow = stoppedRead(1, goOn);
    String large = "x".repeat(2 * (int) MUCH);
    store.put(key(1), bytes(large));
    assertEquals(Optional.of(large), get(1));
    goOn.release();
    assertEquals(Optional.of("old"), slow.join());
    assertEquals(Optional.of(large), get(1));
  }

  @Test
  void whatIsToldLaterThanItWasReadDoesNotTakeTheKeyBack() {
    backend.holdWatch();
    store.put(key(1), bytes("old"));
    Position second = store.put(key(1), bytes("new"));
    Position third = store.put(key(2), bytes("told after it"));
    assertEquals(Optional.of("new"), get(1));
    List<Optional<String>> between = new CopyOnWriteArrayList<>();
    backend.watchLie =
        batch -> {
          if (batch.position().equals(second)) {
            between.add(get(1)); // on the follower's thread: the first commit was told just now
          }
          return batch;
        };
    backend.watchesHeld = false;
    Words.await("told", () -> isTold(third));
    assertEquals(List.of(Optional.of("new")), between);
  }

  @Test
  void whatIsToldLaterThanItIsBeingReadDoesNotTakeTheKeyBack() {
    backend.holdWatch();
    store.put(key(1), bytes("old"));
    Position second = store.put(key(1), bytes("new"));
    Position third = store.put(key(2), bytes("told after it"));
    Semaphore goOn = new Semaphore(0);
    CompletableFuture<Optional<String>> slow = stoppedRead(1, goOn);
    List<Optional<String>> between = new CopyOnWriteArrayList<>();
    backend.watchLie =
        batch -> {
          if (batch.position().equals(second)) {
            goOn.release();
            between.add(slow.join());
            between.add(get(1));
          }
          return batch;
        };
    backend.watchesHeld = false;
    Words.await("told", () -> isTold(third));
    assertEquals(List.of(Optional.of("new"), Optional.of("new")), between);
  }

  @Test
  void readFromBeforeTheWatchEndedIsNotTakenForOneThatIsWatched() {
    store.put(key(1), bytes("old"));
    Semaphore goOn = new Semaphore(0);
    CompletableFuture<Optional<String>> slow = stoppedRead(1, goOn);
    endWatch();
    Position unseen = store.put(key(1), bytes("new"));
    broken.set(false);
    Words.await("followed anew", () -> isTold(unseen));
    goOn.release();
    assertEquals(Optional.of("old"), slow.join());
    assertEquals(Optional.of("new"), get(1));
  }

  @Test
  void positionIsReachedOnlyWhenItsChangesAreThere() {
    Semaphore applies = new Semaphore(0);
    Semaphore goOn = new Semaphore(0);
    Function<KeyValue, String> slow =
        stored -> {
          if (Words.text(stored).equals("new") && isFollower()) {
            applies.release();
            goOn.acquireUninterruptibly();
          }
          return Words.text(stored);
        };
    try (RangeCache<String> followed = RangeCache.open(store, ALL, slow, MUCH)) {
      store.put(key(1), bytes("old"));
      Words.await("kept", () -> followed.get(key(1), LONG).isPresent() && followed.size() == 1);
      int before = backend.reads.get();
      Position changed = store.put(key(1), bytes("new"));
      applies.acquireUninterruptibly();
      CompletableFuture<String> read =
          CompletableFuture.supplyAsync(
              () -> followed.get(key(1), Freshness.atLeast(changed), LONG).orElseThrow().value());
      Words.await("asked, or answered", () -> read.isDone() || backend.reads.get() > before);
      goOn.release();
      assertEquals("new", read.join());
    }
  }

  private static boolean isFollower() {
    return Thread.currentThread().getName().startsWith("holdfast-cache-follower");
  }

  @Test
  void valueThatCannotBeDecodedIsNotOverlookedByAReadUnderWay() {
    try (RangeCache<String> picky = RangeCache.open(store, ALL, RangeCacheTest::picky, MUCH)) {
      store.put(key(1), bytes("fine"));
      Words.await("followed", () -> picky.get(key(2), LONG).isEmpty() && picky.size() == 1);
      AtomicBoolean isFirst = new AtomicBoolean(true);
      backend.onRead =
          () -> {
            if (isFirst.getAndSet(false)) {
              store.put(key(1), bytes("broken"));
              store.put(key(2), bytes("told after it"));
              Words.await("told", () -> picky.get(key(2), LONG).isPresent());
            }
          };
      assertEquals("fine", picky.get(key(1), LONG).orElseThrow().value());
      assertThrows(IllegalArgumentException.class, () -> picky.get(key(1), LONG));
    }
  }

  @Test
  void freshReadsSeeWhatWasAcknowledged() {
    for (int i = 0; i < 100; i++) {
      Position put = store.put(key(1), bytes("w" + i));
      Freshness freshness = i % 2 == 0 ? Freshness.atLeast(put) : Freshness.LINEARIZABLE;
      assertEquals("w" + i, cache.get(key(1), freshness, LONG).orElseThrow().value());
    }
  }

  @Test
  void positionOfAnotherHistoryIsNotTakenForWhatWasFollowed() {
    store.put(key(1), bytes("one"));
    assertEquals(Optional.of("one"), get(1));
    Store successor = backend.fork();
    Position lost = store.put(key(1), bytes("lost"));
    Position last = store.put(key(2), bytes("lost too"));
    Words.await("told", () -> isTold(last));
    Position kept = successor.put(key(1), bytes("kept"));
    assertEquals(lost.revision(), kept.revision());
    backend.holdWatch(); // the cache does not know yet
    backend.exchangeForFork();
    assertEquals(Optional.of("lost"), get(1));
    assertEquals("kept", cache.get(key(1), Freshness.atLeast(kept), LONG).orElseThrow().value());
    backend.watchesHeld = false;
    Words.await("followed anew", () -> isTold(kept));
    assertEquals(Optional.of("kept"), get(1));
    Position now = successor.put(key(3), bytes("three"));
    assertTrue(!last.isAfter(now));
    for (Position gone : List.of(lost, last)) {
      assertThrows(
          StoreException.Diverged.class, () -> cache.get(key(1), Freshness.atLeast(gone), LONG));
    }
  }

  @Test
  void positionOfLongAgoIsProvenByTheStore() {
    Position early = store.put(key(1), bytes("one"));
    Position last = early;
    for (int i = 0; i < PassedPositions.KEPT; i++) {
      last = store.put(key(2), bytes("w" + i));
    }
    Position end = last;
    Words.await("told", () -> isTold(end));
    assertEquals("one", cache.get(key(1), Freshness.atLeast(early), LONG).orElseThrow().value());
    Position foreign = new Position(early.revision(), early.token() + 1);
    assertThrows(
        StoreException.Diverged.class, () -> cache.get(key(1), Freshness.atLeast(foreign), LONG));
  }

  /** From now on there is no watch, as long as the store is broken. */
  private void endWatch() {
    broken.set(true);
    backend.onStatus =
        () -> {
          if (broken.get()) {
            throw new StoreException.Unavailable("the test said so", null);
          }
        };
    backend.watchLie =
        batch -> {
          backend.watchLie = same -> same;
          throw new StoreException.TooOld("the test said so", batch.position().revision());
        };
    store.put(key(2), bytes("two"));
    Words.await("forgotten", () -> cache.size() == 0);
  }

  @Test
  void nothingIsKeptWithoutAWatch() {
    store.put(key(1), bytes("old"));
    assertEquals(Optional.of("old"), get(1));
    endWatch();
    store.put(key(1), bytes("new"));
    int before = backend.reads.get();
    assertEquals(Optional.of("new"), get(1));
    assertEquals(Optional.of("new"), get(1));
    assertEquals(before + 2, backend.reads.get());
    broken.set(false);
    awaitKept(key(1));
    assertEquals(Optional.of("new"), get(1));
  }

  @Test
  void nothingIsServedForLongWhileTheStoreDoesNotAnswer() {
    Duration soon = Duration.ofMillis(50);
    try (RangeCache<String> impatient = RangeCache.open(store, ALL, Words::text, MUCH, soon)) {
      store.put(key(1), bytes("one"));
      Words.await("kept", () -> impatient.get(key(1), LONG).isPresent() && impatient.size() == 1);
      backend.unavailable = true;
      Words.await("forgotten", () -> impatient.size() == 0);
      assertThrows(StoreException.Unavailable.class, () -> impatient.get(key(1), LONG));
      backend.unavailable = false;
      Words.await(
          "kept again", () -> impatient.get(key(1), LONG).isPresent() && impatient.size() == 1);
    }
  }

  @Test
  void memoryIsBounded() {
    RangeCache<String> small = RangeCache.open(store, ALL, Words::text, 10_000);
    for (int i = 0; i < 1000; i++) {
      store.put(key(i), bytes("w" + i));
      small.get(key(i), LONG);
    }
    // also once the follower has done its part, if it was just about to put something out
    Words.await("few are kept", () -> small.size() < 60);
    small.close();
  }

  @Test
  void noReaderSeesAKeyGoBack() throws InterruptedException {
    ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
    AtomicBoolean stop = new AtomicBoolean();
    List<Thread> readers = new ArrayList<>();
    try (RangeCache<String> tiny = RangeCache.open(store, ALL, Words::text, 2_000)) {
      for (RangeCache<String> read : List.of(cache, tiny)) {
        Thread reader = new Thread(() -> readForward(read, stop, faults));
        reader.start();
        readers.add(reader);
      }
      for (int i = 0; i < 4000; i++) {
        store.put(key(i % 20), bytes(Integer.toString(i)));
      }
      stop.set(true);
      for (Thread reader : readers) {
        reader.join();
      }
    }
    assertEquals(List.of(), List.copyOf(faults));
  }

  private static void readForward(
      RangeCache<String> cache, AtomicBoolean stop, ConcurrentLinkedQueue<String> faults) {
    int[] last = new int[20];
    Random random = new Random(7);
    while (!stop.get()) {
      int which = random.nextInt(last.length);
      int now = cache.get(key(which), LONG).map(entry -> Integer.parseInt(entry.value())).orElse(0);
      if (now < last[which]) {
        faults.add("key " + which + " went from " + last[which] + " to " + now);
      }
      last[which] = now;
    }
  }

  @Test
  void wrongUseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> cache.get(Key.of("other"), LONG));
    cache.close();
    assertThrows(StoreException.Closed.class, () -> cache.get(key(1), LONG));
    assertFalse(
        Thread.getAllStackTraces().keySet().stream()
            .anyMatch(thread -> thread.getName().startsWith("holdfast-cache")));
  }

  @Test
  void valueThatCannotBeDecodedIsForgottenAndToldToTheReader() {
    try (RangeCache<String> picky = RangeCache.open(store, ALL, RangeCacheTest::picky, MUCH)) {
      store.put(key(1), bytes("fine"));
      assertEquals("fine", picky.get(key(1), LONG).orElseThrow().value());
      store.put(key(1), bytes("broken"));
      Words.await(
          "told",
          () -> {
            try {
              picky.get(key(1), LONG);
              return false;
            } catch (IllegalArgumentException e) {
              return true;
            }
          });
    }
  }

  private static String picky(KeyValue stored) {
    String text = Words.text(stored);
    if (text.equals("broken")) {
      throw new IllegalArgumentException("the test said so");
    }
    return text;
  }
}
