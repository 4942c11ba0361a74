package io.holdfast.store.sql;

import io.holdfast.store.Backoff;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import java.nio.ByteBuffer;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writes a list of requests in one database transaction, on the one connection that writes.
 *
 * <p>Between {@link #begin} and the end of {@link #write} the calling thread holds this writer.
 */
final class CommitWriter implements StoreWriter {
  private final Database database;
  private final InstantSource clock;
  private final Duration patience;
  private final Listener listener;
  private final UUID lane = UUID.randomUUID();
  private final ReentrantLock lock = new ReentrantLock(true);
  private Session session;
  private volatile boolean closing;

  /**
   * A writer.
   *
   * @param patience how long a transaction waits for its turn where no caller's deadline counts
   * @param listener is told of commits
   */
  CommitWriter(Database database, InstantSource clock, Duration patience, Listener listener) {
    this.database = database;
    this.clock = clock;
    this.patience = patience;
    this.listener = listener;
  }

  @Override
  public void begin(Deadline deadline) {
    hold("commit", deadline);
    try {
      beginTransaction("commit", deadline, true);
    } catch (RuntimeException | Error e) {
      lock.unlock();
      throw e;
    }
  }

  private void hold(String what, Deadline deadline) {
    try {
      if (!lock.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
        throw new StoreException.Timeout(what + " waited for other writes until its deadline");
      }
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted during " + what);
    }
  }

  /** Begins; {@code mayLeave} says whether an interrupt or a close ends the wait. */
  private void beginTransaction(String what, Deadline deadline, boolean mayLeave) {
    Backoff backoff = Pauses.forLock();
    while (true) {
      if (mayLeave && closing) {
        throw new StoreException.Closed("the store was closed: " + what);
      }
      deadline.check(what);
      try {
        connectIfNeeded();
        database.dialect().beginWrite(session);
        return;
      } catch (SQLException e) {
        if (!database.isBusy(e)) {
          disconnect();
          throw database.dialect().translate(what, e);
        }
        if (deadline.hasPassed()) {
          throw database.timeout(what, e);
        }
      }
      if (mayLeave) {
        backoff.pause(what, deadline);
      } else {
        LockSupport.parkNanos(backoff.next().toNanos());
      }
    }
  }

  private void connectIfNeeded() throws SQLException {
    if (session == null) {
      session = database.connect();
    } else {
      database.dialect().checkPlace();
    }
  }

  private void disconnect() {
    Session left = session;
    session = null;
    if (left != null) {
      try {
        left.close();
      } catch (SQLException e) {
        // It is given up in any case.
      }
    }
  }

  @Override
  public List<Outcome> write(List<Submission> submissions) {
    List<CommitRequest> requests = submissions.stream().map(Submission::request).toList();
    // From here on nobody can leave: an interrupt must not end a wait for the lock.
    boolean interrupted = Thread.interrupted();
    try {
      return attempt(requests);
    } finally {
      lock.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private List<Outcome> attempt(List<CommitRequest> requests) {
    List<Outcome> outcomes = new ArrayList<>();
    CommitBatch batch;
    try {
      batch = CommitBatch.load(session, requests, clock);
      for (CommitRequest request : requests) {
        outcomes.add(batch.add(request));
      }
      if (!batch.hasChanges()) {
        undo();
        return outcomes;
      }
      batch.flush();
    } catch (SQLException e) {
      undo();
      renew(e);
      return requests.size() > 1 ? singly(requests) : List.of(failed("commit", e));
    } catch (RuntimeException e) {
      undoAll();
      return requests.size() > 1 ? singly(requests) : List.of(failed("commit", e));
    } catch (Error e) {
      undoAll();
      throw e;
    }
    try {
      database.dialect().commit(session);
    } catch (SQLException e) {
      return settle(requests, outcomes, batch.commits(), e);
    }
    listener.committed(batch.commits().size(), false);
    return outcomes;
  }

  private void undo() {
    try {
      database.dialect().rollback(session);
    } catch (SQLException e) {
      disconnect();
    }
  }

  /** The same with the statements, which can have rows at hand that were to be written. */
  private void undoAll() {
    undo();
    disconnect();
  }

  /** After an error the driver can have closed statements that we keep. */
  private void renew(SQLException e) {
    if (!database.isBusy(e)) {
      disconnect();
    }
  }

  private Outcome failed(String what, SQLException e) {
    return Outcome.failed(database.dialect().translate(what, e));
  }

  private Outcome failed(String what, RuntimeException e) {
    if (e instanceof StoreException known) {
      return Outcome.failed(known);
    }
    return Outcome.failed(
        new StoreException.Unavailable(database.dialect().place() + ": " + what + ": " + e, e));
  }

  /** One that fails must not take the others with it. */
  private List<Outcome> singly(List<CommitRequest> requests) {
    List<Outcome> outcomes = new ArrayList<>();
    for (CommitRequest request : requests) {
      try {
        beginTransaction("commit", Deadline.after(patience), false);
        outcomes.addAll(attempt(List.of(request)));
      } catch (StoreException e) {
        outcomes.add(Outcome.failed(e));
      }
    }
    return outcomes;
  }

  /**
   * Finds out what became of a transaction whose end failed. While there was no room, or others
   * were in the way, it did not happen. After another error SQLite's log can hold it all the same,
   * out of sight until a recovery finds it. One more transaction decides: it is written to the same
   * place of the log, so if it sees no trace of the commits, they are overwritten for good. That
   * one SQLite connection is the only way to the file for this writer makes a look for the tokens
   * enough here; where a server can finish a commit on its own, the lane must be advanced by the
   * commit itself.
   */
  private List<Outcome> settle(
      List<CommitRequest> requests, List<Outcome> hoped, List<Position> commits, SQLException e) {
    undo();
    renew(e);
    Dialect.Trouble trouble = database.dialect().classify(e);
    if (trouble == Dialect.Trouble.FULL || trouble == Dialect.Trouble.BUSY) {
      return requests.size() > 1 ? singly(requests) : List.of(failed("commit", e));
    }
    StoreException notCommitted = database.dialect().translate("commit", e);
    Position last = commits.get(commits.size() - 1);
    try {
      beginTransaction("find out what became of a commit", Deadline.after(patience), false);
      boolean happened = isThere(last);
      if (!happened && last.revision().number() < session.head().oldest()) {
        undo(); // Others have committed and trimmed meanwhile: a trace would be gone.
        return fail(hoped, commits, unknown(e), notCommitted);
      }
      advanceLane();
      database.dialect().commit(session);
      if (happened) {
        listener.committed(commits.size(), false);
        return hoped;
      }
      return fail(hoped, commits, notCommitted, notCommitted);
    } catch (SQLException | StoreException other) {
      disconnect();
      return fail(hoped, commits, unknown(e), notCommitted);
    }
  }

  private StoreException unknown(SQLException e) {
    return new StoreException.UnknownOutcome(
        database.dialect().place()
            + ": a commit ended with an error, and whether it happened could not be found"
            + " out: read before writing again",
        e);
  }

  /** Keeps only what does not depend on the lost commits. */
  private static List<Outcome> fail(
      List<Outcome> hoped, List<Position> commits, StoreException ours, StoreException others) {
    return hoped.stream()
        .map(
            outcome -> {
              if (outcome.failure() != null) {
                return Outcome.failed(others);
              }
              return commits.contains(outcome.position()) ? Outcome.failed(ours) : outcome;
            })
        .toList();
  }

  private boolean isThere(Position commit) throws SQLException {
    PreparedStatement query = session.prepare(database.sql().token);
    query.setLong(1, commit.revision().number());
    try (ResultSet row = query.executeQuery()) {
      return row.next() && row.getLong(1) == commit.token();
    }
  }

  private void advanceLane() throws SQLException {
    byte[] id =
        ByteBuffer.allocate(16)
            .putLong(lane.getMostSignificantBits())
            .putLong(lane.getLeastSignificantBits())
            .array();
    PreparedStatement advance = session.prepare(database.sql().advanceLane);
    advance.setBytes(1, id);
    if (advance.executeUpdate() == 0) {
      PreparedStatement insert = session.prepare(database.sql().insertLane);
      insert.setBytes(1, id);
      insert.executeUpdate();
    }
  }

  @Override
  public Outcome prove(Session reading, CommitRequest request) throws SQLException {
    return CommitBatch.load(reading, List.of(request), clock).add(request);
  }

  @Override
  public void tidy(Deadline deadline) {
    hold("tidy", deadline);
    try {
      if (session != null) {
        database.dialect().tidy(session.connection());
      }
    } catch (SQLException e) {
      renew(e);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public <T> T run(String what, Deadline deadline, Task<T> task) {
    hold(what, deadline);
    try {
      beginTransaction(what, deadline, true);
      return finish(what, task);
    } finally {
      lock.unlock();
    }
  }

  private <T> T finish(String what, Task<T> task) {
    try {
      T result = task.run(session);
      database.dialect().commit(session);
      return result;
    } catch (SQLException e) {
      undo();
      renew(e);
      throw database.dialect().translate(what, e);
    } catch (RuntimeException | Error e) {
      undo();
      throw e;
    }
  }

  @Override
  public void stopWaiting() {
    closing = true;
  }

  @Override
  public void close() {
    closing = true;
    lock.lock();
    try {
      disconnect();
    } finally {
      lock.unlock();
    }
  }
}
