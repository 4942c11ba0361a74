package io.holdfast.store.sql;

import io.holdfast.store.Backend;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Count;
import io.holdfast.store.Deadline;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Limits;
import io.holdfast.store.Mutation;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Status;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.Watch;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/** One opened store in an SQL database. */
final class SqlBackend implements Backend {
  static final Limits LIMITS_MOST =
      new Limits(2048, 4 << 20, 10_000, 16 << 20, 10_000, Cut.BYTES_MAX);

  /** What a request costs beside the bytes it writes, for merging: some statements' worth. */
  private static final int REQUEST_WEIGHT = 16 << 10;

  /** A server that answers needs less. */
  private static final Duration CLOSE_MOST = Duration.ofSeconds(2);

  private final Limits limits;
  private final ReadPool pool;
  private final StoreWriter writer;
  private final CommitQueue<Submission, Outcome> queue;
  private final WakeUp wakeUp;
  private final HistoryTrimmer trimmer;

  /** Null where others find out by themselves. */
  private final Notifier notifier;

  /** How long to wait at a close for what is under way; a silent server may keep it longer. */
  private final Duration patience;

  private final AtomicBoolean closed = new AtomicBoolean();

  private SqlBackend(
      Database database,
      StoreConfig config,
      Duration poll,
      InstantSource stamps,
      InstantSource ages) {
    limits = database.dialect().limits(LIMITS_MOST);
    patience = database.dialect() instanceof ServerDialect ? CLOSE_MOST : Threads.UNBOUNDED;
    pool = new ReadPool(database);
    wakeUp = new WakeUp(database, poll);
    writer = writer(database, config, stamps);
    notifier =
        database.dialect() instanceof Notices notices ? new Notifier(database, notices) : null;
    queue = new CommitQueue<>(writer, SqlBackend::weight, limits.transactionBytesMax());
    trimmer =
        new HistoryTrimmer(database, writer, ages, config.historyAge(), config.historyCommits());
  }

  /**
   * Opens a store.
   *
   * @param stamps the clock that commits are stamped by
   * @param ages the clock that tells whether they are old enough to be trimmed
   */
  static SqlBackend open(
      Database database,
      StoreConfig config,
      Duration poll,
      InstantSource stamps,
      InstantSource ages) {
    config.historyAge(); // a wrong value is told before anything is made
    config.historyCommits();
    new Schema(database, stamps).prepare(Deadline.after(config.timeout()));
    database.dialect().rememberPlace();
    SqlBackend backend = new SqlBackend(database, config, poll, stamps, ages);
    backend.trimmer.start();
    if (backend.notifier != null) {
      backend.notifier.start();
    }
    return backend;
  }

  /** The limits of a store whose tables are not there yet. */
  static Optional<Limits> limitsIfNew(Database database, StoreConfig config) {
    Schema schema = new Schema(database, InstantSource.system());
    return schema.isMissing(Deadline.after(config.timeout()))
        ? Optional.of(database.dialect().limits(LIMITS_MOST))
        : Optional.empty();
  }

  private StoreWriter writer(Database database, StoreConfig config, InstantSource clock) {
    return database.dialect() instanceof ServerDialect server
        ? new LaneWriter(database, server, clock, config.timeout(), this::committed)
        : new CommitWriter(database, clock, config.timeout(), this::committed);
  }

  private void committed(int count, boolean watched) {
    wakeUp.signal();
    if (notifier != null && watched) {
      notifier.committed();
    }
    trimmer.committed(count);
  }

  private static long weight(Submission submission) {
    long bytes = REQUEST_WEIGHT;
    for (Mutation write : submission.request().mutations()) {
      bytes += write.key().length() + write.value().map(value -> value.length).orElse(0);
    }
    return bytes;
  }

  @Override
  public Status status(Deadline deadline) {
    Head head = pool.read("status", deadline, Session::head);
    return new Status(
        head.position(), new Revision(head.oldest()), UUID.fromString(head.incarnation()), limits);
  }

  @Override
  public Page read(KeyRange range, int entriesMax, Deadline deadline) {
    int most = Math.min(entriesMax, limits.pageEntriesMax());
    Cut cut = new Cut(range);
    return pool.read(new Call("get", range), deadline, session -> cut.page(session, most));
  }

  @Override
  public Count count(KeyRange range, Deadline deadline) {
    Cut cut = new Cut(range);
    return pool.read(
        new Call("count", range),
        deadline,
        session ->
            session
                .dialect()
                .cancellable(
                    session.connection(),
                    () -> pool.shouldGiveUp(deadline),
                    () -> cut.count(session)));
  }

  @Override
  public Position commit(CommitRequest request, Deadline deadline) {
    pool.check("commit", deadline);
    if (request.mutations().isEmpty()) {
      // Nothing to write: a read at one moment proves it, and needs nobody's turn.
      return pool.read("commit", deadline, session -> prove(session, request)).orThrow();
    }
    return queue.submit(new Submission(request, deadline), deadline).orThrow();
  }

  private Outcome prove(Session session, CommitRequest request) throws SQLException {
    session.dialect().beginRead(session);
    try {
      return writer.prove(session, request);
    } finally {
      session.dialect().endRead(session);
    }
  }

  @Override
  public Watch watch(List<KeyRange> ranges, Position after, Deadline deadline) {
    pool.check("watch", deadline);
    return new SqlWatch(pool, wakeUp, ranges, after);
  }

  /** What a message says of a read; put into words only for one. */
  private record Call(String verb, KeyRange range) {
    @Override
    public String toString() {
      return verb + " " + range;
    }
  }

  /** How many commits wait for their turn. */
  int queued() {
    return queue.queued();
  }

  /** Trims the history, and removes old lanes, now instead of in a few seconds. */
  void trim() {
    trimmer.trim();
    trimmer.sweepLanes();
  }

  /** Ends what is done every few seconds, so that only who calls sends anything. */
  void endHousekeeping() {
    trimmer.close();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      writer.stopWaiting();
      Thread closing = started(this::closeAll);
      Threads.join(closing, patience);
    }
  }

  /** Each waits for what it has under way, the writer for what any of them may want to write. */
  private void closeAll() {
    List<Thread> ends = new ArrayList<>();
    for (Runnable end :
        List.<Runnable>of(
            queue::close, trimmer::close, this::closeNotifier, pool::close, wakeUp::close)) {
      ends.add(started(end));
    }
    ends.forEach(Threads::join);
    writer.close();
  }

  private void closeNotifier() {
    if (notifier != null) {
      notifier.close();
    }
  }

  private static Thread started(Runnable work) {
    Thread thread = new Thread(work, "holdfast-close");
    thread.setDaemon(true);
    thread.start();
    return thread;
  }
}
