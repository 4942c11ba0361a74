package io.holdfast.store.sql;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Condition;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Mutation;
import io.holdfast.store.Position;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * The order in which merged requests are proven and get their revisions.
 *
 * <p>It goes in waves. No request reads or writes what an earlier one of its wave writes, so a
 * whole wave can be proven against what was there before it, and then written at once. Whatever
 * touches an earlier write goes into a later wave and sees it. Requests that are merged are
 * concurrent, so every order is a right one.
 */
final class CommitPlan {
  private final List<CommitRequest> requests;
  private final int[] origins;
  private final int[] waveEnds;
  private final long[] tokens;
  private final long token = Tokens.draw();

  private CommitPlan(List<CommitRequest> requests, int[] origins, int[] waveEnds) {
    this.requests = requests;
    this.origins = origins;
    this.waveEnds = waveEnds;
    this.tokens = requests.stream().mapToLong(request -> Tokens.draw()).toArray();
  }

  static CommitPlan of(List<CommitRequest> given) {
    int[] waves = new Waves().of(given);
    Integer[] order = new Integer[given.size()];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingInt(i -> waves[i]));
    List<CommitRequest> requests = new ArrayList<>(order.length);
    int[] origins = new int[order.length];
    int[] ends = new int[order.length == 0 ? 0 : waves[order[order.length - 1]] + 1];
    for (int i = 0; i < order.length; i++) {
      origins[i] = order[i];
      requests.add(given.get(order[i]));
      ends[waves[order[i]]] = i + 1;
    }
    return new CommitPlan(requests, origins, ends);
  }

  /** In the order of their revisions. */
  List<CommitRequest> requests() {
    return requests;
  }

  /** Behind which request each wave ends, counted from 1. */
  int[] waveEnds() {
    return waveEnds.clone();
  }

  /** What each request's commit leaves beside its revision. */
  long[] tokens() {
    return tokens.clone();
  }

  /** What the commit as a whole leaves in its lane. */
  long token() {
    return token;
  }

  /** The outcomes, in the order in which the requests were given. */
  List<Outcome> outcomes(Verdicts verdicts, String place) {
    Outcome[] outcomes = new Outcome[requests.size()];
    Position head = verdicts.head();
    for (int i = 0; i < outcomes.length; i++) {
      int verdict = verdicts.of(i);
      if (verdict == Verdicts.COMMITTED) {
        head = Position.of(head.revision().number() + 1, tokens[i]);
      }
      outcomes[origins[i]] =
          verdict <= Verdicts.COMMITTED
              ? Outcome.at(head)
              : Outcome.failed(Verdicts.refusal(place, requests.get(i), verdict, head.revision()));
    }
    return List.of(outcomes);
  }

  /**
   * The outcomes of those requests that have become commits, in the order in which the requests
   * were given, and null for the others.
   */
  List<Outcome> commits(Lane.Winner winner) {
    Outcome[] outcomes = new Outcome[requests.size()];
    long revision = winner.before();
    for (int i = 0; i < outcomes.length; i++) {
      if (winner.succeeded().get(i)) {
        outcomes[origins[i]] = Outcome.at(Position.of(++revision, tokens[i]));
      }
    }
    return Arrays.asList(outcomes);
  }

  /** Finds each request's wave. */
  private static final class Waves {
    /** The last wave that writes a key. */
    private final NavigableMap<Key, Integer> written = new TreeMap<>();

    int[] of(List<CommitRequest> requests) {
      int[] waves = new int[requests.size()];
      for (int i = 0; i < waves.length && waves.length > 1; i++) {
        CommitRequest request = requests.get(i);
        int wave = after(request);
        waves[i] = wave;
        for (Mutation write : request.mutations()) {
          written.merge(write.key(), wave, Math::max);
        }
      }
      return waves;
    }

    private int after(CommitRequest request) {
      int wave = 0;
      for (Mutation write : request.mutations()) {
        wave = Math.max(wave, after(write.key()));
      }
      for (Condition condition : request.conditions()) {
        wave = Math.max(wave, after(condition));
      }
      return wave;
    }

    private int after(Condition condition) {
      if (condition instanceof Condition.KeyAt at) {
        return after(at.key());
      } else if (condition instanceof Condition.KeyAbsent absent) {
        return after(absent.key());
      } else if (condition instanceof Condition.RangeEmpty empty) {
        return after(empty.range());
      } else if (condition instanceof Condition.RangeUnchanged read) {
        return after(read.range());
      }
      throw new IllegalStateException("unknown condition " + condition);
    }

    private int after(Key key) {
      Integer wave = written.get(key);
      return wave == null ? 0 : wave + 1;
    }

    private int after(KeyRange range) {
      NavigableMap<Key, Integer> part = written;
      if (range.start().isPresent()) {
        part = part.tailMap(range.start().get(), true);
      }
      if (range.end().isPresent()) {
        part = part.headMap(range.end().get(), false);
      }
      return part.values().stream().mapToInt(wave -> wave + 1).max().orElse(0);
    }
  }
}
