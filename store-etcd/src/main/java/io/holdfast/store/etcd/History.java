package io.holdfast.store.etcd;

import io.etcd.jetcd.api.KeyValue;
import io.etcd.jetcd.api.RangeResponse;
import io.etcd.jetcd.api.TxnResponse;
import io.holdfast.store.Deadline;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import java.util.Optional;

/** The guard now and as it was: where the history stands, and how far back it reaches. */
final class History {
  private final Members members;
  private final Layout layout;
  private final Known known;

  /** The revision that created the store. */
  private volatile long creation;

  /** No revision below this one could be read when it was last tried. */
  private volatile long readable;

  History(Members members, Layout layout, Known known) {
    this.members = members;
    this.layout = layout;
    this.known = known;
  }

  void createdAt(long revision) {
    creation = revision;
    readable = revision;
  }

  /**
   * How far it has come.
   *
   * @param guard the newest commit
   * @param revision etcd's own, which others raise too
   */
  record Head(Guard guard, long revision) {}

  /** Where the history stands. */
  Head now(String what, Deadline deadline) {
    try {
      TxnResponse answer = members.read(Ops.reads(Ops.get(layout.guard())), what, deadline);
      return new Head(guard(answer), answer.getHeader().getRevision());
    } catch (OutOfHistory e) {
      throw new IllegalStateException(e); // no revision was asked for
    }
  }

  /** The newest commit. */
  Guard head(String what, Deadline deadline) {
    return now(what, deadline).guard();
  }

  /** The guard that the first of some reads found. */
  Guard guard(TxnResponse answer) {
    RangeResponse range = answer.getResponses(0).getResponseRange();
    if (range.getKvsCount() == 0) {
      throw new StoreException.Unusable(
          Reason.NOT_FOUND, "etcd: the store at " + prefix() + " was deleted", null);
    }
    return guard(range.getKvs(0));
  }

  Guard guard(KeyValue kv) {
    Guard guard = Guard.of(kv);
    known.add(guard);
    return guard;
  }

  private String prefix() {
    return layout.prefix().toStringUtf8();
  }

  /** The commit that a revision shows as the newest one; empty if there was no store then. */
  Optional<Guard> at(long revision, String what, Deadline deadline) throws OutOfHistory {
    TxnResponse answer =
        members.read(
            Ops.reads(Ops.get(layout.guard(), revision), Ops.get(layout.guard())), what, deadline);
    RangeResponse range = answer.getResponses(0).getResponseRange();
    return range.getKvsList().stream().findFirst().map(this::guard);
  }

  /** The commit at the beginning of the history: the oldest from which a watch can resume. */
  Start oldest(Deadline deadline) {
    while (true) {
      long from = readable;
      Optional<Guard> guard = tryAt(from, deadline);
      if (guard.isPresent()) {
        known.oldest(guard.get().revision());
        return new Start(guard.get(), from);
      }
      if (readable >= from) { // else it is looked for from the beginning
        readable = Math.max(readable, firstReadable(from, deadline));
      }
    }
  }

  /**
   * Where the history begins.
   *
   * @param guard the oldest commit that it shows
   * @param revision the oldest revision that can be read
   */
  record Start(Guard guard, long revision) {}

  /** Empty when the revision cannot be read, or there was no store then: another was before. */
  private Optional<Guard> tryAt(long revision, Deadline deadline) {
    try {
      return at(revision, "status", deadline);
    } catch (OutOfHistory e) {
      if (!e.isCompacted()) {
        forget(revision);
      }
      return Optional.empty();
    }
  }

  /** Somebody restored a backup that is older than what is known of the beginning. */
  private void forget(long revision) {
    if (revision <= creation) {
      throw diverged(prefix() + " was at revision " + revision + " before");
    }
    readable = creation;
    known.forgetOldest();
  }

  private static StoreException diverged(String message) {
    return new StoreException.Diverged("etcd: " + message + ", which it no longer knows");
  }

  /** Halves the distance between what is compacted and what is not. */
  private long firstReadable(long compacted, Deadline deadline) {
    long below = compacted;
    long above = now("status", deadline).revision();
    while (above - below > 1) {
      long middle = below + (above - below) / 2;
      if (tryAt(middle, deadline).isPresent()) {
        above = middle;
      } else {
        below = middle;
        readable = Math.max(readable, middle + 1); // who has no more time goes on there
      }
    }
    return above;
  }

  /** Looks for a position in this history. */
  Place find(Position position, Head head, String what, Deadline deadline) {
    long revision = position.revision().number();
    if (position.equals(head.guard().position())) {
      return new Place(Membership.MEMBER, head.guard(), head.revision());
    }
    if (revision > head.guard().revision()) {
      return Place.FOREIGN;
    }
    try {
      return at(revision, what, deadline)
          .filter(there -> there.position().equals(position))
          .map(there -> new Place(Membership.MEMBER, there, revision))
          .orElse(Place.FOREIGN);
    } catch (OutOfHistory e) {
      return e.isCompacted() ? findCompacted(position, deadline) : Place.FOREIGN;
    }
  }

  /** The beginning of the history can still show a commit whose revision is compacted. */
  private Place findCompacted(Position position, Deadline deadline) {
    Start start = oldest(deadline);
    Guard oldest = start.guard();
    if (oldest.position().revision().isAfter(position.revision())) {
      return new Place(Membership.TOO_OLD, oldest, start.revision());
    }
    return oldest.position().equals(position)
        ? new Place(Membership.MEMBER, oldest, start.revision())
        : Place.FOREIGN;
  }

  /** Whether a position belongs to a history. */
  enum Membership {
    MEMBER,
    FOREIGN,
    TOO_OLD
  }

  /**
   * What was found where a position should be.
   *
   * @param membership whether it is there
   * @param guard the commit at the position; if that is too old, the oldest; null if foreign
   * @param through a revision up to which nothing but that commit was committed since
   */
  record Place(Membership membership, Guard guard, long through) {
    private static final Place FOREIGN = new Place(Membership.FOREIGN, null, 0);
  }
}
