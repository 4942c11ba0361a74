package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Page;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import io.holdfast.testbed.Database;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ranges whose bounds are longer than a key may be: the rest behind a page ends at such a key. */
@Timeout(120)
final class LongBoundsTest {
  private static final byte[] VALUE = {1};
  private static final Key BEHIND = Key.ofBytes(new byte[] {'z'});

  /** So many that they are not looked through one by one. */
  private static final int MANY_COMMITS = 201;

  private static Key longest(Store store, int last) {
    byte[] bytes = new byte[store.status().limits().keyBytesMax()];
    Arrays.fill(bytes, (byte) 'k');
    bytes[bytes.length - 1] = (byte) last;
    return Key.ofBytes(bytes);
  }

  @ParameterizedTest
  @EnumSource(ServerKind.class)
  void c4aRangeThatWasReadInPagesIsProvenBehindTheLongestKey(ServerKind server) {
    Database database = server.fresh();
    StoreConfig config = server.url(database).withTimeout(Opened.TIMEOUT);
    try (Store store = Store.open(config)) {
      for (int last : new int[] {0, 1, 255}) {
        store.put(longest(store, last), VALUE);
      }
      assertProvenInPages(store, false, 0);
      assertProvenInPages(store, true, 0);
      assertProvenInPages(store, true, MANY_COMMITS);
    }
  }

  private static void assertProvenInPages(Store store, boolean writes, int commitsBetween) {
    Transaction tx = store.begin();
    Page first = tx.get(KeyRange.all(), 1);
    Page second = tx.get(first.rest().orElseThrow(), 1);
    assertEquals(longest(store, 1), second.entries().get(0).key());
    if (writes) {
      tx.put(BEHIND, VALUE);
    }
    tx.commit();
    Transaction late = store.begin();
    late.get(late.get(KeyRange.all(), 1).rest().orElseThrow(), 1);
    for (int i = 0; i < commitsBetween; i++) {
      store.put(BEHIND, VALUE);
    }
    store.put(longest(store, 1), VALUE);
    late.put(BEHIND, VALUE);
    assertThrows(StoreException.Conflict.class, late::commit);
  }

  @Test
  void c11whatIsTooMuchToProveIsRefusedBeforeItIsSent() {
    StoreConfig config = ServerKind.MARIADB.url(ServerKind.MARIADB.fresh());
    try (Store store = Store.open(config.withTimeout(Opened.TIMEOUT))) {
      int most = store.status().limits().operationsMax();
      Transaction tx = store.begin();
      for (int i = 0; i < most; i++) {
        tx.expectAbsent(Key.ofBytes(Arrays.copyOf(Key.of(i).toBytes(), 2040)));
      }
      assertThrows(StoreException.LimitExceeded.class, tx::commit);
    }
  }
}
