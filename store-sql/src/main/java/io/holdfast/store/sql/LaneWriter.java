package io.holdfast.store.sql;

import io.holdfast.store.Backoff;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.StoreException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Writes a list of requests to a database server as one commit, in one round trip, on the one
 * connection that writes.
 *
 * <p>A commit whose answer does not come is not cancelled and not sent again. Its connection is
 * abandoned, and a fresh one finds out through the {@link Lane} what became of it. What did not
 * happen is tried again while there is time.
 */
final class LaneWriter implements StoreWriter {
  /** However hasty the callers, an answer is waited for this long before it is called missing. */
  private static final Duration ANSWER_LEAST = Duration.ofSeconds(1);

  /** The longest that a commit waits for the counter before it is tried again. */
  private static final Duration LOCK_WAIT = Duration.ofSeconds(5);

  private final Database database;
  private final ServerDialect dialect;
  private final InstantSource clock;
  private final Duration patience;
  private final Listener listener;
  private Session session;
  private Lane lane;
  private volatile boolean closing;

  /** What the last attempt met that may be tried again. */
  private SQLException trouble;

  /** Whether the thread that writes was interrupted meanwhile. */
  private boolean interrupted;

  private final ReentrantLock housekeeping = new ReentrantLock();
  private Session keeper;

  /**
   * A writer.
   *
   * @param patience how long it is tried to find out what became of a commit
   * @param listener is told of commits
   */
  LaneWriter(
      Database database,
      ServerDialect dialect,
      InstantSource clock,
      Duration patience,
      Listener listener) {
    this.database = database;
    this.dialect = dialect;
    this.clock = clock;
    this.patience = patience;
    this.listener = listener;
  }

  @Override
  public void begin(Deadline deadline) {
    if (closing) {
      throw new StoreException.Closed("the store was closed: commit");
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new StoreException.Interrupted("interrupted during commit");
    }
    deadline.check("commit");
    try {
      connectIfNeeded(deadline.remaining());
    } catch (SQLException e) {
      if (Thread.currentThread().isInterrupted()) {
        // Drivers call it a connection that failed, and set the flag again.
        throw new StoreException.Interrupted("interrupted during commit");
      }
      throw dialect.translate("commit", e);
    }
  }

  /** Takes about as long as this at most, also where a server takes the row of a lane and waits. */
  private void connectIfNeeded(Duration time) throws SQLException {
    if (session != null && session.isLeft()) {
      abandon();
    }
    try {
      if (session == null) {
        session = database.connect();
      }
      if (lane == null) {
        session.answerWithin(longer(time, ANSWER_LEAST));
        lane = Lane.create(session, clock.millis());
      }
    } catch (SQLException e) {
      abandon();
      throw e;
    }
  }

  /** Leaves the connection as it is: nothing that was sent on it is cancelled. */
  private void abandon() {
    if (session != null) {
      session.abandon();
      session = null;
    }
  }

