package io.holdfast.store.etcd;

import com.google.protobuf.UnsafeByteOperations;
import io.etcd.jetcd.api.Compare;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.Limits;
import io.holdfast.store.Mutation;
import io.holdfast.store.Position;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/**
 * Commits: one transaction that compares what was read and expected, and puts guard, lane and
 * entries. What is refused is proven exactly, which either tells why or leads to another attempt;
 * what is not answered is settled on its lane.
 */
final class CommitWriter {
  private static final Random TOKENS = new SecureRandom();

  /** A server that lost its leader answers after 7 s; who was first can be settled earlier. */
  private static final Duration ATTEMPT_MAX = Duration.ofSeconds(3);

  /** What servers put around a request before they look how large it is: user, ids, lengths. */
  private static final int ENVELOPE_BYTES = 1 << 10;

  /** All lanes make a transaction equally large. */
  private static final Lane ANY_LANE = new Lane(new UUID(0, 0), 0, LaneValue.FRESH);

  private final Keyspace keyspace;
  private final Lanes lanes;
  private final Settlement settlement;
  private final CommitMerger merger;
  private final Floor floor = new Floor();

  CommitWriter(Keyspace keyspace) {
    this.keyspace = keyspace;
    this.lanes =
        new Lanes(keyspace.members(), keyspace.layout(), keyspace.settings().operationsMax());
    this.settlement = new Settlement(keyspace, lanes);
    Limits limits = keyspace.settings().limits();
    this.merger =
        new CommitMerger(
            this::write,
            limits.operationsMax(),
            limits.operationsMax(),
            limits.transactionBytesMax());
  }

  Position commit(CommitRequest request, Deadline deadline) {
    Optional<List<Compare>> compares = Compares.of(List.of(request), keyspace);
    Optional<Position> done = Optional.empty();
    if (compares.isPresent()) {
      done =
          request.mutations().isEmpty()
              ? prove(compares.get(), deadline)
              : merger.submit(request, deadline);
    }
    return done.orElseGet(() -> commitExactly(request, deadline));
  }

  /** Writes requests that are disjoint as one; empty if any of them was refused. */
  private Optional<Position> write(List<CommitRequest> requests, Deadline deadline) {
    List<Mutation> writes = requests.stream().flatMap(r -> r.mutations().stream()).toList();
    return Compares.of(requests, keyspace).flatMap(compares -> write(compares, writes, deadline));
  }

  /** A transaction that writes nothing; empty if it was refused. */
  private Optional<Position> prove(List<Compare> compares, Deadline deadline) {
    RequestOp guard = Ops.get(keyspace.layout().guard());
    TxnRequest txn = Ops.reads(guard).toBuilder().addAllCompare(compares).addFailure(guard).build();
    try {
      TxnResponse answer = keyspace.members().read(txn, "commit", deadline);
      Position at = keyspace.history().guard(answer).position();
      return answer.getSucceeded() ? Optional.of(at) : Optional.empty();
    } catch (OutOfHistory e) {
      throw new IllegalStateException(e); // no revision was asked for
    }
  }

  private Position commitExactly(CommitRequest request, Deadline deadline) {
    Attempt attempt = tryExactly(request, null, deadline);
    while (attempt.done().isEmpty()) {
      Position refusedAt = attempt.provenAt();
      attempt = floor.alone(() -> tryExactly(request, refusedAt, deadline), deadline);
    }
    return attempt.done().get();
  }

  /**
   * What came of an attempt to commit what was proven.
   *
   * @param done the commit; empty if it was refused
   * @param provenAt where all of it held
   */
  private record Attempt(Optional<Position> done, Position provenAt) {}

  private Attempt tryExactly(CommitRequest request, Position refusedAt, Deadline deadline) {
    keyspace.members().check("commit", deadline);
    Verdict verdict = Verdict.on(request, keyspace, deadline);
    Guard at = verdict.at();
    if (request.mutations().isEmpty() || verdict.changesNothing()) {
      return new Attempt(Optional.of(at.position()), at.position());
    }
    // Refused though all of it held: the lane of the last commit is gone, with its writer.
    boolean laneIsGone = at.position().equals(refusedAt);
    List<Compare> compares =
        Compares.of(List.of(verdict.rest()), keyspace)
            .filter(exact -> !laneIsGone && fit(exact, request.mutations()))
            .orElseGet(() -> stillAt(at));
    return new Attempt(write(compares, request.mutations(), deadline), at.position());
  }

