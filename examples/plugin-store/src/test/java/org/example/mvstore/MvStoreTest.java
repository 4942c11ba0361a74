package org.example.mvstore;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.store.Watch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.h2.mvstore.MVStore;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the kit leaves to a store's own tests: kills, flushes, bad disks, wrong files. */
final class MvStoreTest {
  private static final Key KEY = Key.of("k");

  @TempDir Path folder;
  private Path file;
  private StoreConfig place;

  @BeforeEach
  void place() {
    file = folder.resolve("shop.mv");
    place = StoreConfig.of("mvstore:" + file);
    FaultyDisk.plugIn();
  }

  private Store openOnFaultyDisk() {
    return Store.over(new MvStoreProvider(FaultyDisk.PREFIX).open(place), Duration.ofMinutes(2));
  }

  private StoreException.Unusable refused() throws IOException {
    byte[] before = Files.readAllBytes(file);
    StoreException.Unusable refused =
        assertThrows(StoreException.Unusable.class, () -> Store.open(place).close());
    assertTrue(refused.getMessage().contains(file.toString()), refused.getMessage());
    assertArrayEquals(before, Files.readAllBytes(file), "the file was left alone");
    return refused;
  }

  @Test
  @Tag("C3")
  void aCommitIsFlushedBeforeItIsAcknowledged() {
    try (Store store = openOnFaultyDisk()) {
      for (int i = 0; i < 600; i++) {
        FaultyDisk.CALLS.clear();
        store.put(KEY, new byte[i]);
        List<String> calls = List.copyOf(FaultyDisk.CALLS);
        assertTrue(calls.contains("write"), calls.toString());
        assertEquals("force", calls.get(calls.size() - 1));
      }
    }
  }

  @Test
  @Tag("W9")
  void aWatchWaitsNotMuchLongerThanItsTimeoutForASlowDisk() throws Exception {
    CountDownLatch flushing = new CountDownLatch(1);
    CountDownLatch slow = new CountDownLatch(1);
    ExecutorService executor = Executors.newSingleThreadExecutor();
    try (Store store = openOnFaultyDisk();
        Watch watch = store.watch(KeyRange.all(), store.status().head());
        AutoCloseable ended = slow::countDown) {
      FaultyDisk.beforeFlush =
          () -> {
            flushing.countDown();
            awaitUninterruptibly(slow);
          };
      Future<Position> put = executor.submit(() -> store.put(KEY, new byte[1]));
      flushing.await();
      assertEquals(Optional.empty(), watch.next(Duration.ofMillis(10)));
      assertFalse(put.isDone(), "next has waited for the disk");
      slow.countDown();
      assertEquals(put.get(), watch.next(Duration.ofMinutes(1)).orElseThrow().position());
    } finally {
      executor.shutdown();
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts the file's thread", e);
    }
  }

  @Test
  void commitsThatWaitTogetherAreFlushedTogether() throws Exception {
    int threads = 16;
    int rounds = 50;
    List<Thread> writing = new CopyOnWriteArrayList<>();
    ExecutorService executor =
        Executors.newFixedThreadPool(
            threads,
            body -> {
              Thread thread = new Thread(body);
              writing.add(thread);
              return thread;
            });
    try (Store store = openOnFaultyDisk()) {
      FaultyDisk.CALLS.clear();
      for (int round = 0; round < rounds; round++) {
        byte[] value = new byte[round];
        AtomicInteger begun = new AtomicInteger();
        AtomicBoolean isFirst = new AtomicBoolean(true);
        FaultyDisk.beforeFlush =
            () -> {
              if (isFirst.getAndSet(false)) {
                awaitWaiting(threads, begun, writing);
              }
            };
        List<Future<?>> writers = new ArrayList<>();
        for (int i = 0; i < threads; i++) {
          Key key = Key.of("k" + i);
          writers.add(
              executor.submit(
                  () -> {
                    begun.incrementAndGet();
                    store.put(key, value);
                  }));
        }
        for (Future<?> writer : writers) {
          writer.get();
        }
      }
      long flushes = FaultyDisk.CALLS.stream().filter("force"::equals).count();
      assertTrue(flushes < threads * rounds / 2, flushes + " flushes");
      assertEquals(threads * rounds, store.status().head().revision().number());
    } finally {
      executor.shutdownNow();
    }
  }

  /** Holds the first flush up until all have something to write, and wait for it. */
  private static void awaitWaiting(int threads, AtomicInteger begun, List<Thread> writing) {
    Deadline patience = Deadline.after(Duration.ofMinutes(1));
    while (begun.get() < threads
        || writing.stream().anyMatch(thread -> thread.getState() != Thread.State.TIMED_WAITING)) {
      patience.check("to have all wait");
      LockSupport.parkNanos(100_000);
    }
  }

