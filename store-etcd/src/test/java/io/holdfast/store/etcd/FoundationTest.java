package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.Watch;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.WithEtcd;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Many find an empty prefix at once: one creates the store, and all have the same: H1, H4. */
@WithEtcd
final class FoundationTest {
  private static final byte[] VALUE = {1};
  private static final int OPENERS = 12;
  private static final int ROUNDS = 5;

  private final Etcd etcd;
  private final ExecutorService threads = Executors.newFixedThreadPool(OPENERS);

  FoundationTest(Etcd etcd) {
    this.etcd = etcd;
  }

  @AfterEach
  void end() {
    threads.shutdownNow();
  }

  private List<Store> openAtOnce(String url) throws Exception {
    CyclicBarrier start = new CyclicBarrier(OPENERS);
    List<Future<Store>> opening = new ArrayList<>();
    for (int i = 0; i < OPENERS; i++) {
      opening.add(
          threads.submit(
              () -> {
                start.await(20, TimeUnit.SECONDS);
                return Store.open(url);
              }));
    }
    List<Store> stores = new ArrayList<>();
    for (Future<Store> store : opening) {
      stores.add(store.get(30, TimeUnit.SECONDS));
    }
    return stores;
  }

  @Test
  void h1ofManyCreatorsOneWinsAndAllHaveItsStore() throws Exception {
    for (int round = 0; round < ROUNDS; round++) {
      List<Store> stores = openAtOnce(EtcdHarness.url(etcd));
      try {
        assertOneStore(stores);
      } finally {
        stores.forEach(Store::close);
      }
    }
  }

  private static void assertOneStore(List<Store> stores) {
    Position creation = stores.get(0).status().head();
    Set<UUID> incarnations = new HashSet<>();
    for (Store store : stores) {
      incarnations.add(store.status().incarnation());
      assertEquals(creation, store.status().head(), "the one commit that created it");
    }
    assertEquals(1, incarnations.size(), "stores that were created");
    List<Position> written = new ArrayList<>();
    for (int i = 0; i < stores.size(); i++) {
      written.add(stores.get(i).put(Key.of("k", i), VALUE));
    }
    for (Store store : stores) {
      assertEquals(stores.size(), store.count(KeyRange.all()));
      try (Watch watch = store.watch(KeyRange.all(), creation)) {
        assertEquals(written, Await.commits(watch, written.get(written.size() - 1)));
      }
    }
  }
}
