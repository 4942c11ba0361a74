package io.holdfast.benchmarks;

import io.holdfast.store.Store;
import java.sql.PreparedStatement;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/** Ordered writes with history to an SQLite file, beside upserts that keep none. */
final class SqliteWrites {
  private static final int THREADS = 32;

  private final Duel duel;
  private final Upserts upserts;
  private final Store store;
  private final PlainTable table;

  private SqliteWrites(Scale scale, Store store, PlainTable table) {
    this.duel = new Duel(scale);
    this.upserts = new Upserts(scale);
    this.store = store;
    this.table = table;
  }

  static void run(Scale scale, Consumer<Result> results) throws Exception {
    try (Folder folder = new Folder();
        Store store = Store.open("sqlite:" + folder.file("store.db"));
        PlainTable table = PlainTable.sqlite(source(folder)::getConnection)) {
      SqliteWrites writes = new SqliteWrites(scale, store, table);
      writes.upserts.fill(store);
      writes.upserts.fill(table);
      results.accept(writes.manyThreads());
      results.accept(writes.manyThreadsOneConnection());
      results.accept(writes.oneThread());
    }
  }

  /** As durable as ours: the log is flushed before a commit is acknowledged. */
  private static SQLiteDataSource source(Folder folder) {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout((int) Duration.ofMinutes(1).toMillis());
    SQLiteDataSource source = new SQLiteDataSource(config);
    source.setUrl("jdbc:sqlite:" + folder.file("plain.db"));
    return source;
  }

  private Result manyThreads() throws Exception {
    IntFunction<Load.Work> peers = upserts.upserts(table, THREADS);
    return duel.run(
        new Figure(
            "writes, " + THREADS + " threads, " + Upserts.SHAPE,
            "upserts, a connection a thread",
            "op/s",
            Bound.atLeast(5)),
        time -> Load.perSecond(time, THREADS, i -> upserts.puts(store)),
        time -> Load.perSecond(time, THREADS, peers));
  }

  /** The peer's best: nobody waits for a lock of the file. */
  private Result manyThreadsOneConnection() throws Exception {
    try (PreparedStatement shared = table.upsert(table.connect())) {
      Load.Work upsert = upserts.upserts(shared);
      Load.Work inTurn =
          () -> {
            synchronized (shared) {
              return upsert.run();
            }
          };
      return duel.run(
          new Figure(
              "writes, " + THREADS + " threads",
              "upserts, one connection in turn",
              "op/s",
              Bound.atLeast(5)),
          time -> Load.perSecond(time, THREADS, i -> upserts.puts(store)),
          time -> Load.perSecond(time, THREADS, i -> inTurn));
    }
  }

  private Result oneThread() throws Exception {
    IntFunction<Load.Work> peer = upserts.upserts(table, 1);
    return duel.run(
        new Figure("writes, 1 thread", "upserts", "op/s", Bound.none()),
        time -> Load.perSecond(time, 1, i -> upserts.puts(store)),
        time -> Load.perSecond(time, 1, peer));
  }
}
