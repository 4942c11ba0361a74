package io.holdfast.store.etcd;

import io.etcd.jetcd.api.CompactionRequest;
import io.etcd.jetcd.api.KVGrpc;
import io.holdfast.store.Deadline;
import io.holdfast.store.PatientClock;
import io.holdfast.store.StoreException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Housekeeping: removes lanes that nobody uses, and compacts etcd so that the history keeps the
 * number of commits that it may, if that was asked for. The guard's version counts the commits of
 * all writers; a look at it now and then tells which revision to compact at. Commits that are
 * younger than the history's age stay unless they are too many.
 */
final class Trimmer implements AutoCloseable {
  private static final Logger LOG = System.getLogger(Trimmer.class.getName());
  private static final Duration QUESTION_MAX = Duration.ofSeconds(5);
  private static final long TURN_MILLIS_MAX = 1_000;

  /** Without a history to trim there is little to do. */
  private static final long SLOW_TURN_MILLIS = 60_000;

  private static final int LOOKS_MAX = 1_000;

  private final Keyspace keyspace;
  private final InstantSource clock;
  private final LaneSweeper lanes;
  private final long commitsMax;
  private final long ageMillis;
  private final Thread thread = new Thread(this::run, "holdfast-etcd-trim");
  private final CountDownLatch stopped = new CountDownLatch(1);

  /** What the guard was at some moments, the earliest first. */
  private final Deque<Look> looks = new ArrayDeque<>();

  private record Look(Guard guard, long millis) {}

  Trimmer(Keyspace keyspace) {
    this(keyspace, new PatientClock());
  }

  Trimmer(Keyspace keyspace, InstantSource clock) {
    this.keyspace = keyspace;
    this.clock = clock;
    this.lanes = new LaneSweeper(keyspace, clock);
    this.commitsMax = keyspace.settings().config().historyCommits();
    this.ageMillis = keyspace.settings().config().historyAge().toMillis();
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void run() {
    boolean trims = keyspace.settings().trimsHistory();
    long turn = trims ? Math.max(5, Math.min(TURN_MILLIS_MAX, commitsMax / 2)) : SLOW_TURN_MILLIS;
    try {
      while (!stopped.await(turn, TimeUnit.MILLISECONDS)) {
        try {
          if (trims) {
            look();
          }
          lanes.sweep(Deadline.after(QUESTION_MAX));
        } catch (RuntimeException | Error e) { // the next turn tries again, whatever it was
          Level level = e instanceof StoreException ? Level.DEBUG : Level.WARNING;
          LOG.log(level, keyspace.settings() + ": nothing is trimmed now", e);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Looks at the guard and compacts what may go. */
  void look() {
    Deadline deadline = Deadline.after(QUESTION_MAX);
    Guard head = keyspace.history().head("trim", deadline);
    long now = clock.millis();
    Look last = looks.peekLast();
    if (last == null || last.guard().version() < head.version()) {
      looks.add(new Look(head, now));
    }
    Guard from = null;
    while (!looks.isEmpty() && mayGo(looks.peek(), head, now)) {
      from = looks.remove().guard();
    }
    if (looks.size() > LOOKS_MAX) {
      thinOut();
    }
    if (from != null && from.version() < head.version()) {
      compact(from, deadline);
    }
  }

  /** Forgets every second look; the earliest stays, since what may go is known by its age. */
  private void thinOut() {
    boolean stays = true;
    for (Iterator<Look> each = looks.iterator(); each.hasNext(); stays = !stays) {
      each.next();
      if (!stays) {
        each.remove();
      }
    }
  }

  private boolean mayGo(Look look, Guard head, long now) {
    long commits = head.version() - look.guard().version();
    return commits >= commitsMax || (commits > 0 && now - look.millis() >= ageMillis);
  }

  private void compact(Guard at, Deadline deadline) {
    CompactionRequest request = CompactionRequest.newBuilder().setRevision(at.revision()).build();
    try {
      keyspace.members().ask(KVGrpc.getCompactMethod(), request, "trim", deadline);
    } catch (OutOfHistory e) {
      LOG.log(Level.DEBUG, "{0}: compacted already", keyspace.settings());
    }
  }

  @Override
  public void close() {
    stopped.countDown();
    thread.interrupt();
    if (thread.isAlive()) {
      Threads.join(thread);
    }
  }
}