  private boolean fit(List<Compare> compares, List<Mutation> writes) {
    return !isTooLarge(transaction(ANY_LANE, 1, compares, writes));
  }

  private boolean isTooLarge(TxnRequest txn) {
    return txn.getSerializedSize() > keyspace.settings().requestBytesMax() - ENVELOPE_BYTES;
  }

  /** Nobody committed since. */
  private List<Compare> stillAt(Guard guard) {
    return List.of(Ops.valueIs(keyspace.layout().guard(), guard.value()));
  }

  /** Puts a guard that no entry goes with; false if there is another one by now. */
  boolean adopt(Guard guard, Deadline deadline) {
    return write(stillAt(guard), List.of(), deadline).isPresent();
  }

  /** Writes if the compares hold; empty if they do not. */
  Optional<Position> write(List<Compare> compares, List<Mutation> writes, Deadline deadline) {
    return floor.shared(() -> writeNow(compares, writes, deadline), deadline);
  }

  private Optional<Position> writeNow(
      List<Compare> compares, List<Mutation> writes, Deadline deadline) {
    while (true) {
      keyspace.members().check("commit", deadline);
      Lane lane = lanes.take(deadline);
      long token = token();
      TxnRequest txn = transaction(lane, token, compares, writes);
      if (isTooLarge(txn)) {
        lanes.giveBack(lane);
        return Optional.empty();
      }
      TxnResponse answer;
      try {
        answer = keyspace.members().send(txn, attempt(deadline));
      } catch (EtcdFailure failure) {
        return Optional.of(settlement.settle(lane, token, failure, deadline));
      } catch (RuntimeException e) {
        lanes.giveBack(lane); // refused before it was sent
        throw e;
      }
      if (answer.getSucceeded()) {
        return Optional.of(done(lane, token, answer));
      }
      if (settlement.isAsItWas(lane, answer)) {
        lanes.giveBack(lane);
        return Optional.empty();
      }
      lanes.dropAllBeside(lane);
    }
  }

  private static long token() {
    long token = TOKENS.nextLong();
    return token == 0 ? 1 : token; // 0 says on a lane that there was no commit
  }

  private static Duration attempt(Deadline deadline) {
    return Duration.ofNanos(Math.min(deadline.remainingNanos() / 3 * 2, ATTEMPT_MAX.toNanos()));
  }

  private TxnRequest transaction(
      Lane lane, long token, List<Compare> compares, List<Mutation> writes) {
    Layout layout = keyspace.layout();
    var laneKey = layout.lane(lane.nextMark());
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    txn.addCompare(Ops.valueIs(laneKey, lane.value().bytes())).addAllCompare(compares);
    txn.addSuccess(Ops.put(layout.guard(), Guard.value(token, lane.nextMark())));
    txn.addSuccess(Ops.put(laneKey, lane.nextValue(token).bytes()));
    txn.addAllSuccess(operations(writes));
    txn.addFailure(Ops.get(laneKey));
    return txn.build();
  }

  private List<RequestOp> operations(List<Mutation> writes) {
    List<RequestOp> operations = new ArrayList<>(writes.size());
    for (Mutation write : writes) {
      var key = keyspace.layout().entry(write.key());
      operations.add(
          write.isDelete()
              ? Ops.delete(key)
              : Ops.put(key, UnsafeByteOperations.unsafeWrap(write.value().orElseThrow())));
    }
    return operations;
  }

  private Position done(Lane lane, long token, TxnResponse answer) {
    Position position = Position.of(answer.getHeader().getRevision(), token);
    settlement.committed(lane, position);
    return position;
  }

  /** Gives up the lanes; no commit is under way. */
  void close(Deadline deadline) {
    lanes.remove(deadline);
  }
}
