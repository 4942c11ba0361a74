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
      long begin = System.nanoTime();
      int before = backend.reads.get();
      Deadline end = Deadline.after(Duration.ofSeconds(2));
      Words.await("pages, for a while", () -> end.hasPassed() && backend.reads.get() > before);
      int pages = backend.reads.get() - before;
      double seconds = (System.nanoTime() - begin) / 1e9;
      // A pass rests four times: after its page, the look-up by key, the index and the entries.
      // So each mirror begins with a page, and all together take ten rests a second, or twenty
      // where all are as short as rests can be: four pages, and then five more each second.
      String what = pages + " pages in " + seconds + " s";
      assertTrue(pages <= 4 + 5 * seconds, what);
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
      int before = backend.statusCallsOfReaders.get();
      List<Thread> readers = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        Mirror<String> mirror = i % 2 == 0 ? one : two;
        Thread reader = new Thread(() -> mirror.snapshot(Freshness.LINEARIZABLE, LONG));
        reader.start();
        readers.add(reader);
      }
      Words.await("all wait", () -> readers.stream().allMatch(Words::waitsForTheHead));
      int first = backend.statusCallsOfReaders.get() - before;
      assertEquals(1, first, "asked while nobody was answered");
      backend.onStatus = () -> {};
      answers.release(1000);
      for (Thread reader : readers) {
        reader.join();
      }
      int asked = backend.statusCallsOfReaders.get() - before;
      assertTrue(asked <= 2, "asked " + asked + " times");
    }
  }
}
