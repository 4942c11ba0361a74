package org.example.mvstore;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Condition;
import io.holdfast.store.Count;
import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Limits;
import io.holdfast.store.Mutation;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Status;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.WatchBatch;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.h2.mvstore.Cursor;
import org.h2.mvstore.MVMap;

/**
 * What stands in a file: the entries, and the commits of the history. For one thread; what it has
 * done is seen by the next call, and durable behind {@link #flush}.
 */
final class Tables implements AutoCloseable {
  private static final Limits LIMITS = new Limits(2048, 4 << 20, 10_000, 16 << 20, 10_000, 4 << 20);
  private static final int TRIMMED_AT_ONCE = 100;
  private static final int LOOKED_AT_ONCE = 1000;

  private final MvFile file;
  private final MVMap<byte[], byte[]> entries;
  private final MVMap<Long, byte[]> commits;
  private final StoreConfig config;
  private final SecureRandom tokens = new SecureRandom();
  private Position head;
  private boolean unflushed;

  private Tables(MvFile file, StoreConfig config) {
    this.file = file;
    this.config = config;
    entries = file.entries();
    commits = file.commits();
    head = commits.isEmpty() ? begin() : commit(commits.lastKey()).position();
  }

  /** Opens the file, creating it where it is not there. */
  static Tables open(String fileSystem, Path path, StoreConfig config) {
    MvFile file = MvFile.open(fileSystem, path, config);
    try {
      Tables tables = new Tables(file, config);
      tables.flush();
      return tables;
    } catch (RuntimeException e) {
      file.abandon();
      throw e;
    }
  }

  /** The position before the first commit has a token, too: a watch can begin there. */
  private Position begin() {
    Position start = new Position(Revision.ZERO, tokens.nextLong());
    add(new Commit(start, System.currentTimeMillis(), List.of()));
    return start;
  }

  private void add(Commit commit) {
    commits.put(commit.position().revision().number(), commit.encode());
    head = commit.position();
    unflushed = true;
  }

  private Commit commit(long revision) {
    return Commit.decode(revision, commits.get(revision));
  }

  private Revision oldest() {
    return new Revision(commits.firstKey());
  }

  Status status() {
    return new Status(head, oldest(), file.incarnation(), LIMITS);
  }

  Page page(KeyRange range, int entriesMax) {
    List<KeyValue> page = new ArrayList<>();
    int most = Math.min(entriesMax, LIMITS.pageEntriesMax());
    long bytes = 0;
    Cursor<byte[], byte[]> cursor = entries.cursor(range.start().map(Key::toBytes).orElse(null));
    while (cursor.hasNext()) {
      KeyValue entry = Entry.decode(cursor.next(), cursor.getValue());
      if (!range.contains(entry.key())) {
        break;
      }
      bytes += entry.key().length() + entry.valueLength();
      if (page.size() == most || (bytes > LIMITS.pageBytesMax() && !page.isEmpty())) {
        return Page.truncated(page, head, range.after(page.get(page.size() - 1).key()));
      }
      page.add(entry);
    }
    return Page.last(page, head);
  }

  Count count(KeyRange range) {
    long from = range.start().map(this::rank).orElse(0L);
    long to = range.end().map(this::rank).orElseGet(entries::sizeAsLong);
    return new Count(Math.max(0, to - from), head);
  }

  /** How many entries lie before a key. */
  private long rank(Key key) {
    long index = entries.getKeyIndex(key.toBytes());
    return index >= 0 ? index : -index - 1;
  }

  private Optional<KeyValue> entry(Key key) {
    byte[] bytes = key.toBytes();
    return Optional.ofNullable(entries.get(bytes)).map(entry -> Entry.decode(bytes, entry));
  }

  /** Proves a request and does it; the position of its commit, or where its conditions held. */
  Position commit(CommitRequest request) {
    request.ownLast().ifPresent(this::checkNotDiverged);
    request.bases().forEach(this::proveBase);
    request.conditions().forEach(this::prove);
    Revision revision = new Revision(head.revision().number() + 1);
    List<Event> events = new ArrayList<>();
    request.mutations().forEach(write -> write(write, revision).ifPresent(events::add));
    if (!events.isEmpty()) {
      Position position = new Position(revision, tokens.nextLong());
      add(new Commit(position, System.currentTimeMillis(), events));
      trim();
    }
    return head;
  }

