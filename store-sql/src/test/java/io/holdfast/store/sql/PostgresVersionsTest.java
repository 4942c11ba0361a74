package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.FaultProxy;
import io.holdfast.testbed.FaultProxy.Direction;
import io.holdfast.testbed.FaultProxy.Fault;
import io.holdfast.testbed.Postgres;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a store asks of PostgreSQL, on each version that the build has laid out. The whole contract
 * runs on one of them.
 */
@Timeout(180)
final class PostgresVersionsTest {
  private static final byte[] VALUE = {1};
  private static final int COUNTERS = 3;
  private static final int THREADS = 8;
  private static final int INCREMENTS = 20;
  private static final Duration SOON = Duration.ofSeconds(20);

  static List<Path> artifacts() throws IOException {
    try (Stream<Path> laidOut = Files.list(Path.of("target", "postgres-versions"))) {
      return laidOut.sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("artifacts")
  void aStoreFindsAllThatItNeeds(Path artifact) throws Exception {
    assumeTrue(Postgres.isForThisMachine(), "the artifacts are for Linux on amd64");
    try (Postgres server = Postgres.startFrom(artifact.toAbsolutePath())) {
      Database database = server.freshDatabase();
      String version = OpenedServer.ask(database, "SHOW server_version");
      assertTrue(artifact.toString().contains("-" + version + "."), version);
      if (Integer.parseInt(version.substring(0, 2)) >= 17) {
        // As administrators bound the transactions of others.
        OpenedServer.execute(database, "ALTER ROLE CURRENT_USER SET transaction_timeout = 20");
      }
      StoreConfig config = PostgresHarness.url(database).withTimeout(SOON);
      try (Store store = Store.open(config);
          Store other = Store.open(config);
          Watch watch = other.watch(KeyRange.all(), other.status().head())) {
        assertReadsAndWrites(store);
        assertConflicts(store, other);
        assertMerged(store);
        follow(watch, store.put(Key.of("last"), VALUE));
        assertLostAnswersAreFoundOut(database);
      }
      assertTrimmed(config.withHistoryCommits(10));
    }
  }

  private static void assertReadsAndWrites(Store store) {
    Position start = store.status().head();
    for (int i = 0; i < 5; i++) {
      store.put(Key.of("k", i), new byte[] {(byte) i});
    }
    store.put(Key.of("large"), new byte[3 << 20]);
    assertEquals(5, store.count(KeyRange.under(Key.of("k"))));
    Page page = store.get(KeyRange.under(Key.of("k")), 3);
    assertEquals(3, page.entries().size());
    assertEquals(2, store.get(page.rest().orElseThrow()).entries().size());
    Position deleted = store.delete(Key.of("k", 4));
    assertTrue(store.get(Key.of("k", 4)).isEmpty());
    assertEquals(3 << 20, store.get(Key.of("large")).orElseThrow().valueLength());
    assertEquals(start.revision().number() + 7, deleted.revision().number());
    assertEquals(deleted, store.status().head());
  }

  private static void assertConflicts(Store store, Store other) {
    Transaction reader = store.begin();
    assertEquals(4, reader.count(KeyRange.under(Key.of("k"))));
    Transaction writer = store.begin();
    writer.get(KeyRange.under(Key.of("k")));
    writer.put(Key.of("sum"), VALUE);
    Transaction expecting = store.begin();
    expecting.expectAbsent(Key.of("k", 1));
    expecting.put(Key.of("never"), VALUE);
    assertThrows(StoreException.Conflict.class, expecting::commit);
    reader.commit();
    other.put(Key.of("k", 9), VALUE);
    assertThrows(StoreException.Conflict.class, writer::commit);
    assertTrue(store.get(Key.of("never")).isEmpty());
  }

  /** Transactions that are merged, conflict, and are tried again; none is lost. */
  private static void assertMerged(Store store) throws Exception {
    List<CompletableFuture<Void>> threads = new ArrayList<>();
    for (int t = 0; t < THREADS; t++) {
      int thread = t;
      threads.add(
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < INCREMENTS; i++) {
                  increment(store, Key.of("counter", (thread + i) % COUNTERS), thread);
                }
              }));
    }
    for (CompletableFuture<Void> thread : threads) {
      thread.get(60, TimeUnit.SECONDS);
    }
    int sum = 0;
    for (int i = 0; i < COUNTERS; i++) {
      sum += store.get(Key.of("counter", i)).orElseThrow().valueBuffer().getInt();
    }
    assertEquals(THREADS * INCREMENTS, sum);
  }

  private static void increment(Store store, Key counter, int thread) {
    store.transact(
        tx -> {
          int before = tx.get(counter).map(found -> found.valueBuffer().getInt()).orElse(0);
          tx.put(counter, java.nio.ByteBuffer.allocate(4).putInt(before + 1).array());
          tx.delete(Key.of("mark", thread, before - 1));
          tx.put(Key.of("mark", thread, before), VALUE);
        });
  }

  /** Another handle's commits, each behind the one before. */
  private static void follow(Watch watch, Position last) {
    Position at = null;
    while (!last.equals(at)) {
      WatchBatch batch = watch.next(SOON).orElseThrow();
      assertTrue(at == null || batch.previous().equals(at));
      at = batch.position();
    }
  }

  private static void assertLostAnswersAreFoundOut(Database database) throws Exception {
    try (FaultProxy proxy = FaultProxy.to(database.host(), database.port());
        Store store = Store.open(PostgresHarness.url(proxy.through(database)).withTimeout(SOON))) {
      Position before = store.put(Key.of("a"), VALUE);
      CompletableFuture<Void> cut = proxy.strikeAfterMessages(Direction.TO_CLIENT, 0, Fault.CUT);
      Position found = store.put(Key.of("a"), VALUE);
      assertTrue(cut.isDone());
      assertEquals(before.revision().number() + 1, found.revision().number());
    }
  }

  private static void assertTrimmed(StoreConfig config) {
    try (OpenedServer opened = OpenedServer.at(config)) {
      Store store = opened.store();
      Position kept = store.put(Key.of("a"), VALUE);
      for (int i = 0; i < 20; i++) {
        store.put(Key.of("b"), VALUE);
      }
      opened.backend().trim();
      assertTrue(store.status().oldest().isAfter(kept.revision()));
      try (Watch late = store.watch(KeyRange.all(), kept)) {
        assertThrows(StoreException.TooOld.class, () -> late.next(SOON));
      }
    }
  }
}
