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
import io.holdfast.testbed.MySql;
import io.holdfast.testbed.Postgres;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Readers add up all accounts in every snapshot while processes move money, and they and their
 * server are killed in the middle of it. A few seconds each; {@code -Dholdfast.soak.seconds} makes
 * it as long as wanted. Leaves a table in {@code target/soak.md}.
 */
final class SoakTest {
  private static final int SECONDS = Integer.getInteger("holdfast.soak.seconds", 3);
  private static final long SEED = Long.getLong("holdfast.soak.seed", 1);
  private static final int ACCOUNTS = 100;
  private static final List<String> COLUMNS =
      List.of(
          "store",
          "time",
          "snapshots added up",
          "linearizable reads",
          "reads of one key",
          "commits replayed",
          "writers killed",
          "server killed",
          "server frozen",
          "linearizable reads refused",
          "longest until live again",
          "violations");

  /** A database server of the test's own, and what can be done to it. */
  private record Victim(Runnable kill, Runnable restart, Runnable freeze, Runnable thaw) {}

  @TempDir private Path folder;
  private final ConcurrentLinkedQueue<String> faults = new ConcurrentLinkedQueue<>();
  private final Deque<Process> writers = new ArrayDeque<>();
  private final Random random = new Random(SEED);
  private int writersKilled;
  private int kills;
  private int freezes;
  private long longestNanos;

  @Test
  void sumsHoldInMemory() throws IOException {
    try (Store store = Store.open("memory:" + UUID.randomUUID());
        Bank bank = new Bank(store, ACCOUNTS).withWriters(2)) {
      soak("memory", store, auditors -> auditors.awaitCommits(100), bank::stop);
    }
  }

  @Test
  void sumsHoldOnSqliteWhileWritersAreKilled() throws IOException {
    StoreConfig place = StoreConfig.of("sqlite:" + folder.resolve("bank.db"));
    soak("SQLite", place, "", null);
  }

  @Test
  void sumsHoldOnPostgresWhileItAndItsWritersAreKilled() throws IOException {
    try (Postgres server = Postgres.start()) {
      Database database = server.freshDatabase();
      Victim victim = new Victim(server::kill9, server::restart, server::pause, server::resume);
      soak("PostgreSQL", Places.of("postgresql", database), database.password(), victim);
    }
  }

  @Test
  void sumsHoldOnMariaDbWhileItAndItsWritersAreKilled() throws IOException {
    try (MariaDb server = MariaDb.start()) {
      Database database = server.freshDatabase();
      Victim victim = new Victim(server::kill9, server::restart, server::pause, server::resume);
      soak("MariaDB", Places.of("mariadb", database), database.password(), victim);
    }
  }

  @Test
  @Tag("mysql")
  void sumsHoldOnMySqlWhileItAndItsWritersAreKilled() throws IOException {
    try (MySql server = MySql.start()) {
      Database database = server.freshDatabase();
      Victim victim = new Victim(server::kill9, server::restart, server::pause, server::resume);
      soak("MySQL", Places.of("mysql", database), database.password(), victim);
    }
  }

  @Test
  void sumsHoldOnEtcdWhileItAndItsWritersAreKilled() throws IOException {
    try (Etcd server = Etcd.start()) {
      Victim victim = new Victim(server::kill9, server::restart, server::pause, server::resume);
      soak("etcd", Places.of(server, server.freshPrefix()), "", victim);
    }
  }

  /** What is to be done again and again meanwhile. */
  private interface Trouble {
    void make(Auditors auditors) throws IOException;
  }

  private void soak(String name, StoreConfig place, String password, Victim victim)
      throws IOException {
    StoreConfig mine = password.isEmpty() ? place : place.withPassword(password);
    try (Store opening = Store.open(mine.withTimeout(LONG))) {
      assertEquals(0, new Bank(opening, ACCOUNTS).moved());
    }
    try (Store store = Store.open(mine.withTimeout(Duration.ofSeconds(5)))) {
      for (int i = 0; i < 2; i++) {
        writers.add(BankProcess.start(place, password, ACCOUNTS));
      }
      Trouble trouble =
          auditors -> {
            auditors.awaitCommits(100);
            end(writers.poll());
            writersKilled++;
            writers.add(BankProcess.start(place, password, ACCOUNTS));
            if (victim != null) {
              auditors.awaitCommits(100);
              kill(victim, auditors);
              auditors.awaitCommits(100);
              freeze(victim, auditors);
            }
          };
      soak(name, store, trouble, () -> writers.forEach(SoakTest::end));
    } finally {
      writers.forEach(SoakTest::end);
    }
  }

  private static void end(Process process) {
    process.destroyForcibly();
    Words.await("the end of a writer", () -> !process.isAlive());
  }

  private void kill(Victim victim, Auditors auditors) {
    auditors.expectAbsence();
    victim.kill.run();
    rest(500);
    auditors.awaitCachedReads(10);
    victim.restart.run();
    kills++;
    awaitLive(auditors);
  }

  private void freeze(Victim victim, Auditors auditors) {
    auditors.expectAbsence();
    victim.freeze.run();
    rest(Math.min(SECONDS * 300, 8000));
    auditors.awaitCachedReads(10);
    victim.thaw.run();
    freezes++;
    awaitLive(auditors);
  }

  private void rest(int mostMillis) {
    Deadline end = Deadline.after(Duration.ofMillis(random.nextInt(mostMillis)));
    Words.await("a while", end::hasPassed);
  }

  /** From here on nobody is refused any more. */
  private void awaitLive(Auditors auditors) {
    long begin = System.nanoTime();
    Words.await("live again", Duration.ofMinutes(1), auditors::isLive);
    longestNanos = Math.max(longestNanos, System.nanoTime() - begin);
    auditors.expectAnswers();
  }

  private void soak(String name, Store store, Trouble trouble, Runnable endWriters)
      throws IOException {
    long begin = System.nanoTime();
    try (Mirror<Long> mirror =
        Mirror.of(store, Bank::balance)
            .range(Bank.ACCOUNTS)
            .index(Bank.BY_DIGIT)
            .verifyEvery(Duration.ofMillis(100))
            .onDrift(drift -> faults.add(drift.toString()))
            .open()) {
      Auditors auditors = new Auditors(mirror, ACCOUNTS, faults);
      try (auditors) {
        Deadline end = Deadline.after(Duration.ofSeconds(SECONDS));
        do {
          trouble.make(auditors);
          rest(500);
        } while (!end.hasPassed());
        endWriters.run();
        mirror.snapshot(Freshness.LINEARIZABLE, LONG);
      }
      assertTrue(mirror.verifyNow(LONG).isClean());
      assertEquals(1, mirror.state().timeline());
      assertEquals(0, mirror.state().divergences());
      report(name, auditors, Duration.ofNanos(System.nanoTime() - begin));
      assertTrue(auditors.linearizable.get() > 0);
    }
    assertEquals(List.of(), List.copyOf(faults));
  }

  private void report(String name, Auditors auditors, Duration time) throws IOException {
    String line =
        "| %s | %d s | %,d | %,d | %,d | %,d | %d | %d | %d | %,d | %d ms | %d |"
            .formatted(
                name,
                time.toSeconds(),
                auditors.cached.get(),
                auditors.linearizable.get(),
                auditors.single.get(),
                auditors.commits.get(),
                writersKilled,
                kills,
                freezes,
                auditors.refused.get(),
                Duration.ofNanos(longestNanos).toMillis(),
                faults.size());
    Tables.put("soak.md", COLUMNS, name, List.of(line));
  }
}
