package io.holdfast.conformance;

import io.holdfast.conformance.Observation.Outcome;
import io.holdfast.conformance.Observation.Read;
import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.WatchBatch;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Decides whether a concurrent history was strictly serializable, and whether the watches told it.
 *
 * <p>The order of the commits need not be searched for, since every commit that changes something
 * names its revision. So the checker replays them in that order, and each transaction must have
 * read exactly what stood there just before it (a pure reader: at the position it was given). A
 * transaction that began after another one had returned must stand behind it. Every value is
 * written once in a history, so a value tells its writer. Where a store may give several commits
 * one revision, those must have nothing to do with each other, so that any order of them is right.
 *
 * <p>Transactions whose outcome is unknown are found by what the watches delivered, and are then
 * held to everything that a committed one is; without watches there must be none.
 */
final class HistoryChecker {
  private final List<Observation> observations;
  private final List<List<WatchBatch>> watches;
  private final List<String> anomalies = new ArrayList<>();

  /** The state after each commit, by its revision; the history begins with an empty store. */
  private final NavigableMap<Long, NavigableMap<Key, String>> states = new TreeMap<>();

  private final NavigableMap<Long, Position> positions = new TreeMap<>();

  private final boolean sharesRevisions;

  private HistoryChecker(
      Position start,
      List<Observation> observations,
      List<List<WatchBatch>> watches,
      boolean sharesRevisions) {
    this.observations = placed(observations, watches);
    this.sharesRevisions = sharesRevisions;
    this.watches = watches;
    states.put(start.revision().number(), new TreeMap<>());
    positions.put(start.revision().number(), start);
  }

  /**
   * What is wrong with a history; empty when nothing is. Each begins with the rule that is broken.
   *
   * @param start where the history stood, with an empty store, before the first transaction
   * @param observations what the clients saw
   * @param watches what each watch of everything delivered from {@code start} to the end
   * @param end what a scan found at the end, key and value
   * @param sharesRevisions whether commits that touch different keys may have one revision
   */
  static List<String> check(
      Position start,
      List<Observation> observations,
      List<List<WatchBatch>> watches,
      Map<Key, String> end,
      boolean sharesRevisions) {
    HistoryChecker checker = new HistoryChecker(start, observations, watches, sharesRevisions);
    checker.replay();
    checker.checkReads();
    checker.checkRealTime();
    checker.checkRefused(end);
    checker.watches.forEach(checker::checkWatch);
    NavigableMap<Key, String> last = checker.states.lastEntry().getValue();
    if (checker.observations.stream().noneMatch(HistoryChecker::mayStillCome)) {
      checker.check("C3", last.equals(end), "a scan found " + end + ", the commits give " + last);
    }
    return checker.anomalies;
  }

  /** Those whose outcome is unknown stand where a watch delivered something that they wrote. */
  private static List<Observation> placed(
      List<Observation> observations, List<List<WatchBatch>> watches) {
    Map<String, Position> delivered = new HashMap<>();
    for (List<WatchBatch> watch : watches) {
      watch.forEach(
          batch -> values(batch).forEach(value -> delivered.putIfAbsent(value, batch.position())));
    }
    return observations.stream().map(seen -> placed(seen, delivered)).toList();
  }

  private static Observation placed(Observation seen, Map<String, Position> delivered) {
    if (seen.outcome() != Outcome.UNKNOWN) {
      return seen;
    }
    return seen.writes().values().stream()
        .flatMap(Optional::stream)
        .map(delivered::get)
        .filter(Objects::nonNull)
        .findFirst()
        .map(position -> standing(seen, position))
        .orElse(seen);
  }

  /** Nobody was told, so it binds nobody by when it returned. */
  private static Observation standing(Observation seen, Position position) {
    return new Observation(
        seen.client(),
        seen.invoked(),
        Long.MAX_VALUE,
        seen.reads(),
        seen.writes(),
        Outcome.COMMITTED,
        position);
  }

  /** Whether a scan at the end can show it although no watch had come so far. */
  private static boolean mayStillCome(Observation seen) {
    return seen.outcome() == Outcome.UNKNOWN && changes(seen);
  }

  private void replay() {
    NavigableMap<Key, String> state = new TreeMap<>();
    List<Observation> together = new ArrayList<>();
    for (Observation seen : changes()) {
      Position before = positions.put(seen.position().revision().number(), seen.position());
      if (before == null) {
        together.clear();
      }
      check(
          "C2",
          before == null || (sharesRevisions && before.equals(seen.position())),
          "the revision was given out before: " + seen);
      together.forEach(other -> checkIndependent(seen, other));
      together.add(seen);
      state = new TreeMap<>(state);
      apply(seen, state);
      states.put(seen.position().revision().number(), state);
    }
  }

  private static void apply(Observation seen, Map<Key, String> state) {
    for (Map.Entry<Key, Optional<String>> write : seen.writes().entrySet()) {
      if (write.getValue().isPresent()) {
        state.put(write.getKey(), write.getValue().get());
      } else {
        state.remove(write.getKey());
      }
    }
  }

  private void checkIndependent(Observation one, Observation other) {
    boolean independent =
        Collections.disjoint(one.writes().keySet(), other.writes().keySet())
            && !readsWhatWrites(one, other)
            && !readsWhatWrites(other, one);
    check("C2", independent, "these have one revision, but not their own keys: " + one + other);
  }

