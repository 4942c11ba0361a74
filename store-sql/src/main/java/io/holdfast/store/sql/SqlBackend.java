package io.holdfast.store.sql;

import io.holdfast.store.Backend;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Count;
import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Limits;
import io.holdfast.store.Mutation;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Status;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.Watch;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;

/** One opened store in an SQL database. */
final class SqlBackend implements Backend {
  private static final Limits LIMITS = new Limits(2048, 4 << 20, 10_000, 16 << 20, 10_000, 4 << 20);

  /** What a request costs beside the bytes it writes, for merging: some statements' worth. */
  private static final int REQUEST_WEIGHT = 16 << 10;

  private final ReadPool pool;
  private final CommitWriter writer;
  private final CommitQueue<CommitRequest, Outcome> queue;
  private final WakeUp wakeUp;
  private final HistoryTrimmer trimmer;
  private final InstantSource clock;
  private final AtomicBoolean closed = new AtomicBoolean();

  private SqlBackend(Database database, StoreConfig config, Duration poll, InstantSource clock) {
    this.clock = clock;
    pool = new ReadPool(database);
    wakeUp = new WakeUp(database, poll);
    writer = new CommitWriter(database, clock, config.timeout(), this::committed);
    queue = new CommitQueue<>(writer, SqlBackend::weight, LIMITS.transactionBytesMax());
    trimmer =
        new HistoryTrimmer(database, writer, clock, config.historyAge(), config.historyCommits());
  }

  static SqlBackend open(
      Database database, StoreConfig config, Duration poll, InstantSource clock) {
    new Schema(database, clock).prepare(Deadline.after(config.timeout()));
    database.dialect().rememberPlace();
    SqlBackend backend = new SqlBackend(database, config, poll, clock);
    backend.trimmer.start();
    return backend;
  }

  private void committed(int count) {
    wakeUp.signal();
    trimmer.committed(count);
  }

  private static long weight(CommitRequest request) {
    long bytes = REQUEST_WEIGHT;
    for (Mutation write : request.mutations()) {
      bytes += write.key().length() + write.value().map(value -> value.length).orElse(0);
    }
    return bytes;
  }

  @Override
  public Status status(Deadline deadline) {
    Head head = pool.read("status", deadline, Session::head);
    return new Status(
        head.position(), new Revision(head.oldest()), UUID.fromString(head.incarnation()), LIMITS);
  }

  @Override
  public Page read(KeyRange range, int entriesMax, Deadline deadline) {
    int most = Math.min(entriesMax, LIMITS.pageEntriesMax());
    return pool.read("get " + range, deadline, session -> page(session, range, most));
  }

  private static Page page(Session session, KeyRange range, int most) throws SQLException {
    Position position = session.head().position();
    PreparedStatement query = session.prepare(session.sql().page(range));
    query.setInt(Sql.bind(query, 1, range), most + 1);
    List<KeyValue> entries = new ArrayList<>();
    long bytes = 0;
    try (ResultSet row = query.executeQuery()) {
      while (row.next()) {
        if (entries.size() == most || bytes > LIMITS.pageBytesMax()) {
          return truncated(entries, position, range);
        }
        Key key = Key.ofBytes(row.getBytes(1));
        byte[] value = row.getBytes(2);
        bytes += key.length() + value.length;
        if (bytes > LIMITS.pageBytesMax() && !entries.isEmpty()) {
          return truncated(entries, position, range);
        }
        entries.add(KeyValue.adopt(key, value, row.getLong(3), row.getLong(4)));
      }
    }
    return Page.last(entries, position);
  }

  private static Page truncated(List<KeyValue> entries, Position position, KeyRange range) {
    Key last = entries.get(entries.size() - 1).key();
    return Page.truncated(entries, position, range.after(last));
  }

  @Override
  public Count count(KeyRange range, Deadline deadline) {
    return pool.read(
        "count " + range,
        deadline,
        session ->
            session
                .dialect()
                .cancellable(
                    session.connection(),
                    () -> pool.shouldGiveUp(deadline),
                    () -> count(session, range)));
  }

  private static Count count(Session session, KeyRange range) throws SQLException {
    Position position = session.head().position();
    PreparedStatement query = session.prepare(session.sql().count(range));
    Sql.bind(query, 1, range);
    try (ResultSet row = query.executeQuery()) {
      row.next();
      return new Count(row.getLong(1), position);
    }
  }

  @Override
  public Position commit(CommitRequest request, Deadline deadline) {
    pool.check("commit", deadline);
    if (request.mutations().isEmpty()) {
      // Nothing to write: a read at one moment proves it, and needs nobody's turn.
      return pool.read("commit", deadline, session -> prove(session, request)).orThrow();
    }
    return queue.submit(request, deadline).orThrow();
  }

  private Outcome prove(Session session, CommitRequest request) throws SQLException {
    return CommitBatch.load(session, List.of(request), clock).add(request);
  }

  @Override
  public Watch watch(List<KeyRange> ranges, Position after, Deadline deadline) {
    pool.check("watch", deadline);
    return new SqlWatch(pool, wakeUp, ranges, after);
  }

  /** How many commits wait for their turn. */
  int queued() {
    return queue.queued();
  }

  /** Trims the history now, instead of in a few seconds. */
  void trim() {
    trimmer.trim();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      writer.stopWaiting();
      queue.close();
      trimmer.close();
      pool.close();
      wakeUp.close();
      writer.close();
    }
  }
}
