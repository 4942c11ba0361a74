package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.Watch;
import io.holdfast.testbed.Etcd;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What one handle makes of many threads. */
final class EtcdStoreTest {
  private static final byte[] VALUE = {1};
  private static final Pattern WATCHERS =
      Pattern.compile("etcd_debugging_mvcc_watcher_total (\\d+)");

  private final Etcd etcd = Etcd.start();
  private final Store store = Store.open(EtcdHarness.url(etcd));

  @AfterEach
  void close() {
    store.close();
    etcd.close();
  }

  private int watchers() {
    try {
      HttpRequest metrics = HttpRequest.newBuilder(etcd.endpoint().resolve("/metrics")).build();
      String text = HttpClient.newHttpClient().send(metrics, BodyHandlers.ofString()).body();
      Matcher matcher = WATCHERS.matcher(text);
      assertTrue(matcher.find(), "etcd tells how many watchers it has");
      return Integer.parseInt(matcher.group(1));
    } catch (IOException | InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void oneWatchOfEtcdServesAHundredOfAHandle() {
    List<Watch> watches = new ArrayList<>();
    Position start = store.put(Key.of("k"), VALUE);
    for (int i = 0; i < 100; i++) {
      watches.add(store.watch(KeyRange.all(), start));
    }
    for (int round = 0; round < 3; round++) {
      Position put = store.put(Key.of("k"), VALUE);
      for (Watch watch : watches) {
        assertEquals(List.of(put), Await.commits(watch, put));
      }
    }
    // Who waited long for the common one has read from one of its own, and comes back.
    Await.until(
        "one watch for all",
        () ->
            watches.stream().allMatch(watch -> watch.next(Duration.ofMillis(1)).isEmpty())
                && watchers() == 1);
    watches.forEach(Watch::close);
    Await.until("the watch to end", () -> watchers() == 0);
  }

  @Test
  void aSlowWatchIsCaughtUpFromTheHistoryAndThenSharesAgain() {
    Position start = store.put(Key.of("k"), VALUE);
    byte[] large = new byte[1 << 20];
    try (Watch quick = store.watch(KeyRange.all(), start);
        Watch slow = store.watch(KeyRange.all(), start)) {
      List<Position> written = new ArrayList<>();
      written.add(store.put(Key.of("k"), VALUE));
      Await.commits(quick, written.get(0));
      Await.commits(slow, written.get(0));
      for (int i = 1; i < 40; i++) { // more than is kept in memory
        written.add(store.put(Key.of("k", i), large));
        Await.commits(quick, written.get(i));
      }
      assertEquals(written.subList(1, 40), Await.commits(slow, written.get(39)));
      Position last = store.put(Key.of("k"), VALUE);
      assertEquals(List.of(last), Await.commits(slow, last));
      Await.until(
          "the slow one to read from the feed",
          () -> slow.next(Duration.ofMillis(20)).isEmpty() && watchers() == 1);
    }
  }

  @Test
  void independentCommitsOfManyThreadsAreCombinedAndDependentOnesAreNot() throws Exception {
    int threads = 16;
    int each = 40;
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    try {
      List<Future<List<Position>>> running = new ArrayList<>();
      for (int thread = 0; thread < threads; thread++) {
        int own = thread;
        Callable<List<Position>> puts =
            () -> {
              List<Position> positions = new ArrayList<>();
              for (int i = 0; i < each; i++) {
                positions.add(store.put(Key.of("own", own, i), VALUE));
              }
              return positions;
            };
        running.add(pool.submit(puts));
      }
      Set<Position> revisions = new HashSet<>();
      for (Future<List<Position>> future : running) {
        revisions.addAll(future.get());
      }
      assertEquals((long) threads * each, store.count(KeyRange.all()));
      assertTrue(revisions.size() < threads * each, revisions.size() + " revisions");
      running.clear();
      for (int thread = 0; thread < threads; thread++) {
        running.add(pool.submit(() -> List.of(store.put(Key.of("common"), VALUE))));
      }
      revisions.clear();
      for (Future<List<Position>> future : running) {
        revisions.addAll(future.get());
      }
      assertEquals(threads, revisions.size(), "revisions of commits of one key");
    } finally {
      pool.shutdownNow();
    }
  }
}
