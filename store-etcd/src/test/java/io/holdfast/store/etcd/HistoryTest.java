package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import io.holdfast.store.Watch;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.WithEtcd;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** How far back the history reaches, and what others do to etcd meanwhile. */
@WithEtcd
final class HistoryTest {
  private static final byte[] VALUE = {1};

  private final String url;
  private final Store store;
  private final EtcdAdmin admin;

  HistoryTest(Etcd etcd) {
    url = EtcdHarness.url(etcd);
    admin = new EtcdAdmin(etcd);
    store = Store.open(url);
  }

  @BeforeEach
  void write() {
    store.put(Key.of("first"), VALUE);
  }

  @AfterEach
  void close() {
    store.close();
    admin.close();
  }

  private void othersWrite(int times) {
    for (int i = 0; i < times; i++) {
      admin.put("/elsewhere", "v" + i);
    }
  }

  private List<Position> write(int commits) {
    List<Position> written = new ArrayList<>();
    for (int i = 0; i < commits; i++) {
      written.add(store.put(Key.of("k", i), VALUE));
    }
    return written;
  }

  @Test
  void aQuietStoreIsResumedThoughOthersCompactedFarBeyondIt() {
    Position head = store.put(Key.of("k"), VALUE);
    othersWrite(50);
    admin.compact(admin.revision());
    assertEquals(head.revision(), store.status().oldest(), "where a watch can resume");
    try (Watch watch = store.watch(KeyRange.all(), head)) {
      Position next = store.put(Key.of("k"), VALUE);
      assertEquals(List.of(next), Await.commits(watch, next));
    }
  }

  @Test
  void aTransactionThatReadAQuietCompactedStoreCommits() {
    Transaction tx = store.begin();
    tx.get(Key.of("first"));
    tx.count(KeyRange.all());
    othersWrite(20);
    admin.compact(admin.revision());
    store.status();
    tx.put(Key.of("k"), VALUE);
    assertEquals(tx.commit(), store.status().head());
  }

  @Test
  void aWatchThatIsCompactedAwayIsTooOld() {
    List<Position> written = write(10);
    admin.compact(written.get(5).revision().number());
    try (Watch watch = store.watch(KeyRange.all(), written.get(4))) {
      StoreException.TooOld end = assertInstanceOf(StoreException.TooOld.class, Await.end(watch));
      assertEquals(written.get(5).revision(), end.oldest());
    }
    try (Watch watch = store.watch(KeyRange.all(), written.get(5))) {
      assertEquals(written.subList(6, 10), Await.commits(watch, written.get(9)));
    }
  }

  @Test
  void aWatchGoesOnWhileOthersCompactBehindIt() {
    List<Position> written = new ArrayList<>();
    try (Watch watch = store.watch(KeyRange.all(), store.status().head())) {
      List<Position> seen = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        written.add(store.put(Key.of("k"), VALUE));
        seen.addAll(Await.commits(watch, written.get(i)));
        admin.compact(admin.revision());
      }
      assertEquals(written, seen);
    }
  }

  @Test
  void aForeignWriteEndsWatchesAsDivergedAndIsThenPartOfTheHistory() {
    Position commit;
    try (Watch watch = store.watch(KeyRange.all(), store.status().head())) {
      commit = store.put(Key.of("k"), VALUE);
      assertEquals(List.of(commit), Await.commits(watch, commit));
      admin.put(url.replaceFirst("etcd://[^/]*", "") + "entry/foreign", "v");
      assertInstanceOf(StoreException.Diverged.class, Await.end(watch));
    }
    Position position = store.get(KeyRange.all()).position();
    assertTrue(position.isAfter(commit), "it was adopted: " + position);
    assertEquals(3, store.count(KeyRange.all()));
    try (Watch watch = store.watch(KeyRange.all(), position)) {
      Position next = store.put(Key.of("k"), VALUE);
      assertEquals(List.of(next), Await.commits(watch, next));
    }
  }

  @Test
  void aReadThatMeetsAForeignWriteNamesAPositionBehindIt() {
    Position before = store.status().head();
    long revision = admin.put(url.replaceFirst("etcd://[^/]*", "") + "entry/foreign", "v");
    Position page = store.get(KeyRange.all()).position();
    assertTrue(page.isAfter(before) && page.revision().number() > revision, "page at " + page);
    store.transact(tx -> tx.delete(KeyRange.all()));
    assertEquals(0, store.count(KeyRange.all()));
  }

  @Test
  void keysOfOthersBelowThePrefixAreNobodysBusiness() {
    try (Watch watch = store.watch(KeyRange.all(), store.status().head())) {
      admin.put(url.replaceFirst("etcd://[^/]*", "") + "other/store/guard", "v");
      Position next = store.put(Key.of("k"), VALUE);
      assertEquals(List.of(next), Await.commits(watch, next));
      assertEquals(2, store.count(KeyRange.all()));
    }
  }

  @Test
  void aPrefixWithOtherKeysIsNoStore(@WithEtcd Etcd etcd) {
    String prefix = etcd.freshPrefix();
    admin.put(prefix + "something", "v");
    String there = "etcd://" + etcd.endpoint().getAuthority() + prefix;
    StoreException.Unusable error =
        assertThrows(StoreException.Unusable.class, () -> Store.open(there).close());
    assertEquals(StoreException.Reason.NOT_A_STORE, error.reason());
    assertFalse(error.getMessage().isEmpty());
  }

  @Test
  void h6aWrongOptionIsToldBeforeAnythingIsWritten(@WithEtcd Etcd etcd) {
    String prefix = etcd.freshPrefix();
    String there = "etcd://" + etcd.endpoint().getAuthority() + prefix;
    for (String wrong : List.of("?history-commits=none", "?history-age=long")) {
      assertThrows(StoreException.Unusable.class, () -> Store.open(there + wrong).close());
      assertEquals(0, admin.count(prefix), "keys that were written in spite of " + wrong);
    }
  }

  @Test
  void aForeignKeyThatNoEntryCanHaveIsNobodysBusiness() {
    admin.put(url.replaceFirst("etcd://[^/]*", "") + "entry/", "v");
    assertEquals(1, store.count(KeyRange.all()));
    assertEquals(1, store.get(KeyRange.all()).entries().size());
    Position put = store.put(Key.of("k"), VALUE);
    assertEquals(put, store.get(KeyRange.all()).position());
  }

  @Test
  void aStoreThatWasDeletedAndMadeAgainTellsWhereItBegins() {
    othersWrite(10);
    admin.delete(url.replaceFirst("etcd://[^/]*", ""));
    othersWrite(30);
    long between = admin.revision();
    othersWrite(10);
    try (Store other = Store.open(url)) {
      Position made = other.status().head();
      othersWrite(20);
      admin.compact(between);
      assertEquals(made.revision(), other.status().oldest());
      assertEquals(other.status(), store.status());
    }
  }
}