  private static boolean readsWhatWrites(Observation reader, Observation writer) {
    return reader.reads().stream()
        .anyMatch(read -> writer.writes().keySet().stream().anyMatch(read.range()::contains));
  }

  /** The commits that made a revision, in its order. */
  private List<Observation> changes() {
    return committed().stream()
        .filter(HistoryChecker::changes)
        .sorted(Comparator.comparing(seen -> seen.position().revision()))
        .toList();
  }

  private List<Observation> committed() {
    return observations.stream().filter(seen -> seen.outcome() == Outcome.COMMITTED).toList();
  }

  private static boolean changes(Observation seen) {
    return seen.writes().values().stream().anyMatch(Optional::isPresent);
  }

  private void checkReads() {
    for (Observation seen : committed()) {
      long revision = seen.position().revision().number();
      var at = changes(seen) ? states.lowerEntry(revision) : states.floorEntry(revision);
      if (at == null) {
        check("C2", false, "a commit stands before the beginning: " + seen);
        continue;
      }
      if (!changes(seen)) {
        Position known = positions.get(revision);
        check("H2", seen.position().equals(known), known + " is where this stands: " + seen);
      }
      for (Read read : seen.reads()) {
        Map<Key, String> there = part(at.getValue(), read.range());
        boolean same =
            read.found() == null ? read.count() == there.size() : read.found().equals(there);
        check("C4", same, "just before it, " + read.range() + " held " + there + ": " + seen);
      }
    }
  }

  private static NavigableMap<Key, String> part(NavigableMap<Key, String> all, KeyRange range) {
    NavigableMap<Key, String> part = new TreeMap<>(all);
    part.keySet().removeIf(key -> !range.contains(key));
    return part;
  }

  /** What returned before another began must stand before it. */
  private void checkRealTime() {
    List<Observation> byReturn =
        committed().stream().sorted(Comparator.comparing(Observation::returned)).toList();
    List<Observation> byInvocation =
        committed().stream().sorted(Comparator.comparing(Observation::invoked)).toList();
    int returned = 0;
    Observation latest = null;
    for (Observation seen : byInvocation) {
      while (returned < byReturn.size() && byReturn.get(returned).returned() < seen.invoked()) {
        Observation done = byReturn.get(returned++);
        latest = latest == null || done.position().isAfter(latest.position()) ? done : latest;
      }
      if (latest != null) {
        boolean behind =
            changes(seen)
                ? seen.position().isAfter(latest.position())
                : !latest.position().isAfter(seen.position());
        check("R1", behind, "this had returned: " + latest + ", before this began: " + seen);
      }
    }
  }

  /** Nothing that was refused may be seen by anyone. */
  private void checkRefused(Map<Key, String> end) {
    Set<String> refused = new HashSet<>();
    observations.stream()
        .filter(seen -> seen.outcome() == Outcome.REFUSED)
        .forEach(seen -> seen.writes().values().forEach(value -> value.ifPresent(refused::add)));
    for (Observation seen : observations) {
      for (Read read : seen.reads()) {
        if (read.found() != null) {
          checkNone(refused, read.found().values(), seen);
        }
      }
    }
    checkNone(refused, end.values(), "a scan at the end");
    for (List<WatchBatch> watch : watches) {
      watch.forEach(batch -> checkNone(refused, values(batch), "a watch at " + batch.position()));
    }
  }

  private void checkNone(Set<String> refused, Iterable<String> values, Object where) {
    for (String value : values) {
      check("C5", !refused.contains(value), value + ", of a refused commit, is seen by " + where);
    }
  }

  private static List<String> values(WatchBatch batch) {
    return batch.events().stream().flatMap(e -> e.now().stream()).map(Bytes::text).toList();
  }

  private void checkWatch(List<WatchBatch> batches) {
    List<WatchBatch> commits = batches.stream().filter(batch -> !batch.isProgress()).toList();
    Position last = positions.firstEntry().getValue();
    for (WatchBatch batch : batches) {
      check("W3", batch.previous().equals(last), batch + " does not follow " + last);
      check("W1", batch.position().isAfter(last), batch + " comes behind " + last);
      last = batch.position();
    }
    List<Position> delivered = commits.stream().map(WatchBatch::position).toList();
    List<Observation> changes = changes();
    for (Observation seen : changes) {
      check("W1", delivered.contains(seen.position()), "a watch did not deliver the " + seen);
    }
    for (WatchBatch batch : commits) {
      checkBatch(batch, changes);
    }
  }

  private void checkBatch(WatchBatch batch, List<Observation> changes) {
    List<Observation> writers =
        changes.stream().filter(seen -> seen.position().equals(batch.position())).toList();
    if (writers.isEmpty()) {
      check("W1", false, "a watch delivers what nobody committed: " + batch);
      return;
    }
    Map<Key, Optional<String>> events = new TreeMap<>();
    for (Event event : batch.events()) {
      events.put(event.key(), event.now().map(Bytes::text));
    }
    Map<Key, Optional<String>> effect = new TreeMap<>();
    writers.forEach(writer -> effect.putAll(writer.writes()));
    Map<Key, String> before = states.lowerEntry(batch.position().revision().number()).getValue();
    effect.entrySet().removeIf(w -> w.getValue().isEmpty() && !before.containsKey(w.getKey()));
    check("W2", events.equals(effect), "a watch gave " + batch + " for the " + writers);
  }

  private void check(String rule, boolean holds, String otherwise) {
    if (!holds) {
      anomalies.add("[" + rule + "] " + otherwise);
    }
  }
}
