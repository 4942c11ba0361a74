package io.holdfast.campaign;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Goes through the commits in their order and proves that each did what its operation wanted, and
 * that each operation had seen the state just before it; one that wrote nothing, the state at the
 * position that it was given.
 */
final class Replay {
  private final History history;
  private final List<List<Operation>> authors;
  private final Violations violations;
  private final State state = new State();
  private final List<Operation> readers;
  private int reader;

  private Replay(History history, List<List<Operation>> authors, Violations violations) {
    this.history = history;
    this.authors = authors;
    this.violations = violations;
    readers = new ArrayList<>(history.operations());
    readers.removeIf(operation -> !operation.isCommitted() || operation.isWriter());
    readers.sort(Comparator.comparingLong(Operation::revision));
  }

  /** Returns the state after the last commit. */
  static State run(History history, List<List<Operation>> authors, Violations violations) {
    Replay replay = new Replay(history, authors, violations);
    replay.run();
    return replay.state;
  }

  private void run() {
    checkReaders(history.start(), history.startToken());
    Commit before = null;
    for (int i = 0; i < authors.size(); i++) {
      Commit commit = history.commits().get(i);
      checkChain(commit, before);
      authors.get(i).forEach(this::checkReads);
      checkIndependent(authors.get(i));
      checkEffect(authors.get(i), commit);
      state.apply(commit);
      checkReaders(commit.revision(), commit.token());
      before = commit;
    }
    for (; reader < readers.size(); reader++) {
      violations.add("C2", "stands behind the head of the history", readers.get(reader));
    }
  }

  private void checkChain(Commit commit, Commit before) {
    long revision = before == null ? history.start() : before.revision();
    long token = before == null ? history.startToken() : before.token();
    if (commit.revision() <= revision
        || commit.previous() != revision
        || commit.previousToken() != token) {
      violations.add("W3", "the history does not chain", before, commit);
    }
  }

  private void checkReads(Operation operation) {
    for (Read read : operation.reads()) {
      state
          .contradiction(read)
          .ifPresent(
              instead -> violations.add("C4", read + ": " + instead + " just before", operation));
    }
  }

  /** What stands at one revision must be right in any order. */
  private void checkIndependent(List<Operation> together) {
    for (int i = 0; i < together.size(); i++) {
      for (int j = 0; j < i; j++) {
        if (!together.get(i).isIndependentOf(together.get(j))) {
          violations.add(
              "C2", "have one revision, and not their own keys", together.get(j), together.get(i));
        }
      }
    }
  }

  private void checkEffect(List<Operation> together, Commit commit) {
    if (together.isEmpty()) {
      return;
    }
    long[] wanted = together.stream().flatMapToLong(one -> effect(one, commit)).toArray();
    Commit effect = new Commit(0, 0, 0, 0, wanted);
    if (!effect.hasEventsOf(commit) || !commit.hasEventsOf(effect)) {
      violations.add("C1", "the commit is not what the operation wrote", together.get(0), commit);
    }
  }

  private LongStream effect(Operation operation, Commit commit) {
    return Arrays.stream(operation.writes())
        .filter(write -> write >= 0 || state.has(~write))
        .mapToObj(
            write ->
                write < 0
                    ? LongStream.of(~write, 0, 0)
                    : LongStream.of(
                        write, operation.id(), state.createdWhenWritten(write, commit.revision())))
        .flatMapToLong(event -> event);
  }

  /** Those that were proven at a revision, or at one that no commit has. */
  private void checkReaders(long revision, long token) {
    while (reader < readers.size() && readers.get(reader).revision() <= revision) {
      Operation operation = readers.get(reader++);
      if (operation.revision() < revision || operation.token() != token) {
        violations.add("H2", "was proven at a position that the history has not", operation);
      } else {
        checkReads(operation);
      }
    }
  }
}
