package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.Watch;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.WithEtcd;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Lanes of processes that died go after a day; a writer that was only idle is none the worse. */
@WithEtcd
final class LaneSweeperTest {
  private static final byte[] VALUE = {1};
  private static final int LANES = 64;

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));

  private final String url;
  private final Store store;
  private final EtcdAdmin admin;
  private final Keyspace keyspace;
  private final LaneSweeper sweeper;
  private final String lanes;

  LaneSweeperTest(Etcd etcd) {
    url = EtcdHarness.url(etcd);
    store = Store.open(url);
    admin = new EtcdAdmin(etcd);
    keyspace = Keyspace.of(EtcdSettings.of(StoreConfig.of(url)));
    sweeper = new LaneSweeper(keyspace, now::get);
    lanes = url.replaceFirst("etcd://[^/]*", "") + "lane/";
  }

  @BeforeEach
  void write() {
    store.put(Key.of("first"), VALUE);
    assertEquals(LANES, admin.count(lanes));
  }

  @AfterEach
  void close() {
    store.close();
    keyspace.members().close();
    admin.close();
  }

  private void sweepOnTheNextDay() {
    now.set(now.get().plus(Duration.ofHours(25)));
    sweep();
  }

  private void sweep() {
    sweeper.sweep(Deadline.after(Await.PATIENCE));
  }

  @Test
  void lanesOfTheDeadAreRemovedAfterADay() {
    UUID dead = UUID.randomUUID();
    UUID later = UUID.randomUUID();
    admin.put(lanes + dead + "/000", "v");
    admin.put(lanes + dead + "/001", "v");
    sweep();
    admin.put(lanes + later + "/000", "v");
    store.put(Key.of("k"), VALUE);
    now.set(now.get().plus(Duration.ofHours(23)));
    sweep();
    assertEquals(LANES + 3, admin.count(lanes), "a day has not passed");
    sweepOnTheNextDay();
    assertEquals(0, admin.count(lanes + dead + "/"));
    assertEquals(1, admin.count(lanes + later + "/"), "not for a day yet");
    assertEquals(LANES + 1, admin.count(lanes), "a writer that wrote keeps all its lanes");
    sweepOnTheNextDay();
    assertEquals(0, admin.count(lanes));
  }

  @Test
  void lanesOfTheDeadAreRemovedThoughManyLiveWhoWriteLittle() {
    LaneSweeper narrow = new LaneSweeper(keyspace, now::get, 2);
    String alive = lanes + new UUID(0, 1);
    String dead = lanes + new UUID(-1, -1);
    for (int lane = 0; lane < 5; lane++) {
      admin.put(alive + "/00" + lane, "v");
    }
    admin.put(dead + "/000", "v");
    narrow.sweep(Deadline.after(Await.PATIENCE));
    admin.put(alive + "/005", "v");
    now.set(now.get().plus(Duration.ofHours(25)));
    narrow.sweep(Deadline.after(Await.PATIENCE));
    assertEquals(6, admin.count(alive + "/"));
    assertEquals(0, admin.count(dead + "/"));
  }

  @Test
  void c10anIdleWriterWhoseLanesWereRemovedTakesNewOnes() {
    Position last = store.put(Key.of("k"), VALUE);
    try (Watch watch = store.watch(KeyRange.all(), last)) {
      sweep();
      sweepOnTheNextDay();
      assertEquals(0, admin.count(lanes));
      Position next = store.put(Key.of("k"), VALUE);
      assertEquals(List.of(next), Await.commits(watch, next));
      assertEquals(next, store.status().head());
      assertEquals(LANES, admin.count(lanes));
      store.transact(
          tx -> {
            tx.get(Key.of("k"));
            tx.put(Key.of("other"), VALUE);
          });
    }
  }

  private boolean takesItsLanesAlong(List<Position> puts) {
    long before = admin.count(lanes);
    try (Store closing = Store.open(url)) {
      puts.add(closing.put(Key.of("k"), VALUE));
      assertEquals(before + LANES, admin.count(lanes));
    }
    return admin.count(lanes) == before;
  }

  @Test
  void c9theLastCommitIsReliedOnAlsoWhenItsLaneIsGone() {
    store.close();
    List<Position> puts = new ArrayList<>();
    // A close does not wait long for a server that is slow.
    Await.until("who closes takes its lanes along", () -> takesItsLanesAlong(puts));
    Position last = puts.get(puts.size() - 1);
    try (Store other = Store.open(url)) {
      Position next =
          other.transact(
              tx -> {
                tx.get(Key.of("k"));
                tx.put(Key.of("other"), VALUE);
              });
      assertTrue(next.isAfter(last));
      assertEquals(next, other.status().head());
    }
  }
}