  private Optional<Event> write(Mutation write, Revision revision) {
    Key key = write.key();
    if (write.isDelete()) {
      boolean gone = entries.remove(key.toBytes()) != null;
      return gone ? Optional.of(Event.delete(key)) : Optional.empty();
    }
    Revision created = entry(key).map(KeyValue::created).orElse(revision);
    KeyValue now = KeyValue.of(key, write.value().orElseThrow(), created, revision);
    entries.put(key.toBytes(), Entry.encode(now));
    return Optional.of(Event.put(now));
  }

  /** Throws unless this position is on this history, or too old to tell. */
  void checkNotDiverged(Position position) {
    Revision revision = position.revision();
    if (revision.isAfter(head.revision())) {
      throw new StoreException.Diverged(position + " is above the head " + head);
    }
    if (!oldest().isAfter(revision)) {
      Position known = commit(revision.number()).position();
      if (!known.equals(position)) {
        throw new StoreException.Diverged(position + " was presented; the store has " + known);
      }
    }
  }

  private void proveBase(Position base) {
    checkNotDiverged(base);
    if (oldest().isAfter(base.revision())) {
      throw conflict("what was read at " + base + " is older than the history");
    }
  }

  private void prove(Condition condition) {
    boolean holds;
    if (condition instanceof Condition.KeyAt at) {
      holds = entry(at.key()).map(KeyValue::modified).equals(Optional.of(at.modified()));
    } else if (condition instanceof Condition.KeyAbsent absent) {
      holds = !entries.containsKey(absent.key().toBytes());
    } else if (condition instanceof Condition.RangeEmpty empty) {
      holds = count(empty.range()).count() == 0;
    } else if (condition instanceof Condition.RangeUnchanged read) {
      Predicate<Event> inside = event -> read.range().contains(event.key());
      holds = !anyEventAfter(read.readAt().revision(), inside);
    } else {
      throw new IllegalStateException("unknown condition " + condition);
    }
    if (!holds) {
      throw conflict("no longer true: " + condition);
    }
  }

  private boolean anyEventAfter(Revision revision, Predicate<Event> wanted) {
    Cursor<Long, byte[]> cursor = commits.cursor(revision.number() + 1);
    while (cursor.hasNext()) {
      Commit commit = Commit.decode(cursor.next(), cursor.getValue());
      if (commit.events().stream().anyMatch(wanted)) {
        return true;
      }
    }
    return false;
  }

  private StoreException conflict(String message) {
    return new StoreException.Conflict(message, head.revision());
  }

  /** What a watch that stands at {@code after} gets next, if there is something. */
  Optional<WatchBatch> next(List<KeyRange> ranges, Position after) {
    if (oldest().isAfter(after.revision())) {
      throw new StoreException.TooOld(
          "the history begins at " + oldest() + ", behind " + after, oldest());
    }
    Position reached = after;
    Cursor<Long, byte[]> cursor = commits.cursor(after.revision().number() + 1);
    for (int looked = 0; looked < LOOKED_AT_ONCE && cursor.hasNext(); looked++) {
      Commit commit = Commit.decode(cursor.next(), cursor.getValue());
      List<Event> events =
          commit.events().stream()
              .filter(event -> ranges.stream().anyMatch(range -> range.contains(event.key())))
              .toList();
      if (!events.isEmpty()) {
        // Commits that do not touch the ranges come first, as progress.
        return Optional.of(
            reached.equals(after)
                ? new WatchBatch(after, commit.position(), events)
                : new WatchBatch(after, reached, List.of()));
      }
      reached = commit.position();
    }
    return reached.equals(after)
        ? Optional.empty()
        : Optional.of(new WatchBatch(after, reached, List.of()));
  }

  /** Forgets the oldest commits; a few with each new one, so that no commit waits long. */
  private void trim() {
    for (int i = 0; i < TRIMMED_AT_ONCE && mayForgetTheOldest(); i++) {
      commits.remove(commits.firstKey());
    }
  }

  /** Nobody can ask any more for the commit behind the oldest, which is kept for its token. */
  private boolean mayForgetTheOldest() {
    if (commits.sizeAsLong() - 1 > config.historyCommits()) {
      return true;
    }
    Long second = commits.higherKey(commits.firstKey());
    long horizon = System.currentTimeMillis() - config.historyAge().toMillis();
    return second != null && commit(second).millis() < horizon;
  }

  /** Makes everything durable; whether there was anything. */
  boolean flush() {
    if (unflushed) {
      file.flush();
      unflushed = false;
      return true;
    }
    return false;
  }

  /** Closes the file as it is on the disk. */
  void abandon() {
    file.abandon();
  }

  @Override
  public void close() {
    file.close();
  }
}
