package io.holdfast.conformance;

import io.holdfast.store.Backend;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Condition;
import io.holdfast.store.Count;
import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Mutation;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.Status;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** Stores whose commits are wrong. */
final class BrokenCommits {
  static final List<BrokenStore> ALL =
      List.of(
          BrokenStore.of("abort leaves index", "C1", refusedLeavesLastWrite()),
          BrokenStore.of("index without item", "C1", inTwoCommits(2)),
          BrokenStore.of("same value is no change", "C2", sameValueIsNoChange()),
          BrokenStore.of(
              "acknowledged before it is written", "C3", BrokenCommits::acknowledgedTooEarly),
          BrokenStore.of("phantom in range", "C4", phantoms()),
          BrokenStore.of("delete not seen by range", "C4", deletionsUnseen()),
          BrokenStore.of("isolation downgraded", "C4", snapshotIsolation()),
          BrokenStore.of("lost update", "C4", without(c -> c instanceof Condition.KeyAt)),
          BrokenStore.of("read-only transactions not proven", "C4", readersUnproven()),
          BrokenStore.of("conflict about other keys", "C5", oneVersionForAll()),
          BrokenStore.of("conflict waits for the past", "C5", waitsForThePast()),
          BrokenStore.of("create over an existing key", "C6", without(BrokenCommits::isAbsent)),
          BrokenStore.of("range never checked empty", "C6", without(BrokenCommits::isEmpty)),
          BrokenStore.of("empty up to 0xFF", "C6", emptyUpTo0xFf()),
          BrokenStore.shared("gone for good", "C6", BrokenCommits::goneForGood),
          BrokenStore.of("a hundred conditions and no more", "C6", ofHundredConditions()),
          BrokenStore.of("nothing to write, nothing to prove", "C6", unprovenWithoutEffect()),
          BrokenStore.of("use after commit", "C7", BrokenCommits::leftoversGoAlong),
          BrokenStore.of("lost history unnoticed", "C9", withoutPositions()),
          BrokenStore.of("lost history unnoticed by readers", "C9", readersWithoutPositions()),
          BrokenStore.of("own lost commit unnoticed by readers", "C9", ownLastOfBlindWriters()),
          BrokenStore.of("knows its own positions only", "C9", BrokenCommits::ownPositions),
          BrokenStore.of("the oldest cannot be relied on", "C9", oldestIsAConflict()),
          BrokenStore.shared("conflict for unknown outcome", "C10", BrokenCommits::lostAnswers),
          BrokenStore.shared("write sent twice", "C10", BrokenCommits::sentTwice),
          BrokenStore.of("silently split", "C11", inTwoCommits(100)),
          BrokenStore.of("fewer bytes taken than advertised", "C11", ofHalfTheBytes()),
          BrokenStore.of("late commit happens", "C12", late()));

  private BrokenCommits() {}

  private static CommitRequest request(
      CommitRequest request, List<Condition> conditions, List<Mutation> mutations) {
    return new CommitRequest(
        request.bases(), request.ownLast().orElse(null), conditions, mutations);
  }

  private static CommitRequest blind(List<Mutation> mutations) {
    return new CommitRequest(List.of(), null, List.of(), mutations);
  }

  private static UnaryOperator<Backend> refusedLeavesLastWrite() {
    return Faults.commit(
        (store, request, deadline) -> {
          try {
            return store.commit(request, deadline);
          } catch (StoreException.Conflict e) {
            List<Mutation> writes = request.mutations();
            if (!writes.isEmpty()) {
              store.commit(blind(writes.subList(writes.size() - 1, writes.size())), deadline);
            }
            throw e;
          }
        });
  }

  /** Large transactions become two. */
  private static UnaryOperator<Backend> inTwoCommits(int writesMax) {
    return Faults.commit(
        (store, request, deadline) -> {
          List<Mutation> writes = request.mutations();
          if (writes.size() < writesMax) {
            return store.commit(request, deadline);
          }
          int half = writes.size() / 2;
          store.commit(request(request, request.conditions(), writes.subList(0, half)), deadline);
          LockSupport.parkNanos(1_000_000);
          return store.commit(blind(writes.subList(half, writes.size())), deadline);
        });
  }

