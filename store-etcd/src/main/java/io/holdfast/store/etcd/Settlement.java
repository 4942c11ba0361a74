package io.holdfast.store.etcd;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import io.holdfast.store.Deadline;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.Optional;

/**
 * Finds out what became of a commit that was not answered, by advancing its lane in its place. The
 * commit does so too, together with its writes, and only one of them can: whoever was first has
 * decided, also if the commit is still on its way to a server that sleeps.
 *
 * <p>Of a commit that was answered by what may mean both, a look at its lane tells: it is not under
 * way any more.
 */
final class Settlement {
  /** However little time a caller has: so long is looked for the truth. */
  private static final Duration LEAST = Duration.ofSeconds(2);

  private final Keyspace keyspace;
  private final Lanes lanes;

  Settlement(Keyspace keyspace, Lanes lanes) {
    this.keyspace = keyspace;
    this.lanes = lanes;
  }

  /** The commit on this lane stands here. */
  void committed(Lane lane, Position position) {
    keyspace.known().add(position, lane.nextMark());
    lanes.giveBack(lane.holding(lane.nextValue(position.token())));
  }

  /** Whether a transaction that was refused found its lane as expected. */
  boolean isAsItWas(Lane lane, TxnResponse refusal) {
    return content(refusal.getResponses(0).getResponseRange())
        .map(KeyValue::getValue)
        .equals(Optional.of(lane.value().bytes()));
  }

  private static Optional<KeyValue> content(RangeResponse range) {
    return range.getKvsList().stream().findFirst();
  }

  /**
   * The position of the commit, if it was.
   *
   * @throws StoreException.UnknownOutcome when nobody can tell; with every other exception it did
   *     not happen and never will
   */
  Position settle(Lane lane, long token, EtcdFailure failure, Deadline deadline) {
    if (!failure.maybeApplied()) {
      lanes.giveBack(lane);
      throw failure.toException("commit");
    }
    Duration time = deadline.remaining().compareTo(LEAST) < 0 ? LEAST : deadline.remaining();
    boolean isDecided = failure.isOutOfSpace();
    Optional<KeyValue> now;
    try {
      now = ask(isDecided ? look(lane) : advance(lane), Deadline.after(time));
    } catch (StoreException e) {
      lanes.drop();
      throw unknown(e.getMessage(), failure);
    }
    ByteString value = now.map(KeyValue::getValue).orElse(ByteString.EMPTY);
    if (value.equals(lane.nextValue(token).bytes())) {
      Position position = Position.of(now.orElseThrow().getModRevision(), token);
      committed(lane, position);
      return position;
    }
    if (isDecided && value.equals(lane.value().bytes())) {
      lanes.giveBack(lane);
      throw failure.toException("commit");
    }
    if (!isDecided && value.equals(lane.nextValue(0).bytes())) {
      lanes.giveBack(lane.holding(lane.nextValue(0)));
      throw notCommitted(failure, deadline);
    }
    lanes.dropAllBeside(lane);
    throw unknown("the lane is gone: the store was restored, or deleted", failure);
  }

  private static StoreException notCommitted(EtcdFailure failure, Deadline deadline) {
    return deadline.hasPassed()
        ? new StoreException.Timeout("the commit did not happen before its deadline", failure)
        : new StoreException.Unavailable(
            failure.getMessage() + "; the commit did not happen and will not", failure);
  }

  private static StoreException unknown(String why, EtcdFailure failure) {
    return new StoreException.UnknownOutcome(
        "a commit was sent and not answered (" + failure.getMessage() + "), and then: " + why,
        failure);
  }

  private TxnRequest look(Lane lane) {
    return Ops.reads(Ops.get(keyspace.layout().lane(lane.nextMark())));
  }

  /** Says what the lane holds then; asked twice it says the same. */
  private TxnRequest advance(Lane lane) {
    ByteString key = keyspace.layout().lane(lane.nextMark());
    return TxnRequest.newBuilder()
        .addCompare(Ops.valueIs(key, lane.value().bytes()))
        .addSuccess(Ops.put(key, lane.nextValue(0).bytes()))
        .addSuccess(Ops.get(key))
        .addFailure(Ops.get(key))
        .build();
  }

  /** What the last read found. An interrupt is kept for later. */
  private Optional<KeyValue> ask(TxnRequest txn, Deadline deadline) {
    boolean interrupted = Thread.interrupted();
    try {
      while (true) {
        try {
          TxnResponse answer =
              keyspace.members().ask(KVGrpc.getTxnMethod(), txn, "commit", deadline);
          int last = answer.getResponsesCount() - 1;
          return content(answer.getResponses(last).getResponseRange());
        } catch (StoreException.Interrupted e) {
          interrupted = true;
          Thread.interrupted();
        }
      }
    } catch (OutOfHistory e) {
      throw new IllegalStateException(e); // no revision was asked for
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
