package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import io.holdfast.store.Watch;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.EtcdCluster;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Three members, of which some die, freeze, or are alone. */
final class ClusterTest {
  private static final Key KEY = Key.of("k");
  private static final byte[] VALUE = {1};

  private final EtcdCluster cluster = EtcdCluster.start();
  private final Store store = open(cluster.members());

  /** An election may take long on a machine that is slow. */
  private static Store open(List<Etcd> members) {
    return Store.open(StoreConfig.of(url(members)).withTimeout(Await.PATIENCE));
  }

  private static String url(List<Etcd> members) {
    return members.stream()
        .map(Etcd::endpoint)
        .map(URI::getAuthority)
        .collect(Collectors.joining(",", "etcd://", "/cluster"));
  }

  @AfterEach
  void close() {
    store.close();
    cluster.close();
  }

  private Etcd leader() {
    List<Etcd> found = new ArrayList<>();
    Await.until(
        "a leader",
        () -> {
          cluster.members().stream().filter(ClusterTest::leads).forEach(found::add);
          return !found.isEmpty();
        });
    return found.get(0);
  }

  private static boolean leads(Etcd member) {
    try (EtcdAdmin admin = new EtcdAdmin(member)) {
      return admin.isLeader();
    }
  }

  /** Writes on; what is refused for now is tried again, and says that it did not happen. */
  private List<Position> write(int commits) {
    List<Position> written = new ArrayList<>();
    for (int i = 0; i < commits; i++) {
      written.add(Await.available(() -> store.put(KEY, VALUE)));
    }
    return written;
  }

  @Test
  void theDeathOfTheLeaderLosesAndDoublesNothing() {
    Position start = store.status().head();
    try (Watch watch = store.watch(KeyRange.all(), start)) {
      List<Position> written = new ArrayList<>(write(5));
      leader().kill9();
      written.addAll(write(5));
      assertEquals(written, Await.commits(watch, written.get(9)));
      cluster.restart();
      written.addAll(write(5));
      assertEquals(written.subList(10, 15), Await.commits(watch, written.get(14)));
    }
  }

  @Test
  void aFrozenLeaderIsLeftAndWhatItHoldsBackIsSettled() {
    Position start = store.status().head();
    List<Position> written = new ArrayList<>(write(3));
    Etcd frozen = leader();
    frozen.pause();
    try (Watch watch = store.watch(KeyRange.all(), start)) {
      written.addAll(write(3));
      frozen.resume();
      written.addAll(write(3));
      assertEquals(written, Await.commits(watch, written.get(8)));
    }
  }

  @Test
  void h5closingDoesNotWaitForServersThatSleep() {
    Position start = write(1).get(0);
    Watch watch = store.watch(KeyRange.all(), start);
    Position next = store.put(KEY, VALUE);
    assertEquals(List.of(next), Await.commits(watch, next));
    cluster.members().forEach(Etcd::pause);
    long begun = System.nanoTime();
    store.close();
    Duration took = Duration.ofNanos(System.nanoTime() - begun);
    cluster.members().forEach(Etcd::resume);
    assertTrue(took.compareTo(Duration.ofSeconds(10)) < 0, "closing took " + took);
    assertThrows(StoreException.Closed.class, () -> watch.next(Duration.ZERO));
  }

  @Test
  void aMemberThatIsAloneProvesNothing() {
    write(1);
    List<Etcd> members = cluster.members();
    try (Store alone = open(members.subList(0, 1))) {
      assertTrue(alone.get(KEY).isPresent());
      members.get(1).pause();
      members.get(2).pause();
      Store hasty = alone.within(Duration.ofSeconds(2));
      Transaction reader = hasty.begin();
      reader.expectAbsent(Key.of("none"));
      assertThrows(StoreException.class, reader::commit);
      assertThrows(StoreException.class, hasty.begin()::commit);
      assertThrows(StoreException.class, hasty::status);
      members.get(1).resume();
      members.get(2).resume();
      assertTrue(Await.available(() -> alone.get(KEY)).isPresent());
    }
  }
}