  private static UnaryOperator<Backend> sameValueIsNoChange() {
    return Faults.commit(
        (store, request, deadline) -> {
          List<Mutation> changes = new ArrayList<>();
          for (Mutation write : request.mutations()) {
            Page page = store.read(KeyRange.single(write.key()), 1, deadline);
            boolean same =
                page.entries().stream()
                    .map(KeyValue::value)
                    .anyMatch(v -> Arrays.equals(v, write.value().orElse(null)));
            if (!same) {
              changes.add(write);
            }
          }
          return store.commit(request(request, request.conditions(), changes), deadline);
        });
  }

  /** The last commit of a handle is written with the next one, and lost with the handle. */
  private static Backend acknowledgedTooEarly(Backend store) {
    AtomicInteger commits = new AtomicInteger();
    return Faults.commit(
            (s, request, deadline) -> {
              if (commits.incrementAndGet() == 25) {
                Position head = s.status(deadline).head();
                return Position.of(head.revision().number() + 1, 25);
              }
              return s.commit(request, deadline);
            })
        .apply(store);
  }

  /** Checks the keys that a range read had found, not those that it had not. */
  private static UnaryOperator<Backend> phantoms() {
    return Faults.commit(
        (store, request, deadline) -> {
          List<Condition> conditions = new ArrayList<>();
          for (Condition condition : request.conditions()) {
            if (condition instanceof Condition.RangeUnchanged range) {
              Page page = store.read(range.range(), 1000, deadline);
              for (KeyValue entry : page.entries()) {
                if (range.keys().contains(entry.key())
                    && entry.modified().isAfter(range.readAt().revision())) {
                  conditions.add(new Condition.KeyAbsent(entry.key()));
                }
              }
            } else {
              conditions.add(condition);
            }
          }
          return store.commit(request(request, conditions, request.mutations()), deadline);
        });
  }

  /** Looks for entries that are newer than the read. */
  private static UnaryOperator<Backend> deletionsUnseen() {
    return Faults.commit(
        (store, request, deadline) -> {
          List<Condition> conditions = new ArrayList<>();
          for (Condition condition : request.conditions()) {
            if (condition instanceof Condition.RangeUnchanged range) {
              store.read(range.range(), 1000, deadline).entries().stream()
                  .filter(entry -> entry.modified().isAfter(range.readAt().revision()))
                  .forEach(entry -> conditions.add(new Condition.KeyAbsent(entry.key())));
            } else {
              conditions.add(condition);
            }
          }
          return store.commit(request(request, conditions, request.mutations()), deadline);
        });
  }

  /** Checks only what is written too. */
  private static UnaryOperator<Backend> snapshotIsolation() {
    return Faults.commit(
        (store, request, deadline) -> {
          Set<Object> written = new HashSet<>();
          request.mutations().forEach(write -> written.add(write.key()));
          List<Condition> conditions =
              request.conditions().stream()
                  .filter(c -> !(c instanceof Condition.RangeUnchanged))
                  .filter(c -> !(c instanceof Condition.KeyAt at) || written.contains(at.key()))
                  .filter(c -> !(c instanceof Condition.KeyAbsent a) || written.contains(a.key()))
                  .toList();
          return store.commit(request(request, conditions, request.mutations()), deadline);
        });
  }

  private static UnaryOperator<Backend> without(Predicate<Condition> ignored) {
    return Faults.commit(
        (store, request, deadline) ->
            store.commit(
                request(
                    request,
                    request.conditions().stream().filter(ignored.negate()).toList(),
                    request.mutations()),
                deadline));
  }

  private static boolean isAbsent(Condition condition) {
    return condition instanceof Condition.KeyAbsent;
  }

