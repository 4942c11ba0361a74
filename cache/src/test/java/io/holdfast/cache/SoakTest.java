package io.holdfast.cache;

import static io.holdfast.cache.Words.LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Deadline;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.MariaDb;
import io.holdfast.testbed.Postgres;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Readers add up all accounts in every snapshot while processes move money and are killed in the
 * middle of it. A few seconds each; {@code -Dholdfast.soak.seconds} makes it as long as wanted.
 */
final class SoakTest {
  private static final Duration TIME =
      Duration.ofSeconds(Integer.getInteger("holdfast.soak.seconds", 5));
  private static final Duration LIFE = Duration.ofSeconds(2);
  private static final int ACCOUNTS = 100;
  private static final List<Long> WHOLE = List.of(Bank.SUM, Bank.SUM);

  @TempDir private Path folder;
  private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean stop = new AtomicBoolean();
  private final AtomicLong snapshots = new AtomicLong();

  @Test
  void sumsHoldInMemory() throws IOException, InterruptedException {
    try (Store store = Store.open("memory:" + UUID.randomUUID());
        Bank bank = new Bank(store, ACCOUNTS).withWriters(2)) {
      soak(store, () -> {});
      assertTrue(bank.moved() > 0);
    }
  }

  @Test
  void sumsHoldOnSqliteWhileWritersAreKilled() throws IOException, InterruptedException {
    soakWithKills(StoreConfig.of("sqlite:" + folder.resolve("bank.db")), "");
  }

  @Test
  void sumsHoldOnPostgresWhileWritersAreKilled() throws IOException, InterruptedException {
    Database database = Postgres.shared().freshDatabase();
    soakWithKills(Places.of("postgresql", database), database.password());
  }

  @Test
  void sumsHoldOnMariaDbWhileWritersAreKilled() throws IOException, InterruptedException {
    Database database = MariaDb.shared().freshDatabase();
    soakWithKills(Places.of("mariadb", database), database.password());
  }

  @Test
  void sumsHoldOnEtcdWhileWritersAreKilled() throws IOException, InterruptedException {
    Etcd server = Etcd.shared();
    soakWithKills(Places.of(server, server.freshPrefix()), "");
  }

  /** What is to be done again and again meanwhile. */
  private interface Trouble {
    void make() throws IOException, InterruptedException;
  }

  private void soakWithKills(StoreConfig place, String password)
      throws IOException, InterruptedException {
    StoreConfig mine = password.isEmpty() ? place : place.withPassword(password);
    Deque<Process> writers = new ArrayDeque<>();
    try (Store store = Store.open(mine)) {
      long head = new Bank(store, ACCOUNTS).moved() + store.status().head().revision().number();
      for (int i = 0; i < 2; i++) {
        writers.add(BankProcess.start(place, password, ACCOUNTS));
      }
      soak(
          store,
          () -> {
            long moved = store.status().head().revision().number();
            Words.await("moves", () -> store.status().head().revision().number() > moved);
            writers.poll().destroyForcibly().waitFor();
            writers.add(BankProcess.start(place, password, ACCOUNTS));
          });
      assertTrue(store.status().head().revision().number() > head, "money was moved");
    } finally {
      for (Process writer : writers) {
        writer.destroyForcibly().waitFor();
      }
    }
  }

  private void soak(Store store, Trouble trouble) throws IOException, InterruptedException {
    try (Mirror<Long> mirror =
        Mirror.of(store, Bank::balance)
            .range(Bank.ACCOUNTS)
            .index(Bank.BY_DIGIT)
            .verifyEvery(Duration.ofMillis(100))
            .onDrift(drift -> faults.add(drift.toString()))
            .open()) {
      List<Thread> readers = new ArrayList<>();
      for (Freshness freshness : List.of(Freshness.CACHED, Freshness.LINEARIZABLE)) {
        Thread reader = new Thread(() -> read(mirror, freshness), "reader-" + freshness);
        reader.start();
        readers.add(reader);
      }
      Deadline end = Deadline.after(TIME);
      while (!end.hasPassed()) {
        Deadline next = Deadline.after(LIFE);
        Words.await("a while", next::hasPassed);
        trouble.make();
      }
      stop.set(true);
      for (Thread reader : readers) {
        reader.join(LONG.toMillis());
      }
      assertTrue(mirror.verifyNow(LONG).isClean());
      assertEquals(1, mirror.state().timeline());
    }
    assertEquals(List.of(), List.copyOf(faults));
    assertTrue(snapshots.get() > 0);
  }

  private void read(Mirror<Long> mirror, Freshness freshness) {
    try {
      Snapshot<Long> last = mirror.snapshot(freshness, LONG);
      while (!stop.get()) {
        Snapshot<Long> now = mirror.snapshot(freshness, LONG);
        if (!Bank.sums(now).equals(WHOLE) || last.position().isAfter(now.position())) {
          faults.add(last.position() + " and then " + now.position() + ": " + Bank.sums(now));
        }
        snapshots.incrementAndGet();
        last = now;
      }
    } catch (RuntimeException e) {
      faults.add(e.toString());
    }
  }
}
