package io.holdfast.store.sql;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Condition;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Mutation;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.StoreException;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The requests of one database transaction, proven one after the other.
 *
 * <p>What they touch is loaded first, all at once. Each request is then proven against that and
 * against what the requests before it have changed, which is only noted; a request that fails notes
 * nothing. At the end the notes are written in bulk. So a request never sees a part of another, one
 * that fails needs no savepoint, and the number of statements hardly depends on the number of
 * requests.
 */
final class CommitBatch {
  /**
   * With at most so many commits since a read, looking through them is quicker than looking for the
   * keys that were read.
   */
  private static final long FEW_COMMITS = 200;

  private final CommitTables tables;
  private final Head start;
  private final long now;
  private final Map<Key, Versions> before;
  private final Map<Long, Long> tokens;
  private final NavigableMap<Key, Entry> written = new TreeMap<>();
  private final List<Change> changes = new ArrayList<>();
  private final List<Position> commits = new ArrayList<>();
  private Position head;

  private CommitBatch(CommitTables tables, Head start, long now, List<CommitRequest> requests)
      throws SQLException {
    this.tables = tables;
    this.start = start;
    this.now = now;
    this.head = start.position();
    Touched touched = Touched.by(requests);
    before = tables.versions(touched.keys());
    tokens = tables.tokens(touched.revisions());
  }

  /** Loads what the requests touch; the session is in a transaction. */
  static CommitBatch load(Session session, List<CommitRequest> requests, InstantSource clock)
      throws SQLException {
    CommitTables tables = new CommitTables(session);
    return new CommitBatch(tables, session.head(), clock.millis(), requests);
  }

  /** The two revisions of a key that exists. */
  record Versions(long created, long modified) {}

  /** A key as the batch leaves it; versions are null when it is gone. */
  record Entry(Mutation write, Versions versions) {}

  /** One row of history; {@code created} says nothing for a deletion. */
  record Change(Position commit, int seq, Mutation write, long created) {}

  /** Whether there is anything to write. */
  boolean hasChanges() {
    return !commits.isEmpty();
  }

  /** The commits so far. */
  List<Position> commits() {
    return commits;
  }

  /** Proves a request and notes its writes. */
  Outcome add(CommitRequest request) throws SQLException {
    try {
      prove(request);
    } catch (StoreException e) {
      return Outcome.failed(e);
    }
    int already = changes.size();
    Position next = Position.of(head.revision().number() + 1, Tokens.draw());
    for (Mutation write : request.mutations()) {
      note(write, next, changes.size() - already);
    }
    if (changes.size() > already) {
      head = next;
      commits.add(head);
    }
    return Outcome.at(head);
  }

  private void note(Mutation write, Position commit, int seq) {
    Key key = write.key();
    Versions old = versions(key);
    if (!write.isDelete()) {
      long revision = commit.revision().number();
      Versions next = new Versions(old == null ? revision : old.created(), revision);
      written.put(key, new Entry(write, next));
      changes.add(new Change(commit, seq, write, next.created()));
    } else if (old != null) {
      written.put(key, new Entry(write, null));
      changes.add(new Change(commit, seq, write, 0));
    }
  }

  private Versions versions(Key key) {
    Entry mine = written.get(key);
    return mine == null ? before.get(key) : mine.versions();
  }

  private void prove(CommitRequest request) throws SQLException {
    if (request.ownLast().isPresent()) {
      checkNotDiverged(request.ownLast().get());
    }
    for (Position base : request.bases()) {
      checkNotDiverged(base);
      if (base.revision().number() < start.oldest()) {
        throw Checks.tooOld(base, head.revision());
      }
    }
    for (Condition condition : request.conditions()) {
      if (!holds(condition)) {
        throw Checks.failed(condition, head.revision());
      }
    }
  }

  private void checkNotDiverged(Position position) {
    long revision = position.revision().number();
    if (revision > head.revision().number()) {
      throw Checks.diverged(tables.place(), position, head.revision());
    }
    if (revision >= start.oldest()) {
      Long token = tokenAt(revision);
      if (token == null || token != position.token()) {
        throw Checks.diverged(tables.place(), position, head.revision());
      }
    }
  }

  private Long tokenAt(long revision) {
    long index = revision - start.revision() - 1;
    return index < 0 ? tokens.get(revision) : (Long) commits.get((int) index).token();
  }

  private boolean holds(Condition condition) throws SQLException {
    if (condition instanceof Condition.KeyAt at) {
      Versions now = versions(at.key());
      return now != null && now.modified() == at.modified().number();
    } else if (condition instanceof Condition.KeyAbsent absent) {
      return versions(absent.key()) == null;
    } else if (condition instanceof Condition.RangeEmpty empty) {
      return isEmpty(empty.range());
    } else if (condition instanceof Condition.RangeUnchanged read) {
      return isUnchanged(read.range(), read.readAt().revision());
    }
    throw new IllegalStateException("unknown condition " + condition);
  }

  private boolean isEmpty(KeyRange range) throws SQLException {
    NavigableMap<Key, Entry> mine = part(range);
    if (mine.values().stream().anyMatch(entry -> entry.versions() != null)) {
      return false;
    }
    // Keys that the batch deletes may still stand there: one more than those must be someone's.
    return tables.keys(range, mine.size() + 1).stream().allMatch(mine::containsKey);
  }

  private NavigableMap<Key, Entry> part(KeyRange range) {
    NavigableMap<Key, Entry> part = written;
    if (range.start().isPresent()) {
      part = part.tailMap(range.start().get(), true);
    }
    if (range.end().isPresent()) {
      part = part.headMap(range.end().get(), false);
    }
    return part;
  }

  private boolean isUnchanged(KeyRange range, Revision since) throws SQLException {
    long revision = since.number();
    if (revision < start.oldest()) {
      return false;
    }
    for (Change change : changes) {
      if (change.commit().revision().number() > revision && range.contains(change.write().key())) {
        return false;
      }
    }
    long commitsSince = start.revision() - revision;
    return commitsSince <= 0 || !tables.changedSince(range, revision, commitsSince <= FEW_COMMITS);
  }

  /** Writes the notes. */
  void flush() throws SQLException {
    List<Entry> added = new ArrayList<>();
    List<Entry> changed = new ArrayList<>();
    List<Key> removed = new ArrayList<>();
    for (Entry entry : written.values()) {
      Key key = entry.write().key();
      boolean existed = before.containsKey(key);
      if (entry.versions() != null) {
        (existed ? changed : added).add(entry);
      } else if (existed) {
        removed.add(key);
      }
    }
    tables.insert(added);
    tables.update(changed);
    tables.delete(removed);
    tables.record(changes, now);
    tables.advance(head);
  }
}