  @Override
  public List<Outcome> write(List<Submission> submissions) {
    try {
      return untilAllAreDecided(submissions);
    } finally {
      noteInterrupt();
      if (interrupted) {
        interrupted = false;
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Keeps an interrupt for the end: nobody can leave any more, and it must neither end a wait nor
   * what is done for others. It may come at any time.
   */
  private void noteInterrupt() {
    interrupted |= Thread.interrupted();
  }

  private void rest(Backoff backoff) {
    Deadline end = Deadline.after(backoff.next());
    while (!end.hasPassed()) {
      noteInterrupt();
      LockSupport.parkNanos(end.remainingNanos());
    }
  }

  private List<Outcome> untilAllAreDecided(List<Submission> submissions) {
    Outcome[] outcomes = new Outcome[submissions.size()];
    List<Integer> open = new ArrayList<>();
    for (int i = 0; i < outcomes.length; i++) {
      open.add(i);
    }
    Backoff backoff = Pauses.forTrouble();
    for (int attempt = 0; !open.isEmpty(); attempt++) {
      if (attempt > 0) {
        rest(backoff);
      }
      List<Submission> batch = open.stream().map(submissions::get).toList();
      List<Outcome> found = attempt(batch);
      List<Integer> still = new ArrayList<>();
      for (int i = 0; i < batch.size(); i++) {
        int index = open.get(i);
        outcomes[index] = decided(found.get(i), batch.get(i).deadline());
        if (outcomes[index] == null) {
          still.add(index);
        }
      }
      open = still;
    }
    return List.of(outcomes);
  }

  /** The outcome, or that its time is over; null if it is to be tried again. */
  private Outcome decided(Outcome found, Deadline deadline) {
    if (found != null || !deadline.hasPassed()) {
      return found;
    }
    boolean isFault = dialect.isUndecided(trouble);
    String why = isFault ? trouble.getMessage() : "it did not get the database's turn";
    String what = dialect.place() + ": the commit did not happen before its deadline: ";
    return Outcome.failed(new StoreException.Timeout(what + why, trouble));
  }

  /** Tries once; an outcome is null if it is certain that it did not happen and it may again. */
  private List<Outcome> attempt(List<Submission> batch) {
    noteInterrupt();
    try {
      connectIfNeeded(shortest(batch));
    } catch (SQLException e) {
      trouble = e;
      // An interrupt of who writes for all can be what ended it.
      boolean isAgain = Thread.currentThread().isInterrupted();
      return all(batch.size(), isAgain ? null : Outcome.failed(dialect.translate("commit", e)));
    } catch (StoreException e) {
      return all(batch.size(), Outcome.failed(e));
    }
    CommitPlan plan = CommitPlan.of(batch.stream().map(Submission::request).toList());
    try {
      return send(plan, batch);
    } catch (SQLException e) {
      return afterError(plan, batch, e);
    } catch (RuntimeException e) {
      return afterDefect(plan, batch, e);
    } catch (Error e) {
      abandon(); // part of a message may be sent, and the answer is still to come
      lane = null; // so is the commit
      throw e;
    }
  }

  private List<Outcome> send(CommitPlan plan, List<Submission> batch) throws SQLException {
    Duration time = shortest(batch);
    session.answerWithin(longer(time, ANSWER_LEAST));
    Duration lockWait = time.compareTo(LOCK_WAIT) < 0 ? time : LOCK_WAIT;
    Verdicts verdicts = dialect.commit(session, lane, plan, clock.millis(), lockWait);
    lane.advance();
    List<Outcome> outcomes = plan.outcomes(verdicts, dialect.place());
    tell(verdicts.commits(batch.size()), verdicts.watched());
    return outcomes;
  }

  private static Duration shortest(List<Submission> batch) {
    return Duration.ofNanos(
        batch.stream().mapToLong(one -> one.deadline().remainingNanos()).min().orElseThrow());
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  private void tell(int commits, boolean watched) {
    if (commits > 0) {
      listener.committed(commits, watched);
    }
  }

  private List<Outcome> afterError(CommitPlan plan, List<Submission> batch, SQLException e) {
    trouble = e;
    if (dialect.isUndecided(e)) {
      abandon();
      return settle(plan, e);
    }
    if (dialect.isLaneLost(e)) {
      lane = null;
      return all(batch.size(), null);
    }
    if (database.isBusy(e)) {
      return all(batch.size(), null);
    }
    abandon();
    if (batch.size() > 1) {
      return singly(batch);
    }
    return all(1, Outcome.failed(dialect.translate("commit", e)));
  }

  /** A driver has failed as none should, before the commit or behind its answer. */
  private List<Outcome> afterDefect(CommitPlan plan, List<Submission> batch, RuntimeException e) {
    trouble = new SQLException(e.toString(), e);
    abandon();
    List<Outcome> found = settle(plan, trouble);
    if (found.stream().anyMatch(outcome -> outcome != null)) {
      return found;
    }
    if (batch.size() > 1) {
      return singly(batch);
    }
    return all(
        1,
        Outcome.failed(
            e instanceof StoreException known
                ? known
                : new StoreException.Unavailable(dialect.place() + ": commit: " + e, e)));
  }

  /** One that fails must not take the others with it. */
  private List<Outcome> singly(List<Submission> batch) {
    List<Outcome> outcomes = new ArrayList<>();
    for (Submission one : batch) {
      outcomes.addAll(attempt(List.of(one)));
    }
    return outcomes;
  }

  private static List<Outcome> all(int number, Outcome outcome) {
    Outcome[] same = new Outcome[number];
    Arrays.fill(same, outcome);
    return Arrays.asList(same);
  }

  /** Finds out what became of a commit whose answer did not come. */
  private List<Outcome> settle(CommitPlan plan, SQLException cause) {
    Deadline deadline = Deadline.after(patience);
    Backoff backoff = Pauses.forTrouble();
    Exception why = cause;
    while (!deadline.hasPassed()) {
      noteInterrupt();
      try {
        Optional<Lane.Winner> winner = ask(plan.token(), deadline);
        if (winner.isEmpty()) {
          return all(plan.requests().size(), null);
        }
        List<Outcome> commits = plan.commits(winner.get());
        tell((int) commits.stream().filter(outcome -> outcome != null).count(), true);
        return commits;
      } catch (Lane.LaneGone e) {
        abandon();
        why = e;
        break;
      } catch (SQLException | StoreException e) {
        // A lock of the frozen commit, or a server that is away: later, perhaps.
        abandon();
        why = e;
        rest(backoff);
      }
    }
    lane = null; // The commit may still come, on the old lane.
    return all(plan.requests().size(), Outcome.failed(unknown(cause, why)));
  }

  private Optional<Lane.Winner> ask(long token, Deadline deadline) throws SQLException {
    if (session == null) {
      session = database.connect();
    }
    session.answerWithin(longer(deadline.remaining(), ANSWER_LEAST));
    dialect.beginWrite(session);
    Optional<Lane.Winner> winner = lane.decide(session, token);
    dialect.commit(session);
    return winner;
  }

  private StoreException unknown(SQLException e, Exception why) {
    return new StoreException.UnknownOutcome(
        dialect.place()
            + ": a commit was not answered, and whether it happened could not be found out ("
            + why.getMessage()
            + "): read before writing again",
        e);
  }

  @Override
  public Outcome prove(Session reading, CommitRequest request) throws SQLException {
    return dialect.prove(reading, request);
  }

  @Override
  public <T> T run(String what, Deadline deadline, Task<T> task) {
    housekeeping.lock();
    try {
      if (keeper == null || keeper.isLeft()) {
        endKeeper();
        keeper = database.connect();
      }
      keeper.answerWithin(longer(deadline.remaining(), ANSWER_LEAST));
      dialect.beginWrite(keeper);
      T result = task.run(keeper);
      dialect.commit(keeper);
      return result;
    } catch (SQLException e) {
      endKeeper();
      throw dialect.translate(what, e);
    } catch (RuntimeException | Error e) {
      endKeeper();
      throw e;
    } finally {
      housekeeping.unlock();
    }
  }

  private void endKeeper() {
    if (keeper != null) {
      keeper.abandon();
      keeper = null;
    }
  }

  @Override
  public void tidy(Deadline deadline) {
    // Servers tidy by themselves.
  }

  @Override
  public void stopWaiting() {
    closing = true;
  }

  @Override
  public void close() {
    closing = true;
    if (session != null && lane != null) {
      try {
        lane.remove(session);
      } catch (SQLException e) {
        // The row stays until it is trimmed.
      }
    }
    abandon();
    housekeeping.lock();
    try {
      endKeeper();
    } finally {
      housekeeping.unlock();
    }
  }
}
