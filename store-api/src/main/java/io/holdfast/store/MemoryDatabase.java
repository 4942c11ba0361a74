package io.holdfast.store;

import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The data of a memory store: a sorted map, and the latest commits. Every method is to be called
 * with this object's monitor held, which makes each of them one moment.
 */
final class MemoryDatabase {
  /** A commit in the history; the one at the far end is kept for its position only. */
  private record Commit(Position position, List<Event> events) {}

  private static final Random TOKENS = new SecureRandom();

  final UUID incarnation;
  private final long historyCommits;
  private final NavigableMap<Key, KeyValue> entries = new TreeMap<>();
  private final NavigableMap<Revision, Commit> history = new TreeMap<>();

  /** How many backends share this database; guarded by the provider. */
  int handles;

  MemoryDatabase(long historyCommits) {
    this.incarnation = UUID.randomUUID();
    this.historyCommits = historyCommits;
    add(Revision.ZERO, List.of());
  }

  /** A copy, as a backup is one; to be called with the original's monitor held. */
  MemoryDatabase(MemoryDatabase original, long historyCommits) {
    this.incarnation = original.incarnation;
    this.historyCommits = historyCommits;
    entries.putAll(original.entries);
    history.putAll(original.history);
  }

  Position head() {
    return history.lastEntry().getValue().position;
  }

  Revision oldest() {
    return history.firstKey();
  }

  NavigableMap<Key, KeyValue> entries(KeyRange range) {
    NavigableMap<Key, KeyValue> part = entries;
    if (range.start().isPresent()) {
      part = part.tailMap(range.start().get(), true);
    }
    if (range.end().isPresent()) {
      part = part.headMap(range.end().get(), false);
    }
    return part;
  }

  /** Throws unless this position is on this history, or too old to tell. */
  void checkNotDiverged(Position position) {
    Revision revision = position.revision();
    if (revision.isAfter(head().revision())) {
      throw new StoreException.Diverged(position + " is above the head " + head());
    }
    if (!oldest().isAfter(revision)) {
      Position known = history.get(revision).position;
      if (!known.equals(position)) {
        throw new StoreException.Diverged(position + " was presented; the store has " + known);
      }
    }
  }

  Position commit(CommitRequest request) {
    prove(request);
    Revision revision = new Revision(head().revision().number() + 1);
    List<Event> events = new ArrayList<>();
    for (Mutation write : request.mutations()) {
      write(write, revision).ifPresent(events::add);
    }
    if (!events.isEmpty()) {
      add(revision, events);
      notifyAll();
    }
    return head();
  }

  private void add(Revision revision, List<Event> events) {
    Position position = new Position(revision, TOKENS.nextLong());
    history.put(revision, new Commit(position, List.copyOf(events)));
    if (history.size() - 1 > historyCommits) {
      history.pollFirstEntry();
    }
  }

  private void prove(CommitRequest request) {
    request.ownLast().ifPresent(this::checkNotDiverged);
    for (Position base : request.bases()) {
      checkNotDiverged(base);
      if (oldest().isAfter(base.revision())) {
        throw conflict("what was read at " + base + " is older than the history");
      }
    }
    request.conditions().forEach(this::prove);
  }

  private void prove(Condition condition) {
    boolean holds;
    if (condition instanceof Condition.KeyAt at) {
      KeyValue now = entries.get(at.key());
      holds = now != null && now.modified().equals(at.modified());
    } else if (condition instanceof Condition.KeyAbsent absent) {
      holds = !entries.containsKey(absent.key());
    } else if (condition instanceof Condition.RangeEmpty empty) {
      holds = entries(empty.range()).isEmpty();
    } else if (condition instanceof Condition.RangeUnchanged read) {
      holds = isUnchanged(read);
    } else {
      throw new IllegalStateException("unknown condition " + condition);
    }
    if (!holds) {
      throw conflict("no longer true: " + condition);
    }
  }

  private boolean isUnchanged(Condition.RangeUnchanged read) {
    return history.tailMap(read.readAt().revision(), false).values().stream()
        .flatMap(commit -> commit.events.stream())
        .noneMatch(event -> read.range().contains(event.key()));
  }

  private StoreException conflict(String message) {
    return new StoreException.Conflict(message, head().revision());
  }

  private Optional<Event> write(Mutation write, Revision revision) {
    Key key = write.key();
    if (write.isDelete()) {
      return Optional.ofNullable(entries.remove(key)).map(gone -> Event.delete(key));
    }
    KeyValue before = entries.get(key);
    Revision created = before == null ? revision : before.created();
    KeyValue now = KeyValue.of(key, write.value().orElseThrow(), created, revision);
    entries.put(key, now);
    return Optional.of(Event.put(now));
  }

  /**
   * The first commit above a position, or progress to the head where nothing touches the ranges.
   */
  Optional<WatchBatch> next(List<KeyRange> ranges, Position after) {
    Position reached = after;
    for (Commit commit : history.tailMap(after.revision(), false).values()) {
      List<Event> events =
          commit.events.stream()
              .filter(event -> ranges.stream().anyMatch(range -> range.contains(event.key())))
              .toList();
      if (!events.isEmpty()) {
        return Optional.of(
            reached.equals(after)
                ? new WatchBatch(after, commit.position, events)
                : new WatchBatch(after, reached, List.of()));
      }
      reached = commit.position;
    }
    return reached.equals(after)
        ? Optional.empty()
        : Optional.of(new WatchBatch(after, reached, List.of()));
  }
}
