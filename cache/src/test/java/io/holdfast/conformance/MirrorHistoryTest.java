package io.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.holdfast.cache.Entry;
import io.holdfast.cache.Freshness;
import io.holdfast.cache.Mirror;
import io.holdfast.cache.Snapshot;
import io.holdfast.conformance.Observation.Outcome;
import io.holdfast.conformance.Observation.Read;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.MariaDb;
import io.holdfast.testbed.MySql;
import io.holdfast.testbed.Postgres;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Queue;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Clients that read from a mirror while others write, judged by the kit's checker: linearizable
 * reads are transactions of the one strict order, cached ones stand somewhere in it, never go back
 * and show what their client was acknowledged. Stands in the kit's package to reach the checker.
 */
final class MirrorHistoryTest {
  private static final Duration LONG = Duration.ofSeconds(60);
  private static final int READS = 100;
  private static final int KEYS = 6;

  /** All keys and values, and where they were so. */
  private record Seen(Position position, NavigableMap<Key, String> values) {
    static Seen of(Snapshot<String> snapshot) {
      NavigableMap<Key, String> values = new TreeMap<>();
      for (Entry<String> entry : snapshot.range(KeyRange.all())) {
        values.put(entry.key(), entry.value());
      }
      return new Seen(snapshot.position(), values);
    }
  }

  /** How clients read the mirror: as they should, or wrongly. */
  private interface Reading {
    Seen read(Mirror<String> mirror, Freshness freshness);
  }

  @TempDir private Path folder;
  private final Queue<String> faults = new ConcurrentLinkedQueue<>();

  private static Seen whole(Mirror<String> mirror, Freshness freshness) {
    return Seen.of(mirror.snapshot(freshness, LONG));
  }

  @Test
  void historiesThroughAMirrorOfSqliteHold() throws Exception {
    try (Store store = Store.open("sqlite:" + folder.resolve("history.db"))) {
      assertEquals(List.of(), anomalies(store, false, MirrorHistoryTest::whole));
    }
  }

  @Test
  void historiesThroughAMirrorOfPostgresHold() throws Exception {
    assertHistoriesHold("postgresql", Postgres.shared().freshDatabase());
  }

  @Test
  void historiesThroughAMirrorOfMariaDbHold() throws Exception {
    assertHistoriesHold("mariadb", MariaDb.shared().freshDatabase());
  }

  @Test
  @Tag("mysql")
  void historiesThroughAMirrorOfMySqlHold() throws Exception {
    assertHistoriesHold("mysql", MySql.shared().freshDatabase());
  }

  private void assertHistoriesHold(String scheme, Database database) throws Exception {
    String url =
        "%s://%s@%s:%d/%s"
            .formatted(scheme, database.user(), database.host(), database.port(), database.name());
    try (Store store = Store.open(StoreConfig.of(url).withPassword(database.password()))) {
      assertEquals(List.of(), anomalies(store, false, MirrorHistoryTest::whole));
    }
  }

  @Test
  void historiesThroughAMirrorOfEtcdHold() throws Exception {
    Etcd server = Etcd.shared();
    String url = "etcd://" + server.endpoint().getAuthority() + server.freshPrefix();
    try (Store store = Store.open(url)) {
      assertEquals(List.of(), anomalies(store, true, MirrorHistoryTest::whole));
    }
  }

  @Test
  void mirrorThatStandsStillWouldBeNoticed() throws Exception {
    Seen[] first = new Seen[1];
    Reading frozen =
        (mirror, freshness) -> {
          synchronized (first) {
            first[0] = first[0] == null ? whole(mirror, freshness) : first[0];
            return first[0];
          }
        };
    assertNoticed("[R1]", frozen);
    assertFalse(faults.isEmpty(), "own writes are missing");
  }

  @Test
  void halfOfAnOldSnapshotWouldBeNoticed() throws Exception {
    Reading torn =
        (mirror, freshness) -> {
          Seen now = whole(mirror, freshness);
          now.values().headMap(Bytes.key("c")).clear(); // as it was at first
          return now;
        };
    assertNoticed("[C4]", torn);
  }

