package io.holdfast.campaign;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds the operation behind each commit of the history. An acknowledged one names its revision;
 * one whose outcome is open is found by the values that it wrote, or, when it only deleted, by what
 * it deleted. Nothing else may be behind a commit.
 */
final class Authors {
  private final History history;
  private final Violations violations;
  private final long[] revisions;
  private final List<List<Operation>> authors;
  private final Set<Long> found = new HashSet<>();
  private final Map<Long, Operation> open = new HashMap<>();
  private final State state = new State();

  private Authors(History history, Violations violations) {
    this.history = history;
    this.violations = violations;
    revisions = history.commits().stream().mapToLong(Commit::revision).toArray();
    authors = new ArrayList<>(Collections.nCopies(revisions.length, List.of()));
  }

  /**
   * One for each commit, none where none was found, several where the store gave them one revision.
   * Those that were open get their revision.
   */
  static List<List<Operation>> of(History history, Violations violations) {
    Authors search = new Authors(history, violations);
    search.findAcknowledged();
    search.findOpen();
    return search.authors;
  }

  private void findAcknowledged() {
    for (Operation operation : history.operations()) {
      if (operation.outcome().isOpen() && operation.isWriter()) {
        open.put(operation.id(), operation);
      } else if (operation.isCommitted() && operation.isWriter()) {
        place(operation);
      }
    }
  }

  private void place(Operation operation) {
    int at = Arrays.binarySearch(revisions, operation.revision());
    if (at < 0) {
      violations.add("C3", "acknowledged, and not in the history", operation);
    } else if (history.commits().get(at).token() != operation.token()) {
      violations.add(
          "C3", "acknowledged, and another commit is there", operation, history.commits().get(at));
    } else if (!authors.get(at).isEmpty() && !history.sharesRevisions()) {
      violations.add(
          "C2", "one revision was given to two commits", authors.get(at).get(0), operation);
    } else {
      add(at, operation);
    }
  }

  private void add(int at, Operation operation) {
    List<Operation> all = new ArrayList<>(authors.get(at));
    all.add(operation);
    authors.set(at, List.copyOf(all));
  }

  private void findOpen() {
    for (int i = 0; i < revisions.length; i++) {
      Commit commit = history.commits().get(i);
      boolean more = !authors.get(i).isEmpty() || findOpen(i, commit);
      while (more && history.sharesRevisions()) {
        Commit rest = commit.without(authors.get(i));
        more = rest.size() > 0 && findOpen(i, rest);
      }
      state.apply(commit);
    }
  }

  /**
   * Finds who wrote what is not explained yet, or a part of it; says whether there was somebody.
   */
  private boolean findOpen(int at, Commit rest) {
    Operation author = openAuthor(rest);
    if (author == null) {
      complain(rest);
      return false;
    }
    if (!found.add(author.id())) {
      violations.add("C10", "one operation was committed twice", author, rest);
      return false;
    }
    add(at, author.standing(rest));
    return true;
  }

  private Operation openAuthor(Commit commit) {
    for (int i = 0; i < commit.size(); i++) {
      if (commit.writer(i) != 0) {
        return open.get(commit.writer(i));
      }
    }
    // Of several that could have deleted this, the one that began first can stand here if any can.
    Operation first = null;
    for (Operation operation : open.values()) {
      if (operation.isOnlyDeleting()
          && deletes(operation, commit)
          && operation.reads().stream().allMatch(read -> state.contradiction(read).isEmpty())
          && (first == null || operation.invoked() < first.invoked())) {
        first = operation;
      }
    }
    if (first != null) {
      open.remove(first.id());
    }
    return first;
  }

  /** Whether it deletes just these keys, or some of them where others may have been there too. */
  private boolean deletes(Operation operation, Commit commit) {
    int[] deleted = new int[commit.size()];
    for (int i = 0; i < deleted.length; i++) {
      deleted[i] = ~commit.key(i);
    }
    int[] wanted = operation.writes().clone();
    Arrays.sort(deleted);
    if (history.sharesRevisions()) {
      return Arrays.stream(wanted).allMatch(key -> Arrays.binarySearch(deleted, key) >= 0);
    }
    Arrays.sort(wanted);
    return Arrays.equals(deleted, wanted);
  }

  private void complain(Commit commit) {
    for (int i = 0; i < commit.size(); i++) {
      long writer = commit.writer(i);
      List<Operation> behind =
          history.operations().stream().filter(o -> o.id() == writer && writer != 0).toList();
      if (!behind.isEmpty()) {
        Operation operation = behind.get(0);
        boolean twice = operation.isCommitted();
        violations.add(
            twice ? "C10" : "C12",
            twice ? "committed at another revision too" : "in the history, and was not committed",
            operation,
            commit);
        return;
      }
    }
    violations.add("C12", "nobody who could have been committed wrote this", commit);
  }
}
