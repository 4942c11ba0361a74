package io.holdfast.campaign;

import java.util.Arrays;
import java.util.List;

/** Proves that a watcher saw exactly the commits that touch its keys, in order, each one whole. */
final class WatchCheck {
  private final History history;
  private final long[] revisions;
  private final Violations violations;
  private long tooOld;

  WatchCheck(History history, Violations violations) {
    this.history = history;
    this.violations = violations;
    revisions = history.commits().stream().mapToLong(Commit::revision).toArray();
  }

  /** Checks one watcher and returns how many batches it saw. */
  long check(Watched watched) {
    long revision = watched.start();
    long token = watched.startToken();
    int next = after(watched); // index of the first commit that it has not seen
    long batches = 0;
    for (Watched.Step step : watched.steps()) {
      Commit batch = step.batch();
      if (batch == null && step.end().contains("TooOld") && mayBeTooOld(revision)) {
        tooOld++;
        return batches;
      } else if (batch == null) {
        violations.add("W4", watched.name() + " had to end: " + step.end());
        return batches;
      }
      batches++;
      if (batch.previous() != revision
          || batch.previousToken() != token
          || batch.revision() <= revision) {
        violations.add("W3", watched.name() + " does not chain behind r" + revision, batch);
      }
      next = checkBatch(watched, batch, next);
      revision = batch.revision();
      token = batch.token();
    }
    if (watched.complete()) {
      checkNothingMissed(watched, next, revisions.length, "until the end");
    }
    return batches;
  }

  /** How many of the watchers ended because the history no longer reached back to them. */
  long tooOld() {
    return tooOld;
  }

  private int after(Watched watched) {
    return after(watched.start());
  }

  /** Index of the first commit above a revision. */
  private int after(long revision) {
    int at = Arrays.binarySearch(revisions, revision);
    return at < 0 ? -at - 1 : at + 1;
  }

  /** Not unless in the end, at least, so many commits lie above it as the store keeps. */
  private boolean mayBeTooOld(long revision) {
    return revisions.length - after(revision) >= history.kept();
  }

  private int checkBatch(Watched watched, Commit batch, int next) {
    int at = Arrays.binarySearch(revisions, batch.revision());
    Commit commit = at < 0 ? null : history.commits().get(at);
    if (commit == null || commit.token() != batch.token()) {
      violations.add("W1", watched.name() + " saw what is not in the history", batch, commit);
      return at < 0 ? -at - 1 : at + 1;
    }
    checkNothingMissed(watched, next, at, "before " + batch);
    Commit wanted = new Commit(0, 0, 0, 0, events(watched, commit));
    if (!wanted.hasEventsOf(batch) || !batch.hasEventsOf(wanted)) {
      violations.add("W2", watched.name() + " saw something else than", commit, batch);
    }
    return at + 1;
  }

  private void checkNothingMissed(Watched watched, int from, int to, String when) {
    List<Commit> commits = history.commits();
    for (int i = from; i < to; i++) {
      if (events(watched, commits.get(i)).length > 0) {
        violations.add("W1", watched.name() + " did not see, " + when, commits.get(i));
      }
    }
  }

  private static long[] events(Watched watched, Commit commit) {
    return watched.space() == null ? commit.events() : commit.in(watched.space());
  }
}
