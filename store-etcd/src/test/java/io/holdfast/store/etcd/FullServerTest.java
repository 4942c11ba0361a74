package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.grpc.StatusRuntimeException;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.testbed.Etcd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a server that reaches its quota did, and what is told of it. */
final class FullServerTest {
  private static final byte[] LARGE = new byte[64 << 10];
  private static final int QUOTA = 16 << 20;

  /**
   * So many commits are on their way, each from a handle of its own, when there is no more room.
   */
  private static final int HANDLES = 24;

  /** Not always is one of them applied before the alarm is. */
  private static final int TIMES = 4;

  /** The last commits that are applied before the alarm are answered as those that are refused. */
  @Test
  void c12whatIsToldToHaveFoundNoRoomDidNotHappen() {
    try (Etcd etcd = Etcd.start("quota-backend-bytes=" + QUOTA);
        EtcdAdmin admin = new EtcdAdmin(etcd)) {
      List<Store> stores = Stream.generate(() -> open(etcd)).limit(HANDLES).toList();
      for (int time = 0; time < TIMES; time++) {
        List<CompletableFuture<Void>> writers = new ArrayList<>();
        for (Store store : stores) {
          Key key = Key.of("k", writers.size());
          writers.add(
              CompletableFuture.runAsync(() -> fill(store, key), task -> new Thread(task).start()));
        }
        writers.forEach(writer -> writer.orTimeout(60, TimeUnit.SECONDS).join());
        admin.disarm();
      }
      stores.forEach(Store::close);
    }
  }

  private static Store open(Etcd etcd) {
    return Store.open(config(etcd));
  }

  /** Writes a key until there is no more room; then it is as the last commit left it. */
  private static void fill(Store store, Key key) {
    Position last = store.put(key, LARGE);
    while (true) {
      try {
        last = store.put(key, LARGE);
      } catch (StoreException.Unusable e) {
        assertEquals(Reason.FULL, e.reason());
        assertEquals(last.revision(), store.get(key).orElseThrow().modified());
        return;
      }
    }
  }

  private static StoreConfig config(Etcd etcd) {
    String url = "etcd://" + etcd.endpoint().getAuthority() + "/full";
    return StoreConfig.of(url).withTimeout(Duration.ofSeconds(30));
  }

  @Test
  void aReadThatMeetsAForeignWriteForWhichThereIsNoRoomSaysSo() {
    try (Etcd etcd = Etcd.start("quota-backend-bytes=" + QUOTA);
        EtcdAdmin admin = new EtcdAdmin(etcd);
        Store store = Store.open(config(etcd))) {
      Position before = store.put(Key.of("k"), LARGE);
      admin.put(config(etcd).target().replaceFirst("//[^/]*", "") + "/entry/foreign", "v");
      fill(admin);
      StoreException.Unusable told =
          assertThrows(StoreException.Unusable.class, () -> store.get(KeyRange.all()));
      assertEquals(Reason.FULL, told.reason());
      assertTrue(told.getMessage().contains("somebody else wrote"), told.getMessage());
      admin.disarm();
      assertTrue(store.get(KeyRange.all()).position().isAfter(before));
    }
  }

  private static void fill(EtcdAdmin admin) {
    String large = "x".repeat(1 << 20);
    assertThrows(
        StatusRuntimeException.class,
        () -> {
          for (int i = 0; i < 2 * QUOTA / large.length(); i++) {
            admin.put("/elsewhere", large);
          }
        });
  }
}
