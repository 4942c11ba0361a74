package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.WithEtcd;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What does not fit into etcd's compares is proven all the same: rules C4 and C5. */
@WithEtcd
final class LargeTransactionsTest {
  private static final byte[] VALUE = {1};
  private static final KeyRange MANY = KeyRange.under(Key.of("many"));
  private static final int KEYS = 300;

  private final Store store;

  LargeTransactionsTest(Etcd etcd) {
    store = Store.open(EtcdHarness.url(etcd));
  }

  @BeforeEach
  void write() {
    for (int from = 0; from < KEYS; from += 100) {
      int first = from;
      store.transact(
          tx -> {
            for (int i = first; i < first + 100; i++) {
              tx.put(Key.of("many", i), VALUE);
            }
          });
    }
  }

  @AfterEach
  void close() {
    store.close();
  }

  private Transaction reader() {
    Transaction tx = store.begin();
    tx.put(Key.of("result"), VALUE);
    return tx;
  }

  @Test
  void aLargeRangeIsProvenAgainstDeletionsToo() {
    Transaction tx = reader();
    assertEquals(KEYS, tx.get(MANY).entries().size());
    store.delete(Key.of("many", 7));
    assertThrows(StoreException.Conflict.class, tx::commit);
  }

  @Test
  void aLargeRangeIsProvenAgainstCreations() {
    Transaction tx = reader();
    tx.get(MANY);
    store.put(Key.of("many", KEYS), VALUE);
    assertThrows(StoreException.Conflict.class, tx::commit);
  }

  @Test
  void aLargeCountIsProvenAgainstAnExchangeOfKeys() {
    Transaction tx = reader();
    assertEquals(KEYS, tx.count(MANY));
    store.transact(
        other -> {
          other.delete(Key.of("many", 7));
          other.put(Key.of("many", KEYS), VALUE);
        });
    assertThrows(StoreException.Conflict.class, tx::commit);
  }

  @Test
  void commitsElsewhereAreNoConflictForLargeRangesAndCounts() {
    Transaction tx = reader();
    tx.get(MANY);
    tx.count(KeyRange.all());
    tx.count(KeyRange.under(Key.of("none")));
    Transaction counter = reader();
    counter.count(MANY);
    counter.get(Key.of("elsewhere"));
    Position commit = tx.commit();
    assertEquals(commit, store.status().head());
    assertEquals(counter.commit(), store.status().head());
  }

  @Test
  void moreComparesThanEtcdTakesAreProven() {
    Transaction tx = reader();
    for (int i = 0; i < KEYS; i += 60) {
      tx.get(KeyRange.of(Key.of("many", i), Key.of("many", i + 60)));
    }
    store.put(Key.of("elsewhere"), VALUE);
    assertEquals(tx.commit(), store.status().head());
    Transaction torn = reader();
    for (int i = 0; i < KEYS; i += 60) {
      torn.get(KeyRange.of(Key.of("many", i), Key.of("many", i + 60)));
    }
    store.delete(Key.of("many", 299));
    assertThrows(StoreException.Conflict.class, torn::commit);
  }

  @Test
  void aBaseWhoseLaneWasOverwrittenIsStillABase() {
    Transaction tx = reader();
    tx.get(Key.of("many", 1));
    for (int i = 0; i < 200; i++) {
      store.put(Key.of("elsewhere"), VALUE);
    }
    assertEquals(tx.commit(), store.status().head());
  }
}
