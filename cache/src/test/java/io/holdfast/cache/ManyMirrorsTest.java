package io.holdfast.cache;

import static io.holdfast.cache.Words.LONG;
import static io.holdfast.cache.Words.bytes;
import static io.holdfast.cache.Words.key;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Deadline;
import io.holdfast.store.Store;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Several mirrors of one store put no more load on it than one does, once they are loaded. */
final class ManyMirrorsTest {
  private final TestBackend backend = TestBackend.create();
  private final Store store = backend.store();

  @AfterEach
  void closeStore() {
    store.close();
  }

  @Test
  void mirrorsTogetherVerifyNoFasterThanOne() {
    store.put(key(1), bytes("one"));
    int rate = 10 * Verifier.PAGE_ENTRIES_MAX;
    List<Mirror<String>> mirrors =
        IntStream.range(0, 4)
            .mapToObj(
                i -> Words.mirror(store).verifyEvery(Duration.ofMillis(1)).verifyRate(rate).open())
            .toList();
    try {
      mirrors.forEach(mirror -> mirror.awaitReady(LONG));
      int before = backend.reads.get();
      Deadline end = Deadline.after(Duration.ofSeconds(2));
      Words.await("a while", end::hasPassed);
      int pages = backend.reads.get() - before;
      // A pass rests four times: after its page, the look-up by key, the index and the entries.
      // So each begins with a page, and all together take twenty rests: nine pages.
      assertTrue(0 < pages && pages <= 14, "pages: " + pages);
    } finally {
      mirrors.forEach(Mirror::close);
    }
  }

  @Test
  void linearizableReadersOfAllMirrorsShareOneQuestion() throws InterruptedException {
    try (Mirror<String> one = Words.mirror(store).open();
        Mirror<String> two = Words.mirror(store).open()) {
      one.awaitReady(LONG);
      two.awaitReady(LONG);
      Semaphore answers = new Semaphore(0);
      backend.onStatus = answers::acquireUninterruptibly;
      Words.await("the question of every second", () -> answers.hasQueuedThreads());
      int before = backend.statusCalls.get();
      List<Thread> readers = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        Mirror<String> mirror = i % 2 == 0 ? one : two;
        Thread reader = new Thread(() -> mirror.snapshot(Freshness.LINEARIZABLE, LONG));
        reader.start();
        readers.add(reader);
      }
      Words.await("all wait", () -> readers.stream().allMatch(ManyMirrorsTest::waits));
      assertEquals(1, backend.statusCalls.get() - before, "asked while nobody was answered");
      backend.onStatus = () -> {};
      answers.release(2);
      for (Thread reader : readers) {
        reader.join();
      }
      int asked = backend.statusCalls.get() - before;
      assertTrue(asked <= 3, "asked " + asked + " times, once perhaps for the lag");
    }
  }

  private static boolean waits(Thread thread) {
    Thread.State state = thread.getState();
    return state == Thread.State.WAITING || state == Thread.State.TIMED_WAITING;
  }
}
