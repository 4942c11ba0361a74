package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.logging.StreamHandler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is thrown in a thread of a store, by a driver for one: the thread goes on. */
final class DefectsTest {
  @TempDir private Path folder;

  private final AtomicInteger calls = new AtomicInteger();

  /** The first call fails as nobody expects it. */
  private void failOnce() {
    if (calls.getAndIncrement() == 0) {
      throw new NoClassDefFoundError("the test said so");
    }
  }

  @Test
  void logIsToldOfDefectsAndNotOfWhatDatabasesThrow() {
    List<LogRecord> told = new CopyOnWriteArrayList<>();
    Logger log = Logger.getLogger(Defects.class.getName());
    Handler handler =
        new StreamHandler() {
          @Override
          public synchronized void publish(LogRecord line) {
            told.add(line);
          }
        };
    log.addHandler(handler);
    try {
      Defects.tell("a", new SQLException("the connection was lost"));
      Defects.tell("b", new StoreException.Unavailable("it is down", null));
      Error defect = new NoClassDefFoundError("the test said so");
      Defects.tell("c", defect);
      assertEquals(List.of(defect), told.stream().map(LogRecord::getThrown).toList());
    } finally {
      log.removeHandler(handler);
    }
  }

  @Test
  void h3theHistoryIsTrimmedInTheNextRound() {
    StoreConfig config = StoreConfig.of("sqlite:" + folder.resolve("a.db")).withHistoryCommits(10);
    InstantSource ages =
        () -> {
          failOnce();
          return Instant.now();
        };
    try (Opened opened = Opened.at(config, InstantSource.system(), ages)) {
      Store store = opened.store();
      Opened.await(
          "a round that fails",
          () -> {
            store.put(Key.of("k"), new byte[1]);
            return calls.get() > 0;
          });
      Opened.await(
          "a round that does not",
          () -> {
            store.put(Key.of("k"), new byte[1]);
            return store.status().oldest().isAfter(Revision.ZERO);
          });
    }
  }

  @Test
  void w10whoWatchesIsStillWokenByOtherProcesses() {
    try (Opened opened = Opened.at(folder.resolve("a.db"));
        Watch watch = opened.store().watch(KeyRange.all(), opened.store().status().head())) {
      opened.dialect().onHint = this::failOnce;
      Opened.await(
          "further looks",
          () -> {
            assertEquals(Optional.empty(), watch.next(Duration.ofMillis(20)));
            return calls.get() > 1;
          });
    }
  }

  @Test
  void othersAreStillToldOfCommits() {
    Database database =
        Database.of(new SqliteDialect(SqliteFile.at(folder.resolve("a.db").toString())), "h_");
    try (Notifier notifier = new Notifier(database, new Noted())) {
      notifier.start();
      notifier.committed();
      Opened.await("it is told again", () -> calls.get() == 2);
    }
  }

  @Test
  void h7readsThatAreOverdueAreStillEnded() throws SQLException {
    Dialect dialect = new SqliteDialect(SqliteFile.at(folder.resolve("a.db").toString()));
    AtomicInteger aborted = new AtomicInteger();
    Connection cut =
        (Connection)
            Proxy.newProxyInstance(
                DefectsTest.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (self, method, arguments) -> {
                  failOnce();
                  aborted.incrementAndGet();
                  return null;
                });
    try (Watchdog watchdog = new Watchdog(() -> false)) {
      for (int i = 0; i < 2; i++) {
        Session overdue = new Session(cut, dialect, new Sql(dialect, "h_"));
        Watchdog.Watched unused = watchdog.watch(overdue, Deadline.after(Duration.ZERO));
      }
      Opened.await("the end of both", () -> aborted.get() == 2);
    }
  }

  @Test
  void aConnectionOnWhichAReadFailedByADefectIsNotLentAgain() {
    Database database =
        Database.of(new SqliteDialect(SqliteFile.at(folder.resolve("a.db").toString())), "h_");
    Deadline deadline = Deadline.after(Opened.TIMEOUT);
    List<Session> used = new ArrayList<>();
    try (ReadPool pool = new ReadPool(database)) {
      ReadPool.Read<Integer> failing =
          session -> {
            used.add(session);
            failOnce();
            return 1;
          };
      assertThrows(NoClassDefFoundError.class, () -> pool.read("a", deadline, failing));
      assertEquals(1, pool.read("b", deadline, failing));
      assertEquals(1, pool.read("c", deadline, failing));
      assertNotSame(used.get(0), used.get(1));
      assertSame(used.get(1), used.get(2), "else this shows nothing");
    }
  }

  private final class Noted implements Notices {
    @Override
    public void listen(Session session) {
      throw new AssertionError("nobody listens");
    }

    @Override
    public boolean awaitNotice(Session session, Duration atMost) {
      throw new AssertionError("nobody listens");
    }

    @Override
    public void notifyOthers(Session session) throws SQLException {
      failOnce();
    }
  }
}
