package io.holdfast.campaign;

import java.util.Arrays;
import java.util.List;

/**
 * Decides whether a history was strictly serializable, whether the store told the truth about each
 * outcome, and whether the watchers saw just that.
 *
 * <p>The order need not be searched for, since each commit names its revision. So it is decided in
 * time proportional to the history: every commit has one operation behind it (or several that have
 * nothing to do with each other, where a store does that), whose reads are true just before it and
 * whose writes are its events; operations that wrote nothing were proven at a position and are true
 * there; what was acknowledged before another operation began stands before it; what was refused is
 * nowhere. Reads of operations without a place are checked one by one. Since all that was ever
 * acknowledged must be there, nobody may be told that the history is another one.
 *
 * <p>Not safe for use by several threads.
 */
final class Checker {
  private Checker() {}

  /**
   * What came out.
   *
   * @param stood how many operations with an open outcome are in the history
   * @param batches how many batches of watchers were compared with it
   * @param tooOld how many watchers were away for longer than the history reaches back
   */
  record Verdict(Violations violations, long stood, long batches, long tooOld) {}

  static Verdict check(History history) {
    Violations violations = new Violations();
    List<List<Operation>> ofCommits = Authors.of(history, violations);
    Operation[] authors = ofCommits.stream().flatMap(List::stream).toArray(Operation[]::new);
    State end = Replay.run(history, ofCommits, violations);
    for (Read scan : history.end()) {
      end.contradiction(scan)
          .ifPresent(
              instead -> violations.add("C3", "a scan at the end found " + scan + "; " + instead));
    }
    LooseReads loose = new LooseReads(history.commits(), violations);
    Conflicts conflicts = new Conflicts(authors, loose, violations);
    new RealTime(history.operations(), authors)
        .check(
            violations,
            (operation, least) -> {
              loose.check(operation, least);
              if (operation.outcome() == Outcome.DIVERGED) {
                violations.add("C9", "was told of another history, and this is the one", operation);
              }
              if (!history.trimmed()) {
                conflicts.check(operation, least);
              }
            });
    WatchCheck watches = new WatchCheck(history, violations);
    long batches = history.watches().stream().mapToLong(watches::check).sum();
    long stood = Arrays.stream(authors).filter(Checker::wasOpen).count();
    return new Verdict(violations, stood, batches, watches.tooOld());
  }

  private static boolean wasOpen(Operation author) {
    return author.outcome().isOpen();
  }
}