  private static boolean isEmpty(Condition condition) {
    return condition instanceof Condition.RangeEmpty;
  }

  /** Looks for keys of a prefix up to the one that has 0xFF behind it. */
  private static UnaryOperator<Backend> emptyUpTo0xFf() {
    return Faults.commit(
        (store, request, deadline) -> {
          List<Condition> conditions = new ArrayList<>(request.conditions());
          conditions.removeIf(
              condition ->
                  condition instanceof Condition.RangeEmpty empty
                      && store.read(empty.range(), 1000, deadline).entries().stream()
                          .allMatch(entry -> BrokenReads.isBehind(empty.range(), entry.key())));
          return store.commit(request(request, conditions, request.mutations()), deadline);
        });
  }

  /** What was deleted once counts as absent. */
  private static UnaryOperator<Backend> goneForGood() {
    Set<Key> deleted = ConcurrentHashMap.newKeySet();
    return Faults.commit(
        (store, request, deadline) -> {
          List<Condition> conditions = new ArrayList<>(request.conditions());
          conditions.removeIf(
              condition ->
                  condition instanceof Condition.KeyAbsent absent
                      && deleted.contains(absent.key()));
          Position position =
              store.commit(request(request, conditions, request.mutations()), deadline);
          request.mutations().stream()
              .filter(Mutation::isDelete)
              .forEach(write -> deleted.add(write.key()));
          return position;
        });
  }

  private static UnaryOperator<Backend> ofHundredConditions() {
    return Faults.commit(
        (store, request, deadline) -> {
          List<Condition> all = request.conditions();
          List<Condition> first = all.subList(0, Math.min(all.size(), 100));
          return store.commit(request(request, first, request.mutations()), deadline);
        });
  }

  /** Answers at once when there is nothing that could be deleted. */
  private static UnaryOperator<Backend> unprovenWithoutEffect() {
    return Faults.commit(
        (store, request, deadline) -> {
          boolean none =
              !request.mutations().isEmpty()
                  && request.mutations().stream()
                      .allMatch(
                          write ->
                              write.isDelete()
                                  && store.count(KeyRange.single(write.key()), deadline).count()
                                      == 0);
          return none ? store.status(deadline).head() : store.commit(request, deadline);
        });
  }

  private static UnaryOperator<Backend> readersWithoutPositions() {
    return Faults.commit(
        (store, request, deadline) ->
            store.commit(
                request.mutations().isEmpty()
                    ? new CommitRequest(List.of(), null, request.conditions(), List.of())
                    : request,
                deadline));
  }

  /** Presents the last own commit where there is nothing else to present. */
  private static UnaryOperator<Backend> ownLastOfBlindWriters() {
    return Faults.commit(
        (store, request, deadline) ->
            store.commit(
                request.bases().isEmpty()
                    ? request
                    : new CommitRequest(
                        request.bases(), null, request.conditions(), request.mutations()),
                deadline));
  }

  /** Takes what this handle has not met for a history that it does not know. */
  private static Backend ownPositions(Backend store) {
    AtomicLong met = new AtomicLong();
    Backend commits =
        Faults.commit(
                (s, request, deadline) -> {
                  for (Position base : request.bases()) {
                    if (base.revision().number() > met.get()) {
                      throw new StoreException.Diverged(base + " is above " + met);
                    }
                  }
                  Position position = s.commit(request, deadline);
                  met.accumulateAndGet(position.revision().number(), Math::max);
                  return position;
                })
            .apply(store);
    Backend reads =
        Faults.read(
                (s, range, max, deadline) -> {
                  Page page = s.read(range, max, deadline);
                  met.accumulateAndGet(page.position().revision().number(), Math::max);
                  return page;
                })
            .apply(commits);
    return Faults.count(
            (s, range, deadline) -> {
              Count count = s.count(range, deadline);
              met.accumulateAndGet(count.position().revision().number(), Math::max);
              return count;
            })
        .apply(reads);
  }

