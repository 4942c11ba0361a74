package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.FaultProxy.Direction;
import io.holdfast.testbed.WithEtcd;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Watches of a server that is slow, or says nothing: rules W8 and W9. */
@WithEtcd
final class SilenceTest {
  private static final Key KEY = Key.of("k");
  private static final byte[] VALUE = {1};
  private static final Duration SHORT = Duration.ofMillis(20);

  private final Etcd etcd;
  private final FaultProxy proxy;
  private final Store direct;
  private final Store store;

  SilenceTest(Etcd etcd) {
    this.etcd = etcd;
    String url = EtcdHarness.url(etcd);
    proxy = FaultProxy.to(etcd.endpoint().getHost(), etcd.endpoint().getPort());
    direct = Store.open(url);
    store = Store.open(url.replace(etcd.endpoint().getAuthority(), "127.0.0.1:" + proxy.port()));
  }

  @AfterEach
  void close() {
    store.close();
    direct.close();
    proxy.close();
  }

  @Test
  void w9aWatchThatIsClosedBeforeItWasEverAnsweredLeavesSoonAndShowsItsTrouble() {
    Watch watch = store.watch(KeyRange.all(), store.status().head());
    proxy.blackhole();
    CompletableFuture<Object> told =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return watch.next(Duration.ofMinutes(5));
              } catch (StoreException e) {
                return e;
              }
            },
            task -> new Thread(task).start());
    Await.until("the trouble", () -> watch.state() == Watch.State.RETRYING);
    watch.close();
    assertInstanceOf(StoreException.Closed.class, told.orTimeout(5, TimeUnit.SECONDS).join());
  }

  @Test
  void w9whoAsksWithLittleTimeGetsOnThoughTheServerIsSlow() {
    Position head = direct.put(KEY, VALUE);
    proxy.delay(Direction.TO_CLIENT, Duration.ofMillis(300));
    try (Watch watch = store.watch(KeyRange.all(), head)) {
      Position next = direct.put(KEY, VALUE);
      Await.until("the commit", () -> watch.next(SHORT).isPresent());
      assertEquals(next, direct.status().head());
    }
  }

  @Test
  void w4whoAsksWithLittleTimeIsToldTooOldThoughTheServerIsSlow() {
    Position first = direct.put(KEY, VALUE);
    for (int i = 0; i < 300; i++) {
      direct.put(KEY, VALUE);
    }
    try (EtcdAdmin admin = new EtcdAdmin(etcd)) {
      admin.compact(admin.revision());
    }
    proxy.delay(Direction.TO_CLIENT, Duration.ofMillis(250));
    try (Watch watch = store.watch(KeyRange.all(), first)) {
      Await.until("the end", () -> isTooOld(watch));
    }
  }

  /** A new connection wants a token and the member's version, each of which may take long. */
  @Test
  void w9whoAsksWithLittleTimeWaitsTwoSecondsLongerAtMost() throws Exception {
    proxy.delay(Direction.TO_CLIENT, Duration.ofMillis(1_700));
    StoreConfig config =
        StoreConfig.of("etcd://app@127.0.0.1:" + proxy.port() + "/p").withPassword("secret");
    Keyspace keyspace = Keyspace.of(EtcdSettings.of(config));
    try (CommitStream stream = new CommitStream(keyspace, Position.of(1, 1), last -> {})) {
      for (int i = 0; i < 3; i++) {
        long began = System.nanoTime();
        assertTrue(stream.next(Deadline.after(SHORT)).isEmpty());
        Duration took = Duration.ofNanos(System.nanoTime() - began);
        assertTrue(took.compareTo(Duration.ofMillis(2_900)) < 0, "it took " + took);
      }
    } finally {
      keyspace.members().close();
    }
  }

  private static boolean isTooOld(Watch watch) {
    try {
      assertTrue(watch.next(SHORT).isEmpty(), "nothing is there to be delivered");
      return false;
    } catch (StoreException.TooOld e) {
      return true;
    }
  }
}
