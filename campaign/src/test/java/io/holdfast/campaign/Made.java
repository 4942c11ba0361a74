package io.holdfast.campaign;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Makes up a history, operation by operation; what nobody breaks on purpose is as a good store
 * would do it.
 */
final class Made {
  static final long START = 7;

  private final List<Operation> operations = new ArrayList<>();
  private final List<Commit> commits = new ArrayList<>();
  private final List<Watched> watches = new ArrayList<>();
  private final TreeMap<Integer, long[]> entries = new TreeMap<>(); // writer, created, modified
  private long revision = START;
  private long clock;
  private long ids;
  private boolean sharing;
  private long kept = History.ALL;

  static long token(long revision) {
    return revision * 31;
  }

  static int register(int index) {
    return Space.REGISTER.number(index);
  }

  static int item(int index) {
    return Space.ITEM.number(index);
  }

  /** What the store would answer now. */
  Read sees(int key) {
    return sees(key, key + 1);
  }

  /** What the store would answer now for a range. */
  Read sees(int from, int to) {
    List<Read> found = new ArrayList<>();
    entries
        .subMap(from, to)
        .forEach((key, e) -> found.add(Read.one(Read.Sort.READ, key, e[0], e[1], e[2])));
    return Read.range(from, to, found);
  }

  /** A writer that is committed now; {@code ~key} deletes. */
  Operation commit(List<Read> reads, int... writes) {
    Operation operation = operation(Outcome.COMMITTED, reads, writes);
    Operation standing = operation.standing(append(operation));
    operations.add(standing);
    return standing;
  }

  /** A reader that is proven at the head. */
  Operation read(Read... reads) {
    return readAt(revision, reads);
  }

  /** A reader that is said to be proven at a revision. */
  Operation readAt(long at, Read... reads) {
    Operation operation = operation(Outcome.COMMITTED, List.of(reads));
    Commit place = new Commit(0, 0, at, token(at), new long[0]);
    operations.add(operation.standing(place));
    return operation.standing(place);
  }

  /** An operation that left nothing behind. */
  Operation refused(Outcome outcome, List<Read> reads, int... writes) {
    Operation operation = operation(outcome, reads, writes);
    operations.add(operation);
    return operation;
  }

  /** An operation of which nobody knows, and that stands in the history now. */
  Operation openAndStanding(Outcome outcome, List<Read> reads, int... writes) {
    Operation operation = refused(outcome, reads, writes);
    append(operation);
    return operation;
  }

  private Operation operation(Outcome outcome, List<Read> reads, int... writes) {
    long invoked = ++clock;
    long completed = outcome == Outcome.KILLED ? Long.MAX_VALUE : ++clock;
    long id = Operation.id(1, 1, ++ids);
    return new Operation(id, Kind.PUT, invoked, completed, reads, writes, outcome, 0, 0);
  }

  /** Adds an operation as it is. */
  void add(Operation operation) {
    operations.add(operation);
  }

  void remove(Operation operation) {
    operations.removeIf(one -> one.id() == operation.id());
  }

  void replace(Operation operation) {
    remove(operation);
    add(operation);
  }

  /** Operations that are under way at one time and get one revision; who is committed knows it. */
  void together(Operation... those) {
    sharing = true;
    Commit commit = append(those);
    for (Operation one : those) {
      Operation concurrent =
          new Operation(
              one.id(),
              one.kind(),
              those[0].invoked(),
              one.outcome() == Outcome.KILLED ? Long.MAX_VALUE : clock,
              one.reads(),
              one.writes(),
              one.outcome(),
              0,
              0);
      replace(one.isCommitted() ? concurrent.standing(commit) : concurrent);
    }
  }

  /** The commit that operations make now. */
  Commit append(Operation... those) {
    revision++;
    long[] events =
        Arrays.stream(those)
            .flatMapToLong(
                operation ->
                    Arrays.stream(operation.writes())
                        .mapToObj(write -> apply(operation.id(), write))
                        .flatMapToLong(Arrays::stream))
            .toArray();
    Commit commit = commit(revision, events);
    commits.add(commit);
    return commit;
  }

  /** What a write changes: an event, or nothing. */
  private long[] apply(long id, int write) {
    if (write < 0) {
      return entries.remove(~write) == null ? new long[0] : new long[] {~write, 0, 0};
    }
    long created = Optional.ofNullable(entries.get(write)).map(e -> e[1]).orElse(revision);
    entries.put(write, new long[] {id, created, revision});
    return new long[] {write, id, created};
  }

  static Commit commit(long revision, long... events) {
    return new Commit(revision - 1, token(revision - 1), revision, token(revision), events);
  }

  /** The store trims its history, and keeps so many commits. */
  void keeps(long most) {
    kept = most;
  }

  List<Commit> commits() {
    return commits;
  }

  long revision() {
    return revision;
  }

  /** A watcher of everything that saw these batches. */
  void watched(List<Commit> batches) {
    watched(null, batches, null);
  }

  void watched(Space space, List<Commit> batches, String end) {
    List<Watched.Step> steps = new ArrayList<>();
    batches.forEach(batch -> steps.add(new Watched.Step(batch, null)));
    if (end != null) {
      steps.add(new Watched.Step(null, end));
    }
    watches.add(new Watched("watcher", space, START, token(START), true, steps));
  }

  History history() {
    List<Read> end = new ArrayList<>();
    for (Space space : Space.values()) {
      end.add(sees(space.number(0), space.number(0) + space.size()));
    }
    return new History(START, token(START), kept, sharing, operations, commits, watches, end);
  }

  /** The rules that the checker finds broken. */
  List<String> broken() {
    return List.copyOf(Checker.check(history()).violations().counts().keySet());
  }
}