  private void assertNoticed(String rule, Reading wrong) throws Exception {
    try (Store store = Store.open("memory:" + UUID.randomUUID())) {
      List<String> anomalies = anomalies(store, false, wrong);
      assertFalse(anomalies.stream().noneMatch(text -> text.startsWith(rule)), rule);
    }
  }

  /** Runs three writers and four readers, and lists what is wrong with what they saw. */
  private List<String> anomalies(Store store, boolean sharesRevisions, Reading reading)
      throws Exception {
    Position start = store.status().head();
    List<Callable<List<Observation>>> work = new ArrayList<>();
    List<Observation> seen = new ArrayList<>();
    try (Mirror<String> mirror =
        Mirror.of(store, Bytes::text)
            .range(KeyRange.all())
            .verifyEvery(Duration.ZERO)
            .maxWait(LONG)
            .open()) {
      reading.read(mirror, Freshness.CACHED);
      for (int i = 0; i < 3; i++) {
        Client client = new Client("client " + i, store, i, KEYS);
        work.add(() -> client.run(READS));
      }
      for (int i = 0; i < 2; i++) {
        String name = "reader " + i;
        Supplier<Seen> fresh = () -> reading.read(mirror, Freshness.LINEARIZABLE);
        work.add(() -> readFresh("a fresh " + name, store, fresh));
        work.add(() -> readCached("cached " + name, store, mirror, reading));
      }
      Together.run(work).forEach(seen::addAll);
    }
    Map<Key, String> end = new TreeMap<>();
    Scan.of(store, KeyRange.all()).forEach(entry -> end.put(entry.key(), Bytes.text(entry)));
    Collection<String> anomalies =
        HistoryChecker.check(start, seen, List.of(), end, sharesRevisions);
    List<String> all = new ArrayList<>(faults);
    all.addAll(anomalies);
    return all;
  }

  /** Linearizable reads, after a write, so that there is something that each of them must have. */
  private static List<Observation> readFresh(String name, Store store, Supplier<Seen> reading) {
    List<Observation> seen = new ArrayList<>();
    seen.add(write(name, store, Bytes.key(name), name));
    for (int i = 0; i < READS; i++) {
      long invoked = System.nanoTime();
      Seen found = reading.get();
      seen.add(observation(name, invoked, System.nanoTime(), found));
    }
    return seen;
  }

  /** Cached reads, and after a write of its own one that has it. */
  private List<Observation> readCached(
      String name, Store store, Mirror<String> mirror, Reading reading) {
    List<Observation> seen = new ArrayList<>();
    Key mine = Bytes.key(name);
    String written = null;
    Position least = mirror.snapshot().position();
    for (int i = 0; i < READS; i++) {
      Freshness freshness = Freshness.CACHED;
      if (i % 5 == 0) {
        written = name + ", write " + i;
        Observation write = write(name, store, mine, written);
        seen.add(write);
        least = write.position();
        freshness = Freshness.atLeast(least);
      }
      Seen now = reading.read(mirror, freshness);
      if (least.isAfter(now.position()) || !written.equals(now.values().get(mine))) {
        faults.add(name + " had " + least + " and " + written + ", but then came " + now);
      }
      least = now.position();
      // Bound to no time: nothing has returned before it, and it returns before nothing.
      seen.add(observation(name, Long.MIN_VALUE, Long.MAX_VALUE, now));
    }
    return seen;
  }

  private static Observation write(String name, Store store, Key key, String value) {
    long invoked = System.nanoTime();
    Position position = store.put(key, Bytes.bytes(value));
    return new Observation(
        name,
        invoked,
        System.nanoTime(),
        List.of(),
        Map.of(key, Optional.of(value)),
        Outcome.COMMITTED,
        position);
  }

  private static Observation observation(String name, long invoked, long returned, Seen seen) {
    Read all = new Read(KeyRange.all(), seen.values(), seen.values().size());
    return new Observation(
        name, invoked, returned, List.of(all), Map.of(), Outcome.COMMITTED, seen.position());
  }
}
