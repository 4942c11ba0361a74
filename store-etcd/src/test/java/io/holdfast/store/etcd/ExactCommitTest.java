package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.FaultProxy.Direction;
import io.holdfast.testbed.WithEtcd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Commits that compares cannot prove, while others commit all the time: rule C5. */
@WithEtcd
final class ExactCommitTest {
  private static final byte[] VALUE = {1};
  private static final int WRITERS = 16;
  private static final int MANY = 3 * Compares.RANGE_KEYS_MAX;

  private final Store store;
  private final List<CompletableFuture<Void>> writers = new ArrayList<>();
  private final AtomicLong commits = new AtomicLong();
  private volatile boolean over;

  /** Makes sure that others commit between a proof and the commit. */
  private final FaultProxy proxy;

  ExactCommitTest(Etcd etcd) {
    proxy = FaultProxy.to(etcd.endpoint().getHost(), etcd.endpoint().getPort());
    String url =
        EtcdHarness.url(etcd).replace(etcd.endpoint().getAuthority(), "127.0.0.1:" + proxy.port());
    store = Store.open(StoreConfig.of(url).withTimeout(Duration.ofSeconds(10)));
  }

  @AfterEach
  void close() {
    over = true;
    writers.forEach(writer -> writer.orTimeout(20, TimeUnit.SECONDS).join());
    store.close();
    proxy.close();
  }

  private void write(int writer) {
    Key key = Key.of("busy", writer);
    while (!over) {
      store.put(key, VALUE);
      commits.incrementAndGet();
    }
  }

  private void beginToWrite() {
    proxy.delay(Direction.TO_CLIENT, Duration.ofMillis(20));
    for (int i = 0; i < WRITERS; i++) {
      int writer = i;
      writers.add(
          CompletableFuture.runAsync(() -> write(writer), task -> new Thread(task).start()));
    }
    Await.until("commits", () -> commits.get() > 10 * WRITERS);
  }

  @Test
  void c5aTransactionThatCountedALargeRangeCommitsWhileOthersWriteElsewhere() {
    KeyRange many = fill();
    beginToWrite();
    for (int i = 0; i < 3; i++) {
      int round = i;
      store.transact(
          tx -> {
            assertEquals(MANY, tx.count(many));
            tx.put(Key.of("count"), new byte[] {(byte) round});
          });
    }
    long before = commits.get();
    Await.until("the others to go on", () -> commits.get() > before + WRITERS);
  }

  @Test
  void aLargeRangeIsDeletedWhileOthersWriteElsewhere() {
    KeyRange many = fill();
    beginToWrite();
    assertEquals(MANY, store.deletePaged(many));
    assertTrue(store.get(many).entries().isEmpty());
  }

  private KeyRange fill() {
    for (int from = 0; from < MANY; from += 100) {
      int first = from;
      store.transact(
          tx -> {
            for (int i = first; i < first + 100; i++) {
              tx.put(Key.of("many", i), VALUE);
            }
          });
    }
    return KeyRange.under(Key.of("many"));
  }
}