  @Test
  @Tag("C10")
  void whatADiskFailedToTakeIsUnknownUntilTheFileIsOpenedAgain() {
    try (Store store = openOnFaultyDisk()) {
      store.put(KEY, "kept".getBytes(UTF_8));
      Watch watch = store.watch(KeyRange.all(), store.status().head());
      FaultyDisk.failing = true;
      assertThrows(
          StoreException.UnknownOutcome.class, () -> store.put(KEY, "lost".getBytes(UTF_8)));
      FaultyDisk.failing = false;
      assertThrows(StoreException.Unavailable.class, () -> store.get(KEY));
      assertThrows(StoreException.Unavailable.class, () -> store.put(KEY, new byte[1]));
      assertThrows(StoreException.Closed.class, () -> watch.next(Duration.ofSeconds(5)));
    }
    try (Store store = Store.open(place)) {
      assertEquals("kept", new String(store.get(KEY).orElseThrow().value(), UTF_8));
      assertEquals(2, store.put(KEY, new byte[1]).revision().number());
    }
  }

  @Test
  @Tag("H4")
  void aSecondProcessIsToldThatTheFileIsInUse() throws IOException {
    try (Writer other = new Writer(place.toString())) {
      assertEquals("0", other.next());
      StoreException refused =
          assertThrows(StoreException.Unavailable.class, () -> Store.open(place).close());
      assertTrue(refused.getMessage().contains(file.toString()), refused.getMessage());
      assertTrue(refused.getMessage().contains("another process"), refused.getMessage());
      assertEquals("1", other.next());
    }
  }

  @Test
  @Tag("C3")
  void aKilledProcessHasLostNothingThatWasAcknowledged() throws IOException {
    int acknowledged = 0;
    try (Writer other = new Writer(place.toString())) {
      for (int i = 0; i < 300; i++) {
        other.next();
      }
      other.kill();
      while (other.next() != null) {
        acknowledged++;
      }
      acknowledged += 300;
    }
    try (Store store = Store.open(place)) {
      long keys = store.count(KeyRange.all());
      assertTrue(keys == acknowledged || keys == acknowledged + 1, keys + ", " + acknowledged);
      assertEquals(keys, store.status().head().revision().number());
    }
  }

  @Test
  @Tag("H6")
  void aTextIsNoStore() throws IOException {
    Files.writeString(file, "something else ".repeat(1000));
    assertEquals(Reason.NOT_A_STORE, refused().reason());
  }

  @Test
  @Tag("H6")
  void aShortTextIsNoStore() throws IOException {
    Files.writeString(file, "x");
    assertEquals(Reason.NOT_A_STORE, refused().reason());
  }

  @Test
  @Tag("H6")
  void anMvStoreOfSomethingElseIsNoStore() throws IOException {
    try (MVStore other = MVStore.open(file.toString())) {
      other.openMap("books").put("a", "b");
    }
    assertEquals(Reason.NOT_A_STORE, refused().reason());
  }

  @Test
  @Tag("H6")
  void aNewerFormatIsRefused() throws IOException {
    Store.open(place).close();
    try (MVStore newer = MVStore.open(file.toString())) {
      newer.openMap("holdfast").put("format", "2");
    }
    assertEquals(Reason.NEWER_FORMAT, refused().reason());
  }

  @Test
  @Tag("H6")
  void aFolderThatIsNotThereIsNamed() {
    Path missing = folder.resolve("missing");
    StoreException.Unusable refused =
        assertThrows(
            StoreException.Unusable.class,
            () -> Store.open("mvstore:" + missing.resolve("shop.mv")).close());
    assertEquals(Reason.NOT_FOUND, refused.reason());
    assertTrue(refused.getMessage().contains(missing.toString()), refused.getMessage());
  }

  @Test
  void aFileWhoseCreationWasCutShortIsBegunAnew() {
    MVStore.open(file.toString()).closeImmediately();
    try (Store store = Store.open(place)) {
      assertEquals(1, store.put(KEY, new byte[1]).revision().number());
    }
  }

  @Test
  void theFileDoesNotGrowWithItsPast() throws IOException {
    try (Store store = Store.open(place.withHistoryCommits(100))) {
      for (int i = 0; i < 3000; i++) {
        store.put(Key.of(Integer.toString(i % 50)), new byte[1000]);
      }
      long size = Files.size(file);
      assertTrue(size < 3_000_000, size + " bytes for 50 KB of entries and 100 KB of history");
    }
  }
}
