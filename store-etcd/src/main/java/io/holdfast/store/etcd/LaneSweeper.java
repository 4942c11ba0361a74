package io.holdfast.store.etcd;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.KVGrpc;
import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.TxnRequest;
import io.grpc.MethodDescriptor;
import io.holdfast.store.Deadline;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Removes the lanes that dead processes left behind: those of writers none of whose lanes was
 * written for a day. etcd keeps no times, so a revision is noted one day, and the next day what was
 * not written since goes.
 *
 * <p>Nothing depends on whether the writer is really dead: a missing lane fences its writer, which
 * creates new ones for its next commit, and who has to find out about a commit on it says
 * <em>unknown</em>. A writer goes whole or not at all, in a transaction that proves that it still
 * is as old.
 */
final class LaneSweeper {
  private static final String WHAT = "remove old lanes";
  private static final Duration IDLE_MAX = Duration.ofDays(1);

  /** So many lanes are asked for at once. */
  private static final int LANES_MAX = 6_400;

  private final Keyspace keyspace;
  private final InstantSource clock;
  private final int lanesMax;

  /** What was written last when it was looked at; 0 before the first look. */
  private long noted;

  private Instant notedAt;

  LaneSweeper(Keyspace keyspace, InstantSource clock) {
    this(keyspace, clock, LANES_MAX);
  }

  LaneSweeper(Keyspace keyspace, InstantSource clock, int lanesMax) {
    this.keyspace = keyspace;
    this.clock = clock;
    this.lanesMax = lanesMax;
  }

  /** Looks once a day whether there is something to remove. */
  void sweep(Deadline deadline) {
    Instant now = clock.instant();
    if (noted != 0 && Duration.between(notedAt, now).abs().compareTo(IDLE_MAX) < 0) {
      return;
    }
    if (noted != 0) {
      remove(noted, deadline);
    }
    noted = keyspace.history().now(WHAT, deadline).revision();
    notedAt = now;
  }

  private void remove(long writtenLast, Deadline deadline) {
    ByteString from = keyspace.layout().lanes();
    RangeResponse page;
    do {
      page = old(from, writtenLast, deadline);
      for (ByteString writer : writers(page)) {
        from = Layout.endOf(writer);
        remove(writer, writtenLast, deadline);
      }
    } while (page.getMore()); // those who live keep old lanes, and are looked at each time
  }

  private RangeResponse old(ByteString from, long writtenLast, Deadline deadline) {
    ByteString lanes = keyspace.layout().lanes();
    RangeRequest question =
        Ops.range(from, Layout.endOf(lanes))
            .setKeysOnly(true)
            .setMaxModRevision(writtenLast)
            .setLimit(lanesMax)
            .build();
    return ask(KVGrpc.getRangeMethod(), question, deadline);
  }

  private Set<ByteString> writers(RangeResponse page) {
    Set<ByteString> writers = new LinkedHashSet<>();
    for (KeyValue lane : page.getKvsList()) {
      writers.add(keyspace.layout().writer(lane.getKey()));
    }
    return writers;
  }

  private void remove(ByteString writer, long writtenLast, Deadline deadline) {
    ByteString end = Layout.endOf(writer);
    TxnRequest.Builder txn = TxnRequest.newBuilder();
    txn.addCompare(Ops.notWrittenAbove(writer, end, writtenLast));
    txn.addSuccess(Ops.delete(writer, end));
    ask(KVGrpc.getTxnMethod(), txn.build(), deadline);
  }

  private <Q, R> R ask(MethodDescriptor<Q, R> method, Q request, Deadline deadline) {
    try {
      return keyspace.members().ask(method, request, WHAT, deadline);
    } catch (OutOfHistory e) {
      throw new IllegalStateException(e); // no revision was asked for
    }
  }
}
