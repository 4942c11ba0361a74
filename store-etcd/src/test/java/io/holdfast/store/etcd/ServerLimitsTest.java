package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Limits;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.testbed.Etcd;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is advertised can be written, and what the servers do not take is told so: rule C11. */
final class ServerLimitsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  @Test
  void c11asMuchAsIsAdvertisedIsCommittedHoweverManyOperationsItHas() {
    try (Etcd etcd = Etcd.start("max-txn-ops=4096");
        Store store = Store.open(EtcdHarness.url(etcd) + "?txn-ops=4096")) {
      Limits limits = store.limits();
      int bytes = limits.transactionBytesMax() / limits.operationsMax();
      Position put =
          store
              .within(PATIENCE)
              .transact(
                  tx -> {
                    for (int i = 0; i < limits.operationsMax(); i++) {
                      Key key = Key.of("k", i);
                      tx.put(key, new byte[bytes - key.length()]);
                    }
                  });
      assertEquals(put, store.status().head());
    }
  }

  @Test
  void c11whatTheServersDoNotTakeIsALimitHoweverLargeItIs() {
    try (Etcd etcd = Etcd.start("max-request-bytes=262144");
        Store store = Store.open(EtcdHarness.url(etcd))) {
      for (int bytes : new int[] {300_000, 700_000, 900_000, 1_400_000}) {
        StoreException.LimitExceeded told =
            assertThrows(
                StoreException.LimitExceeded.class,
                () -> store.put(Key.of("k"), new byte[bytes]),
                bytes + " bytes");
        assertTrue(told.getMessage().contains("request-bytes"), told.getMessage());
      }
    }
  }

  /** The servers count some bytes of their own besides. */
  @Test
  void c11aRequestThatIsJustAsLargeAsItMayBeIsCommitted() {
    try (Etcd etcd = Etcd.start();
        Store store = Store.open("etcd://" + etcd.endpoint().getAuthority() + "/p")) {
      byte[] value = new byte[store.limits().valueBytesMax() - 100];
      for (int last = 500; last < 600; last += 8) {
        Key key = Key.of("y".repeat(last));
        Position put =
            store.transact(
                tx -> {
                  tx.put(Key.of("large"), value);
                  IntStream.range(0, 33).forEach(i -> tx.expectAbsent(longKey(i)));
                  tx.expectAbsent(key);
                });
        assertEquals(put, store.status().head());
      }
    }
  }

  @Test
  void c11whatIsAsLargeAsTheServersTakeIsReadAndWatched() {
    Key key = Key.of("k");
    try (Etcd etcd = Etcd.start("max-request-bytes=" + (96 << 20))) {
      String url = EtcdHarness.url(etcd);
      StoreConfig config = StoreConfig.of(url + "?request-bytes=" + (96 << 20));
      try (Store store = Store.open(config.withTimeout(Duration.ofSeconds(60)));
          Watch watch = store.watch(KeyRange.all(), store.status().head())) {
        byte[] value = new byte[65 << 20];
        Position put = store.put(key, value);
        assertEquals(value.length, store.get(key).orElseThrow().valueLength());
        assertEquals(1, store.get(KeyRange.all()).entries().size());
        assertEquals(List.of(put), Await.commits(watch, put));
      }
      try (Store unaware = Store.open(url)) {
        StoreException.LimitExceeded told =
            assertThrows(StoreException.LimitExceeded.class, () -> unaware.get(key));
        assertTrue(told.getMessage().contains("request-bytes"), told.getMessage());
        assertThrows(StoreException.LimitExceeded.class, () -> unaware.get(KeyRange.all()));
      }
    }
  }

  private static Key longKey(int number) {
    return Key.of(number, "x".repeat(2_000));
  }
}
