package io.holdfast.store.sql;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.StoreException;
import java.util.List;

/**
 * What a database server found of each request of a plan, in the plan's order: {@link #UNCHANGED},
 * {@link #COMMITTED}, or {@code 4 * (1 + check) + kind} for the first check that failed. The checks
 * of a request are its own last commit, its bases and its conditions, in this order, counted from
 * 0.
 *
 * @param head the newest position before; its token may be 0 where all are commits
 * @param verdicts one for each request, or empty where all are commits
 * @param watched whether other processes want to be told of commits
 */
record Verdicts(Position head, List<Integer> verdicts, boolean watched) {
  static final int UNCHANGED = 0;
  static final int COMMITTED = 1;

  private static final int DIVERGED = 1;
  private static final int TOO_OLD = 2;

  int of(int request) {
    return verdicts.isEmpty() ? COMMITTED : verdicts.get(request);
  }

  /** How many of the requests became commits. */
  int commits(int requests) {
    int commits = 0;
    for (int i = 0; i < requests; i++) {
      commits += of(i) == COMMITTED ? 1 : 0;
    }
    return commits;
  }

  /** Why a request was refused, with the head that it was proven against. */
  static StoreException refusal(String place, CommitRequest request, int verdict, Revision head) {
    int check = verdict / 4 - 1;
    return switch (verdict % 4) {
      case DIVERGED -> Checks.diverged(place, Checks.position(request, check), head);
      case TOO_OLD -> Checks.tooOld(Checks.position(request, check), head);
      default ->
          Checks.failed(request.conditions().get(check - Checks.conditionsFrom(request)), head);
    };
  }
}
