package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.Watch;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.WithEtcd;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** A client's clock that is set ahead and back; who trims measures by it how old a commit is. */
@WithEtcd
final class ClockJumpTest {
  private static final byte[] VALUE = {1};

  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());

  /** As for anything else that nobody expects in that thread. */
  @Test
  void h3aClockThatFailsDoesNotEndTheTrimming(@WithEtcd Etcd etcd) {
    StoreConfig config =
        StoreConfig.of(EtcdHarness.url(etcd) + "?trim-history=on&history-commits=10");
    Keyspace keyspace = Keyspace.of(EtcdSettings.of(config));
    AtomicInteger looks = new AtomicInteger();
    InstantSource clock =
        () -> {
          if (looks.getAndIncrement() == 0) {
            throw new NoClassDefFoundError("the test said so");
          }
          return Instant.now();
        };
    try (Store store = Store.open(config);
        Trimmer trimmer = new Trimmer(keyspace, clock)) {
      store.put(Key.of("k"), new byte[1]);
      trimmer.start();
      Await.until("another look", () -> looks.get() > 1);
    } finally {
      keyspace.members().close();
    }
  }

  @Test
  void h3aClockThatIsSetLosesNothingAndOneThatIsBehindTrimsNothing(@WithEtcd Etcd etcd) {
    StoreConfig config = StoreConfig.of(EtcdHarness.url(etcd) + "?trim-history=on&history-age=1h");
    Keyspace keyspace = Keyspace.of(EtcdSettings.of(config));
    Trimmer trimmer = new Trimmer(keyspace, now::get);
    try (Store store = Store.open(config);
        Watch watch = store.watch(KeyRange.all(), store.status().head())) {
      Position first = putAndSee(store, watch);
      trimmer.look();
      set(Duration.ofHours(-30));
      putAndSee(store, watch);
      trimmer.look();
      Revision oldest = store.status().oldest();
      putAndSee(store, watch);
      trimmer.look();
      assertEquals(oldest, store.status().oldest());
      try (Watch late = store.watch(KeyRange.all(), first)) {
        assertEquals(2, Await.commits(late, store.status().head()).size());
      }
      set(Duration.ofHours(60));
      Position last = putAndSee(store, watch);
      trimmer.look();
      assertEquals(last, store.status().head());
      assertEquals(1, store.count(KeyRange.all()));
      putAndSee(store, watch);
    } finally {
      keyspace.members().close();
    }
  }

  private void set(Duration ahead) {
    now.set(now.get().plus(ahead));
  }

  private static Position putAndSee(Store store, Watch watch) {
    Position put = store.put(Key.of("k"), VALUE);
    assertEquals(List.of(put), Await.commits(watch, put));
    return put;
  }
}
