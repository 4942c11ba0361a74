package io.holdfast.store.etcd;

import com.google.protobuf.ByteString;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.TxnResponse;
import io.holdfast.store.Backend;
import io.holdfast.store.Backoff;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Count;
import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Limits;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Status;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** One opened store in etcd. */
final class EtcdBackend implements Backend {
  private static final Duration FAREWELL = Duration.ofSeconds(1);

  private final Keyspace keyspace;
  private final Limits limits;
  private final PageSize pageSize;
  private final CommitWriter writer;
  private final Watches watches;
  private final Trimmer trimmer;
  private final UnderWay commits = new UnderWay();
  private final AtomicBoolean closed = new AtomicBoolean();

  private EtcdBackend(Keyspace keyspace) {
    this.keyspace = keyspace;
    limits = keyspace.settings().limits();
    pageSize =
        new PageSize(
            limits.pageEntriesMax(), limits.pageBytesMax(), keyspace.settings().inboundBytesMax());
    writer = new CommitWriter(keyspace);
    watches = new Watches(keyspace, writer);
    trimmer = new Trimmer(keyspace);
  }

  static EtcdBackend open(EtcdSettings settings) {
    Keyspace keyspace = Keyspace.of(settings);
    try {
      new Foundation(keyspace).lay(Deadline.after(settings.config().timeout()));
      EtcdBackend backend = new EtcdBackend(keyspace);
      backend.trimmer.start();
      return backend;
    } catch (RuntimeException | Error e) {
      keyspace.members().close();
      throw e;
    }
  }

  /** The limits of a store that is not there yet. */
  static Optional<Limits> limitsIfNew(EtcdSettings settings) {
    Keyspace keyspace = Keyspace.of(settings);
    try {
      Deadline deadline = Deadline.after(settings.config().timeout());
      return new Foundation(keyspace).isMissing(deadline)
          ? Optional.of(settings.limits())
          : Optional.empty();
    } finally {
      keyspace.members().close();
    }
  }

  @Override
  public Status status(Deadline deadline) {
    ByteString store = keyspace.layout().store();
    TxnResponse answer =
        read("status", deadline, Ops.get(keyspace.layout().guard()), Ops.get(store));
    Guard head = keyspace.history().guard(answer);
    Revision oldest = keyspace.history().oldest(deadline).guard().position().revision();
    return new Status(head.position(), oldest, Foundation.incarnation(answer), limits);
  }

  private TxnResponse read(String what, Deadline deadline, io.etcd.jetcd.api.RequestOp... reads) {
    try {
      return keyspace.members().read(Ops.reads(reads), what, deadline);
    } catch (OutOfHistory e) {
      throw new IllegalStateException(e); // no revision was asked for
    }
  }

  @Override
  public Page read(KeyRange range, int entriesMax, Deadline deadline) {
    int most = pageSize.entries(entriesMax);
    Backoff backoff = Pauses.forTrouble();
    while (true) {
      try {
        TxnResponse answer = answer(range, most, deadline);
        Guard guard = keyspace.history().guard(answer);
        RangeResponse found = answer.getResponses(1).getResponseRange();
        if (!isForeign(found, guard)) {
          return page(found, guard.position(), range);
        }
        adopt(guard, backoff, deadline);
      } catch (AnswerTooLarge e) {
        if (most == 1) {
          throw new StoreException.LimitExceeded(
              "get "
                  + range
                  + ": an entry is larger than this store was told to expect: "
                  + "tell the servers' own limit by the option request-bytes");
        }
        most = range.isSingle() ? 1 : pageSize.smaller(most);
      }
    }
  }

  /** Takes over what somebody else wrote, so that there is a position behind it. */
  private void adopt(Guard guard, Backoff backoff, Deadline deadline) {
    try {
      watches.adopt(guard, deadline);
    } catch (StoreException.Unavailable | StoreException.UnknownOutcome e) {
      backoff.pause("get", deadline);
    }
  }

  private TxnResponse answer(KeyRange range, int most, Deadline deadline) {
    Layout layout = keyspace.layout();
    RangeRequest.Builder entries =
        range.isSingle()
            ? RangeRequest.newBuilder().setKey(layout.start(range))
            : Ops.range(layout.start(range), layout.end(range)).setLimit(most);
    return read("get " + range, deadline, Ops.get(layout.guard()), Ops.op(entries));
  }

  /** Whether something was written that no commit stands for. */
  private static boolean isForeign(RangeResponse found, Guard guard) {
    return found.getKvsList().stream().anyMatch(kv -> kv.getModRevision() > guard.revision());
  }

  private Page page(RangeResponse found, Position position, KeyRange range) {
    List<KeyValue> entries = new ArrayList<>(found.getKvsCount());
    long bytes = 0;
    boolean cut = found.getMore();
    for (var kv : found.getKvsList()) {
      KeyValue entry = Entries.entry(keyspace.layout(), kv);
      bytes += entry.key().length() + entry.valueLength();
      if (bytes > limits.pageBytesMax() && !entries.isEmpty()) {
        cut = true;
        break;
      }
      entries.add(entry);
    }
    pageSize.learn(entries.size(), bytes);
    if (!cut) {
      return Page.last(entries, position);
    }
    Key last = entries.get(entries.size() - 1).key();
    return Page.truncated(entries, position, range.after(last));
  }

  @Override
  public Count count(KeyRange range, Deadline deadline) {
    Layout layout = keyspace.layout();
    RangeRequest.Builder count =
        Ops.range(layout.start(range), layout.end(range)).setCountOnly(true);
    TxnResponse answer = read("count " + range, deadline, Ops.get(layout.guard()), Ops.op(count));
    long counted = answer.getResponses(1).getResponseRange().getCount();
    return new Count(counted, keyspace.history().guard(answer).position());
  }

  @Override
  public Position commit(CommitRequest request, Deadline deadline) {
    keyspace.members().check("commit", deadline);
    return commits.during(() -> writer.commit(request, deadline));
  }

  @Override
  public Watch watch(List<KeyRange> ranges, Position after, Deadline deadline) {
    keyspace.members().check("watch", deadline);
    return watches.open(ranges, after);
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      watches.close();
      trimmer.close();
      commits.close(Deadline.after(FAREWELL));
      writer.close(Deadline.after(FAREWELL));
      keyspace.members().close();
    }
  }
}
