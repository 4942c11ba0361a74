package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import io.holdfast.store.Watch;
import io.holdfast.testbed.Etcd;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * An older backup is put back under the handles' feet. It keeps cluster, revisions and versions, so
 * only tokens tell: rules C9 and W6.
 */
final class RestoreTest {
  private static final Key KEY = Key.of("k");
  private static final byte[] VALUE = {1};

  private final Etcd etcd = Etcd.start();
  private final String url = EtcdHarness.url(etcd);
  private final Store store = Store.open(url);
  private final Store other = Store.open(url);

  @BeforeEach
  void keep() {
    store.put(KEY, VALUE);
    etcd.kill9();
    etcd.keepData();
    etcd.restart();
  }

  @AfterEach
  void close() {
    store.close();
    other.close();
    etcd.close();
  }

  private Position put(Store to) {
    return Await.available(() -> to.put(KEY, VALUE));
  }

  /** The other handle, which has lost nothing of its own, commits as often as was committed. */
  private void restoreAndCommit(int commits) {
    etcd.kill9();
    etcd.restoreData();
    etcd.restart();
    try (Store stranger = Store.open(url)) {
      for (int i = 0; i < commits; i++) {
        put(stranger);
      }
    }
  }

  @Test
  void whoFollowedPastTheBackupIsToldThoughRevisionsComeAgain() {
    try (Watch followed = store.watch(KeyRange.all(), put(store));
        Watch behind = other.watch(KeyRange.all(), store.status().head())) {
      Position lost = put(store);
      assertEquals(1, Await.commits(followed, lost).size());
      restoreAndCommit(5);
      Revision now = other.status().head().revision();
      assertTrue(now.isAfter(lost.revision()), "the revisions came again, up to " + now);
      assertInstanceOf(StoreException.Diverged.class, Await.end(followed));
      assertInstanceOf(StoreException.Diverged.class, Await.end(behind));
    }
  }

  @Test
  void aBlindWriterIsToldOnceAndThenWrites() {
    put(store);
    restoreAndCommit(3);
    assertThrows(StoreException.Diverged.class, () -> put(store));
    assertEquals(put(store), other.status().head());
  }

  @Test
  void aTransactionThatReadWhatIsLostIsDiverged() {
    put(store);
    Transaction tx = other.begin();
    assertTrue(tx.get(KEY).isPresent());
    restoreAndCommit(1);
    tx.put(Key.of("result"), VALUE);
    assertThrows(StoreException.Diverged.class, () -> Await.available(tx::commit));
    assertTrue(other.get(Key.of("result")).isEmpty());
  }

  @Test
  void readsOnBothSidesOfARestoreAreDiverged() {
    put(store);
    Transaction tx = other.begin();
    tx.get(KEY);
    restoreAndCommit(1);
    Await.available(() -> tx.get(Key.of("another")));
    tx.put(Key.of("result"), VALUE);
    assertThrows(StoreException.Diverged.class, tx::commit);
  }

  @Test
  void whatTheBackupHasIsStillFollowed() {
    Position kept = Await.available(() -> other.status().head());
    put(store);
    restoreAndCommit(2);
    try (Watch watch = other.watch(KeyRange.all(), kept)) {
      assertEquals(2, Await.commits(watch, other.status().head()).size());
    }
  }

  @Test
  void whereTheHistoryBeginsIsFoundAgainThoughItWasCompactedBehindTheBackup() {
    Position lost = put(other);
    for (int i = 0; i < 20; i++) {
      lost = put(other);
    }
    try (EtcdAdmin admin = new EtcdAdmin(etcd)) {
      admin.compact(lost.revision().number());
    }
    assertEquals(lost.revision(), other.status().oldest());
    restoreAndCommit(1);
    Revision oldest = Await.available(() -> other.status().oldest());
    assertTrue(lost.revision().isAfter(oldest), "begins at " + oldest);
  }

  @Test
  void aCountIsProvenAlsoWhereTheLostHistoryWasCompactedFurther() {
    Position lost = put(other);
    for (int i = 0; i < 30; i++) {
      lost = put(other);
    }
    try (EtcdAdmin admin = new EtcdAdmin(etcd)) {
      admin.compact(lost.revision().number());
    }
    other.status();
    restoreAndCommit(1);
    assertThrows(StoreException.Diverged.class, () -> put(other));
    Transaction tx = other.begin();
    assertEquals(1, tx.count(KeyRange.single(KEY)));
    tx.put(Key.of("result"), VALUE);
    try (Store stranger = Store.open(url)) {
      stranger.delete(KEY);
      while (!stranger.put(Key.of("elsewhere"), VALUE).isAfter(lost)) {
        assertTrue(stranger.get(KEY).isEmpty());
      }
    }
    assertThrows(StoreException.Conflict.class, tx::commit);
  }
}
