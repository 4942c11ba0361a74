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
  private final StoreWriter writer;
  private final CommitQueue<Submission, Outcome> queue;
  private final WakeUp wakeUp;
  private final HistoryTrimmer trimmer;
  private final AtomicBoolean closed = new AtomicBoolean();

  private SqlBackend(Database database, StoreConfig config, Duration poll, InstantSource clock) {
    pool = new ReadPool(database);
    wakeUp = new WakeUp(database, poll);
    writer = writer(database, config, clock);
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

  private StoreWriter writer(Database database, StoreConfig config, InstantSource clock) {
    return database.dialect() instanceof ServerDialect server
        ? new LaneWriter(database, server, clock, config.timeout(), this::committed)
        : new CommitWriter(database, clock, config.timeout(), this::committed);
  }

  private void committed(int count) {
    wakeUp.signal();
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
        head.position(), new Revision(head.oldest()), UUID.fromString(head.incarnation()), LIMITS);
  }

  @Override
  public Page read(KeyRange range, int entriesMax, Deadline deadline) {
    int most = Math.min(entriesMax, LIMITS.pageEntriesMax());
    return pool.read("get " + range, deadline, session -> page(session, range, most));
  }

  private static Page page(Session session, KeyRange range, int most) throws SQLException {
    boolean together = session.dialect() instanceof ServerDialect;
    Position position = together ? null : session.head().position();
    Sql sql = session.sql();
    PreparedStatement query = session.prepare(together ? sql.pageWithHead(range) : sql.page(range));
    query.setInt(Sql.bind(query, 1, range), most + 1);
    List<KeyValue> entries = new ArrayList<>();
    long bytes = 0;
    try (ResultSet row = query.executeQuery()) {
      while (row.next()) {
        if (position == null) {
          position = Position.of(row.getLong(5), row.getLong(6));
        }
        if (row.getBytes(1) == null) {
          break;
        }
        if (entries.size() == most || bytes > LIMITS.pageBytesMax()) {
          return truncated(entries, position, range);
        }
        Key key = Key.ofBytes(row.getBytes(1));
        if (!entries.isEmpty() && key.compareTo(entries.get(entries.size() - 1).key()) <= 0) {
          throw session.damaged(key + " comes out of order");
        }
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
    boolean together = session.dialect() instanceof ServerDialect;
    Position position = together ? null : session.head().position();
    Sql sql = session.sql();
    String text = sql.count(range);
    PreparedStatement query = session.prepare(together ? sql.withHead(text) : text);
    Sql.bind(query, 1, range);
    try (ResultSet row = query.executeQuery()) {
      row.next();
      if (position == null) {
        position = Position.of(row.getLong(2), row.getLong(3));
      }
      return new Count(row.getLong(1), position);
    }
  }

  @Override
  public Position commit(CommitRequest request, Deadline deadline) {
    pool.check("commit", deadline);
    if (request.mutations().isEmpty()) {
      // Nothing to write: a read at one moment proves it, and needs nobody's turn.
      return pool.read("commit", deadline, session -> writer.prove(session, request)).orThrow();
    }
    return queue.submit(new Submission(request, deadline), deadline).orThrow();
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
