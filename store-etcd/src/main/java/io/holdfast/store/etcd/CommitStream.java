package io.holdfast.store.etcd;

import io.etcd.jetcd.api.WatchResponse;
import io.grpc.Status;
import io.holdfast.store.Backoff;
import io.holdfast.store.Deadline;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The commits above a position, each proven to follow the one before. Whatever ends the call below
 * it, error or not, is answered in one way: open another one behind the last commit that was taken
 * from here.
 *
 * <p>A new call is believed only after the guard was read, linearizably and after the call was
 * opened, as it was at that commit. In the other order a restore could slip in between.
 *
 * <p>For one thread at a time; {@link #nudge}, {@link #close} and {@link #isRetrying} for any.
 */
final class CommitStream implements AutoCloseable {
  private static final Duration LEAST_QUESTION = Duration.ofSeconds(1);

  /** For a token and a look at the version, however little time there is. */
  private static final Duration PREPARATION = Duration.ofSeconds(2);

  private static final long CREATION_NANOS_MAX = TimeUnit.SECONDS.toNanos(5);

  /** So often in a row a call may contradict what is known before that is believed. */
  private static final int CONTRADICTIONS_MAX = 2;

  private final Keyspace keyspace;
  private final Consumer<Guard> onForeignWrite;
  private final Deque<Commit> ready = new ArrayDeque<>();
  private final Backoff backoff = Pauses.forTrouble();

  private Position position;

  /** The commit at the position; null until it was read. */
  private Guard last;

  /** Up to here there is nothing to be read behind the position. */
  private long through;

  private Assembler assembler;
  private boolean created;
  private boolean verified;
  private long openedAt;
  private int contradictions;
  private volatile WatchCall call;
  private volatile boolean retrying;
  private volatile boolean closed;

  CommitStream(Keyspace keyspace, Position from, Consumer<Guard> onForeignWrite) {
    this.keyspace = keyspace;
    this.position = from;
    this.through = from.revision().number();
    this.onForeignWrite = onForeignWrite;
  }

  /** The commit that was taken last, or the first position once it is proven; else empty. */
  Optional<Guard> reached() {
    return ready.isEmpty() ? Optional.ofNullable(last) : Optional.empty();
  }

  boolean isRetrying() {
    return retrying;
  }

  /**
   * The next commit; empty when the time passed.
   *
   * @throws StoreException.TooOld when the history no longer reaches back
   * @throws StoreException.Diverged when the position is not of this history
   */
  Optional<Commit> next(Deadline deadline) {
    return next(deadline, () -> false);
  }

  /** The same; empty also when the caller has had enough, which a {@link #nudge} makes it see. */
  Optional<Commit> next(Deadline deadline, BooleanSupplier enough) {
    boolean first = true;
    while (ready.isEmpty() && (first || !(deadline.hasPassed() || enough.getAsBoolean()))) {
      first = false;
      checkOpen();
      try {
        step(deadline);
      } catch (EtcdFailure failure) {
        checkOpen(); // then it was closed here, and the member has done nothing wrong
        lost(failure);
        pause(deadline);
      } catch (StoreException.Unusable e) {
        if (e.reason() == Reason.NOT_FOUND) {
          throw new StoreException.Diverged(e.getMessage());
        }
        drop();
        pause(deadline);
      } catch (StoreException.Unavailable | StoreException.Timeout e) {
        drop();
        pause(deadline);
      } catch (InterruptedException e) {
        throw new StoreException.Interrupted("interrupted while watching");
      }
    }
    return Optional.ofNullable(ready.poll());
  }

  private void checkOpen() {
    if (closed || keyspace.members().isClosed()) {
      throw new StoreException.Closed("the watch was closed");
    }
  }

  private void step(Deadline deadline) throws EtcdFailure, InterruptedException {
    if (call == null) {
      open(deadline);
      return; // who nudges does not wake who has no call yet
    }
    if (created && !verified) {
      verify(deadline);
    }
    WatchCall now = call;
    if (now == null) {
      return; // contradicted
    }
    WatchResponse response = now.poll(deadline.remainingNanos());
    if (response != null) {
      take(response, deadline);
    } else if (!created && System.nanoTime() - openedAt > CREATION_NANOS_MAX) {
      throw now.failure(Status.DEADLINE_EXCEEDED.withDescription("the watch was not created"));
    }
  }

  private void open(Deadline deadline) throws EtcdFailure {
    Members members = keyspace.members();
    Member member = members.current();
    members.prepare(member, atLeast(PREPARATION, deadline));
    assembler = new Assembler(keyspace.layout());
    created = false;
    verified = false;
    openedAt = System.nanoTime();
    call = new WatchCall(member, members.login(), keyspace.layout(), through + 1);
    if (closed) {
      call.close();
    }
  }

  /** Only for questions that other calls of the cluster answer, with a little time at least. */
  private static Deadline question(Deadline deadline) {
    return atLeast(LEAST_QUESTION, deadline);
  }

  private static Deadline atLeast(Duration least, Deadline deadline) {
    return deadline.remaining().compareTo(least) < 0 ? Deadline.after(least) : deadline;
  }

  private void verify(Deadline deadline) {
    History.Place place = find(question(deadline));
    if (place.membership() == History.Membership.FOREIGN) {
      contradiction(position + " is not of the history that is there now");
      return;
    }
    if (last != null && last.version() != place.guard().version()) {
      contradiction(
          position + " was commit " + last.version() + ", now " + place.guard().version());
      return;
    }
    last = place.guard();
    verified = true;
    backoff.reset();
    retrying = false;
  }

  private History.Place find(Deadline deadline) {
    History history = keyspace.history();
    History.Head head = history.now("watch", deadline);
    History.Place place = history.find(position, head, "watch", deadline);
    if (place.membership() == History.Membership.TOO_OLD) {
      long oldest = place.guard().revision();
      throw new StoreException.TooOld(
          keyspace.settings() + ": the history begins at r" + oldest + ", behind " + position,
          new Revision(oldest));
    }
    return place;
  }

  /** What was seen cannot be: look once more, then believe it. */
  private void contradiction(String what) {
    contradictions++;
    if (contradictions >= CONTRADICTIONS_MAX) {
      drop();
      throw new StoreException.Diverged(keyspace.settings() + ": " + what);
    }
    drop();
  }

  /**
   * Takes a message. Where that ends half way, by an interrupt, a defect or for lack of memory, the
   * rest is lost, and nothing behind it may be read from this call.
   */
  private void take(WatchResponse response, Deadline deadline) throws EtcdFailure {
    try {
      accept(response, deadline);
    } catch (RuntimeException | Error e) {
      drop();
      throw e;
    }
  }

  private void accept(WatchResponse response, Deadline deadline) throws EtcdFailure {
    if (response.getCanceled()) {
      cancelled(response, deadline);
      return;
    }
    if (response.getCreated()) {
      created = true;
      return;
    }
    for (Assembler.Changes changes : assembler.add(response)) {
      if (call == null) {
        return; // contradicted
      }
      if (changes.revision > through) {
        accept(changes);
      }
    }
  }

  private void accept(Assembler.Changes changes) {
    if (changes.isForeign()) {
      drop();
      onForeignWrite.accept(last);
      throw new StoreException.Diverged(
          keyspace.settings()
              + ": at revision "
              + changes.revision
              + " somebody else wrote below the prefix, behind the store's back");
    }
    if (changes.guard != null) {
      if (changes.guard.version() != last.version() + 1) {
        contradiction(
            "commit " + changes.guard.version() + " was delivered behind " + last.version());
        return;
      }
      keyspace.known().add(changes.guard);
      ready.add(new Commit(position, changes.guard, changes.events, changes.bytes));
      contradictions = 0;
      last = changes.guard;
      position = last.position();
    }
    through = changes.revision;
  }

  private void cancelled(WatchResponse response, Deadline deadline) throws EtcdFailure {
    if (response.getCompactRevision() == 0) {
      Status status =
          response.getCancelReason().contains("auth")
              ? Status.UNAUTHENTICATED
              : response.getCancelReason().contains("permission denied")
                  ? Status.PERMISSION_DENIED
                  : Status.UNAVAILABLE;
      throw call.failure(status.withDescription(response.getCancelReason()));
    }
    History.Place place = find(question(deadline));
    if (place.membership() == History.Membership.FOREIGN) {
      contradiction(position + " is compacted, and the history there is another");
      return;
    }
    // Nothing was committed since, so nothing is lost.
    through = Math.max(through, place.through());
    drop();
  }

  private void lost(EtcdFailure failure) {
    Members members = keyspace.members();
    Member member = call == null ? members.current() : call.member();
    members.recover(member, failure, System.nanoTime());
    drop();
    retrying = true;
  }

  private void drop() {
    WatchCall old = call;
    call = null;
    if (old != null) {
      old.close();
    }
  }

  private void pause(Deadline deadline) {
    retrying = true;
    long pause = Math.min(backoff.next().toNanos(), deadline.remainingNanos());
    try {
      TimeUnit.NANOSECONDS.sleep(pause);
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted while watching");
    }
  }

  /** Makes who waits in {@link #next} look whether it has had enough. */
  void nudge() {
    WatchCall now = call;
    if (now != null) {
      now.nudge();
    }
  }

  @Override
  public void close() {
    closed = true;
    WatchCall now = call;
    if (now != null) {
      now.close();
    }
  }
}