  /** Keeps the oldest commit for watches, and not for what was read there. */
  private static UnaryOperator<Backend> oldestIsAConflict() {
    return Faults.commit(
        (store, request, deadline) -> {
          Status status = store.status(deadline);
          Revision oldest = status.oldest();
          if (oldest.isAfter(Revision.ZERO)
              && request.bases().stream().anyMatch(base -> base.revision().equals(oldest))) {
            throw new StoreException.Conflict("too old", status.head().revision());
          }
          return store.commit(request, deadline);
        });
  }

  private static UnaryOperator<Backend> ofHalfTheBytes() {
    return Faults.commit(
        (store, request, deadline) -> {
          long bytes =
              request.mutations().stream()
                  .mapToLong(write -> write.value().map(value -> value.length).orElse(0))
                  .sum();
          if (bytes > store.status(deadline).limits().transactionBytesMax() / 2) {
            throw new StoreException.LimitExceeded("the server does not take this");
          }
          return store.commit(request, deadline);
        });
  }

  private static UnaryOperator<Backend> readersUnproven() {
    return Faults.commit(
        (store, request, deadline) ->
            request.mutations().isEmpty()
                ? store.status(deadline).head()
                : store.commit(request, deadline));
  }

  /** Any commit since the first read is a conflict. */
  private static UnaryOperator<Backend> oneVersionForAll() {
    return Faults.commit(
        (store, request, deadline) -> {
          Position head = store.status(deadline).head();
          if (request.bases().stream().anyMatch(base -> head.isAfter(base))) {
            throw new StoreException.Conflict("something was written", head.revision());
          }
          return store.commit(request, deadline);
        });
  }

  private static UnaryOperator<Backend> waitsForThePast() {
    return Faults.commit(
        (store, request, deadline) -> {
          try {
            return store.commit(request, deadline);
          } catch (StoreException.Conflict e) {
            long number = Math.max(0, e.waitFor().number() - 1);
            throw new StoreException.Conflict(e.getMessage(), new Revision(number));
          }
        });
  }

  /** A handle has one transaction, which is used again with what a refused one left in it. */
  private static Backend leftoversGoAlong(Backend store) {
    Map<Key, Mutation> staged = new TreeMap<>();
    return Faults.commit(
            (s, request, deadline) -> {
              synchronized (staged) {
                request.mutations().forEach(write -> staged.put(write.key(), write));
                Position position =
                    s.commit(
                        request(request, request.conditions(), List.copyOf(staged.values())),
                        deadline);
                staged.clear();
                return position;
              }
            })
        .apply(store);
  }

  private static UnaryOperator<Backend> withoutPositions() {
    return Faults.commit(
        (store, request, deadline) ->
            store.commit(
                new CommitRequest(List.of(), null, request.conditions(), request.mutations()),
                deadline));
  }

  /** Some answers are lost, and taken for a refusal. */
  private static UnaryOperator<Backend> lostAnswers() {
    AtomicInteger commits = new AtomicInteger();
    return Faults.commit(
        (store, request, deadline) -> {
          Position position = store.commit(request, deadline);
          if (commits.incrementAndGet() % 10 == 9) {
            throw new StoreException.Conflict("no answer", position.revision());
          }
          return position;
        });
  }

  /** Some answers are lost, and the write is sent again. */
  private static UnaryOperator<Backend> sentTwice() {
    AtomicInteger commits = new AtomicInteger();
    AtomicReference<Position> last = new AtomicReference<>();
    return Faults.commit(
        (store, request, deadline) -> {
          if (commits.incrementAndGet() % 10 == 9 && request.conditions().isEmpty()) {
            last.set(store.commit(request, deadline));
          }
          return store.commit(request, deadline);
        });
  }

  private static UnaryOperator<Backend> late() {
    return Faults.commit(
        (store, request, deadline) -> {
          Position position = store.commit(request, Deadline.after(Duration.ofSeconds(10)));
          deadline.check("commit");
          return position;
        });
  }
}
