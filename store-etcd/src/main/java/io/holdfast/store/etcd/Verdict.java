package io.holdfast.store.etcd;

import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.RangeRequest;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.RequestOp;
import io.etcd.jetcd.api.ResponseOp;
import io.etcd.jetcd.api.TxnRequest;
import io.etcd.jetcd.api.TxnResponse;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Condition;
import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Mutation;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.StoreException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Proves a request exactly, at one commit: what does not fit into compares, or was refused by them
 * without saying why. All reads are of the same revision, so they may take several round trips.
 *
 * <p>What was proven becomes another request, which says the same of a later base.
 */
final class Verdict {
  /** What a condition needs to see; asked for in one list and answered in the same order. */
  private final List<RequestOp> questions = new ArrayList<>();

  private final Keyspace keyspace;
  private final Layout layout;
  private final CommitRequest request;
  private final History.Head head;
  private final Guard at;
  private final Deadline deadline;
  private final List<Condition> resolved = new ArrayList<>();

  /** Which revision shows what was read at a base, also where that is compacted. */
  private final Map<Position, Long> shownAt = new HashMap<>();

  private boolean changesNothing;

  private Verdict(Keyspace keyspace, CommitRequest request, Deadline deadline) {
    this.keyspace = keyspace;
    this.layout = keyspace.layout();
    this.request = request;
    this.deadline = deadline;
    this.head = keyspace.history().now("commit", deadline);
    this.at = head.guard();
  }

  /**
   * Proves a request.
   *
   * @throws StoreException.Conflict when a condition does not hold, or a base is too old
   * @throws StoreException.Diverged when a base is not of this history
   */
  static Verdict on(CommitRequest request, Keyspace keyspace, Deadline deadline) {
    while (true) {
      try {
        Verdict verdict = new Verdict(keyspace, request, deadline);
        verdict.prove();
        return verdict;
      } catch (OutOfHistory e) {
        // Compacted since: look where the history begins now, and prove it at a later commit.
        keyspace.history().oldest(deadline);
      }
    }
  }

  /** The commit at which everything held. */
  Guard at() {
    return at;
  }

  /** Whether the request deletes only what was not there. */
  boolean changesNothing() {
    return changesNothing;
  }

  /** The same request as seen from {@link #at}. */
  CommitRequest rest() {
    return new CommitRequest(List.of(at.position()), null, resolved, request.mutations());
  }

  private void prove() throws OutOfHistory {
    request.ownLast().ifPresent(own -> checkMember(own, false));
    request.bases().forEach(base -> checkMember(base, true));
    request.conditions().forEach(this::ask);
    boolean deletesOnly = Compares.mayChangeNothing(request);
    if (deletesOnly) {
      request.mutations().forEach(delete -> ask(key(delete.key())));
    }
    Iterator<RangeResponse> answers = answers().iterator();
    for (Condition condition : request.conditions()) {
      judge(condition, answers);
    }
    if (deletesOnly) {
      findWhatIsDeleted(answers);
    }
  }

  private void checkMember(Position position, boolean wasRead) {
    History.Place place = keyspace.history().find(position, head, "commit", deadline);
    History.Membership membership = place.membership();
    if (membership == History.Membership.FOREIGN) {
      throw new StoreException.Diverged(
          "etcd, store "
              + layout.prefix().toStringUtf8()
              + ": not the history in which "
              + position
              + " was seen; the head is "
              + at.position());
    }
    if (membership == History.Membership.TOO_OLD && wasRead) {
      throw conflict("what was read at " + position + " is older than the history");
    }
    shownAt.put(position, place.through());
  }

  private StoreException conflict(String message) {
    return new StoreException.Conflict(message, at.position().revision());
  }

  private RangeRequest.Builder key(Key key) {
    return RangeRequest.newBuilder().setKey(layout.entry(key)).setKeysOnly(true);
  }

  private RangeRequest.Builder range(KeyRange range) {
    return Ops.range(layout.start(range), layout.end(range));
  }

  private void ask(RangeRequest.Builder question) {
    if (question.getRevision() == 0) {
      question.setRevision(head.revision());
    }
    questions.add(Ops.op(question));
  }

