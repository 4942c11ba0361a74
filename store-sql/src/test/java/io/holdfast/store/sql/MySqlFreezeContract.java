package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import io.holdfast.testbed.Database;
import io.holdfast.testbed.SqlServer;
import java.sql.Connection;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A server of MariaDB or MySQL that stops, as by SIGSTOP, in the middle of a commit, and goes on
 * later.
 */
@Timeout(120)
abstract class MySqlFreezeContract {
  private static final Key KEY = Key.of("key");
  private static final byte[] VALUE = {1};

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final String scheme;
  private final SqlServer server;
  private Database database;
  private Store store;
  private Position start;

  /** Takes a server of the test's own. */
  MySqlFreezeContract(String scheme, SqlServer server) {
    this.scheme = scheme;
    this.server = server;
  }

  @BeforeEach
  void create() {
    database = server.freshDatabase();
  }

  /** Opens the store; it is tried so long to find out what became of a commit. */
  private void open(Duration patience) {
    store = Store.open(MySqlHarness.url(scheme, database).withTimeout(patience));
    start = store.put(Key.of("first"), VALUE);
  }

  @AfterEach
  void close() {
    server.resume();
    if (store != null) {
      store.close();
    }
    server.close();
    threads.shutdownNow();
  }

  /** A commit that has reached the server and waits there, with the server frozen behind it. */
  private CompletableFuture<Position> freezeInsideACommit(Duration timeout) throws Exception {
    try (Connection other = database.connect()) {
      other.setAutoCommit(false);
      Opened.execute(other, "SELECT 1 FROM holdfast_meta FOR UPDATE");
      CompletableFuture<Position> commit =
          CompletableFuture.supplyAsync(() -> store.within(timeout).put(KEY, VALUE), threads);
      Opened.await("the commit to wait for the counter", this::somebodyWaits);
      server.pause();
      other.abort(Runnable::run);
      return commit;
    }
  }

  private boolean somebodyWaits() {
    return OpenedMySql.somebodyWaits(database);
  }

  @Test
  void c10aCommitInAServerThatFreezesAndGoesOnIsToldTruly() throws Exception {
    open(Opened.TIMEOUT);
    CompletableFuture<Position> commit = freezeInsideACommit(Duration.ofSeconds(4));
    assertNotNull(commit);
    // Longer than the commit is waited for, shorter than it is tried to find out.
    CompletableFuture.runAsync(
            server::resume, CompletableFuture.delayedExecutor(6, TimeUnit.SECONDS, threads))
        .get(60, TimeUnit.SECONDS);
    Throwable failure = failure(commit);
    if (failure == null) {
      assertEquals(new Revision(2), commit.get().revision());
      assertEquals(1, timesInTheHistory());
    } else {
      assertInstanceOf(StoreException.Timeout.class, failure);
      assertEquals(0, timesInTheHistory());
    }
  }

  @Test
  void c10aCommitInAServerThatStaysFrozenIsUnknownAndHappensOnceOrNever() throws Exception {
    open(Duration.ofSeconds(5));
    CompletableFuture<Position> commit = freezeInsideACommit(Duration.ofSeconds(4));
    assertInstanceOf(StoreException.UnknownOutcome.class, failure(commit));
    server.resume();
    int times = timesInTheHistory();
    assertEquals(times == 1, store.get(KEY).isPresent(), times + " times");
  }

  private static Throwable failure(CompletableFuture<Position> commit) throws Exception {
    return commit
        .handle((position, e) -> e == null ? null : e.getCause())
        .get(60, TimeUnit.SECONDS);
  }

  /** How often the key was written until another commit got through, which must be the last. */
  private int timesInTheHistory() {
    Position[] end = new Position[1];
    Opened.await("the server", () -> written(end));
    List<Key> seen = new ArrayList<>();
    try (Watch watch = store.watch(KeyRange.all(), start)) {
      Position reached = start;
      while (end[0].isAfter(reached)) {
        WatchBatch batch = watch.next(Opened.TIMEOUT).orElseThrow();
        batch.events().forEach(event -> seen.add(event.key()));
        reached = batch.position();
      }
    }
    return (int) seen.stream().filter(KEY::equals).count();
  }

  private boolean written(Position[] at) {
    try {
      at[0] = store.put(Key.of("end"), VALUE);
      return true;
    } catch (StoreException.Unavailable | StoreException.Timeout e) {
      return false;
    }
  }
}
