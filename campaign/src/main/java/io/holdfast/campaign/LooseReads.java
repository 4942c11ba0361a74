package io.holdfast.campaign;

import java.util.Arrays;
import java.util.List;

/**
 * Checks the reads of operations that have no place in the order, such as conflicts: each read for
 * itself must have been true at one revision, not before what it had to see. So nobody ever reads
 * what was refused, half of a commit, or a state that is too old.
 */
final class LooseReads {
  /** For each key the revisions that changed it, and who wrote it there; the first is 0. */
  private final long[][] revisions = new long[Space.NUMBERS][];

  private final long[][] writers = new long[Space.NUMBERS][];
  private final int[] sizes = new int[Space.NUMBERS];
  private final Violations violations;

  LooseReads(List<Commit> commits, Violations violations) {
    this.violations = violations;
    for (Commit commit : commits) {
      for (int i = 0; i < commit.size(); i++) {
        add(commit.key(i), commit.revision(), commit.writer(i));
      }
    }
  }

  private void add(int key, long revision, long writer) {
    if (revisions[key] == null) {
      revisions[key] = new long[8];
      writers[key] = new long[8];
    } else if (sizes[key] == revisions[key].length) {
      revisions[key] = Arrays.copyOf(revisions[key], 2 * sizes[key]);
      writers[key] = Arrays.copyOf(writers[key], 2 * sizes[key]);
    }
    revisions[key][sizes[key]] = revision;
    writers[key][sizes[key]++] = writer;
  }

  /** Checks the reads of an operation that had to see at least this revision. */
  void check(Operation operation, long least) {
    for (Read read : operation.reads()) {
      if (read.sort() == Read.Sort.READ && !couldBe(read, least)) {
        violations.add("R1", read + " was never true behind r" + least, operation);
      }
    }
  }

  /** Whether a read was true at every revision from {@code first} to {@code last}. */
  boolean isTrueThroughout(Read read, long first, long last) {
    int entry = 0;
    for (int key = read.from(); key < read.to(); key++) {
      int at = lastChange(key, last);
      if (at >= 0 && revisions[key][at] > first) {
        return false;
      }
      boolean there = at >= 0 && writers[key][at] != 0;
      if (there && read.entries() > 0 && entry < read.entries() && read.key(entry) == key) {
        if (read.modified(entry) != revisions[key][at]) {
          return false;
        }
        entry++;
      } else if (there && read.sort() != Read.Sort.COUNT) {
        return false;
      }
    }
    return entry == read.entries();
  }

  /** Index of the last change of a key that is not behind a revision; negative if there is none. */
  private int lastChange(int key, long revision) {
    if (revisions[key] == null) {
      return -1;
    }
    int i = Arrays.binarySearch(revisions[key], 0, sizes[key], revision);
    return i >= 0 ? i : -i - 2;
  }

  /** Looks for a revision at which all keys of the range are as they were found. */
  private boolean couldBe(Read read, long least) {
    long at = least;
    while (true) {
      long next = firstMatch(read, at);
      if (next <= at) {
        return next == at;
      }
      at = next;
    }
  }

  /** The revision itself if all matches there, else a later one to try, or -1 if there is none. */
  private long firstMatch(Read read, long at) {
    int entry = 0;
    long latest = at;
    for (int key = read.from(); key < read.to(); key++) {
      boolean found = entry < read.entries() && read.key(entry) == key;
      long match = firstMatch(key, at, found ? read.modified(entry) : 0, found, read, entry);
      if (match < 0) {
        return -1;
      }
      latest = Math.max(latest, match);
      entry += found ? 1 : 0;
    }
    return entry == read.entries() ? latest : -1;
  }

  /** The first revision from {@code at} on at which the key has this version, or is absent. */
  private long firstMatch(int key, long at, long modified, boolean found, Read read, int entry) {
    if (revisions[key] == null) {
      return found ? -1 : at;
    }
    if (found) {
      int i = Arrays.binarySearch(revisions[key], 0, sizes[key], modified);
      boolean same = i >= 0 && writers[key][i] == read.writer(entry) && writers[key][i] != 0;
      boolean lasts = same && (i + 1 == sizes[key] || revisions[key][i + 1] > at);
      return lasts ? Math.max(at, modified) : -1;
    }
    int before = lastChange(key, at);
    if (before < 0 || writers[key][before] == 0) {
      return at;
    }
    for (int later = before + 1; later < sizes[key]; later++) {
      if (writers[key][later] == 0) {
        return revisions[key][later];
      }
    }
    return -1;
  }
}