  private void ask(Condition condition) {
    if (condition instanceof Condition.KeyAt keyAt) {
      ask(key(keyAt.key()));
    } else if (condition instanceof Condition.KeyAbsent absent) {
      ask(key(absent.key()));
    } else if (condition instanceof Condition.RangeEmpty empty) {
      ask(range(empty.range()).setCountOnly(true));
    } else if (condition instanceof Condition.RangeUnchanged read) {
      long since = read.readAt().revision().number();
      ask(range(read.range()).setMinModRevision(since + 1).setKeysOnly(true).setLimit(1));
      ask(range(read.range()).setKeysOnly(true).setLimit(Compares.RANGE_KEYS_MAX));
      if (read.counted()) {
        // A revision that is compacted showed the same as the oldest: its commit is still there.
        long asOf = shownAt.getOrDefault(read.readAt(), since);
        ask(range(read.range()).setCountOnly(true).setRevision(asOf));
      }
    }
  }

  private List<RangeResponse> answers() throws OutOfHistory {
    List<RangeResponse> answers = new ArrayList<>();
    int most = keyspace.settings().operationsMax() - 2;
    for (int from = 0; from < questions.size(); from += most) {
      TxnRequest.Builder txn =
          Ops.reads(Ops.get(layout.guard(), head.revision()), Ops.get(layout.guard())).toBuilder();
      txn.addAllSuccess(questions.subList(from, Math.min(questions.size(), from + most)));
      TxnResponse answer = keyspace.members().read(txn.build(), "commit", deadline);
      if (!keyspace.history().guard(answer).position().equals(at.position())) {
        throw new OutOfHistory(false); // another history since the head was read
      }
      answer.getResponsesList().stream()
          .skip(2)
          .map(ResponseOp::getResponseRange)
          .forEach(answers::add);
    }
    return answers;
  }

  private void judge(Condition condition, Iterator<RangeResponse> answers) {
    RangeResponse first = answers.next();
    boolean holds;
    if (condition instanceof Condition.KeyAt keyAt) {
      holds = first.getKvsCount() == 1 && isAt(first.getKvs(0), keyAt.modified());
      resolved.add(condition);
    } else if (condition instanceof Condition.RangeUnchanged read) {
      holds = first.getKvsCount() == 0;
      RangeResponse now = answers.next();
      long before = read.counted() ? answers.next().getCount() : read.keys().size();
      holds &= now.getCount() == before;
      resolved.add(resolve(read, now));
    } else {
      holds = first.getCount() == 0;
      resolved.add(condition);
    }
    if (!holds) {
      throw conflict("no longer true: " + describe(condition));
    }
  }

  private static boolean isAt(KeyValue kv, Revision modified) {
    return kv.getModRevision() == modified.number();
  }

  /** The same of a later read, with the keys where they are few. */
  private Condition resolve(Condition.RangeUnchanged read, RangeResponse now) {
    boolean few = now.getCount() <= Compares.RANGE_KEYS_MAX;
    List<Key> keys =
        few ? now.getKvsList().stream().map(kv -> layout.key(kv.getKey())).toList() : read.keys();
    return new Condition.RangeUnchanged(read.range(), at.position(), keys, !few);
  }

  /** So that the commit changes something, it expects one of the keys to be there. */
  private void findWhatIsDeleted(Iterator<RangeResponse> answers) {
    Optional<Condition> there = Optional.empty();
    for (Mutation delete : request.mutations()) {
      RangeResponse answer = answers.next();
      if (answer.getKvsCount() == 1) {
        Revision modified = new Revision(answer.getKvs(0).getModRevision());
        there = Optional.of(new Condition.KeyAt(delete.key(), modified));
      }
    }
    changesNothing = there.isEmpty();
    there.ifPresent(resolved::add);
  }

  private static String describe(Condition condition) {
    if (condition instanceof Condition.KeyAt at) {
      return "key " + at.key() + " at " + at.modified();
    } else if (condition instanceof Condition.KeyAbsent absent) {
      return "key " + absent.key() + " absent";
    } else if (condition instanceof Condition.RangeEmpty empty) {
      return "range " + empty.range() + " empty";
    } else if (condition instanceof Condition.RangeUnchanged read) {
      return "range " + read.range() + " as it was at " + read.readAt();
    }
    return condition.toString();
  }
}
