package io.holdfast.conformance;

import io.holdfast.store.Backend;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.Event;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Revision;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Stores whose watches are wrong. */
final class BrokenWatches {
  private static final int LAG_MAX = 15;

  static final List<BrokenStore> ALL =
      List.of(
          BrokenStore.of(
              "dropped late commit",
              "W1",
              Faults.batches(() -> without(BrokenWatches::isEveryFourth))),
          BrokenStore.of("skipped gap", "W1", Faults.batches(() -> without(second()))),
          BrokenStore.of("transaction-id order", "W1", Faults.batches(BrokenWatches::swapped)),
          BrokenStore.of("hole at start", "W1", Faults.batches(() -> without(first()))),
          BrokenStore.of("doubled batch", "W1", Faults.batches(() -> batch -> twice(batch))),
          BrokenStore.of("reconnect jumps forward", "W1", reconnecting()),
          BrokenStore.of("filter leaks other prefixes", "W1", unfiltered()),
          BrokenStore.of("sixteen ranges and no more", "W1", ofSixteenRanges()),
          BrokenStore.of("watched prefix ends at 0xFF", "W1", upTo0xFf()),
          BrokenStore.of("a closed watch ends its neighbours", "W1", BrokenWatches::together),
          BrokenStore.of("eight watches and no more", "W1", BrokenWatches::ofEight),
          BrokenStore.of("torn transaction", "W2", Faults.batches(BrokenWatches::torn)),
          BrokenStore.of(
              "large commit cut short", "W2", Faults.batches(() -> BrokenWatches::cutShort)),
          BrokenStore.of(
              "events out of key order", "W2", Faults.batches(() -> BrokenWatches::reversed)),
          BrokenStore.of("progress first", "W3", progressFirst()),
          BrokenStore.of("no progress", "W3", Faults.batches(() -> BrokenWatches::withoutProgress)),
          BrokenStore.of("progress to where no commit is", "W3", BrokenWatches::madeUpProgress),
          BrokenStore.of("watch silently completes", "W4", silent()),
          BrokenStore.of("watch from a compacted position starts at head", "W5", fromHead()),
          BrokenStore.of("no watch from the oldest", "H1", notFromTheOldest()),
          BrokenStore.shared("token accepted from another store", "W6", BrokenWatches::noTokens),
          BrokenStore.shared("token of the oldest forgotten", "W6", BrokenWatches::oldestUnproven),
          BrokenStore.of("slow watcher loses silently", "W7", losing()),
          BrokenStore.shared("slow watcher blocks writers", "W7", BrokenWatches::blocking),
          BrokenStore.of("cancelled watch still delivers", "W9", notCancelled()),
          BrokenStore.of("waits past the timeout", "W9", tooPatient()),
          BrokenStore.of("looks only when it may wait", "W9", hurried()),
          BrokenStore.of("lost delete", "W10", events(() -> event -> !event.isDelete())),
          BrokenStore.of("lost re-create", "W10", events(BrokenWatches::notDeletedBefore)));

  private BrokenWatches() {}

  private static Function<WatchBatch, List<WatchBatch>> without(Predicate<WatchBatch> lost) {
    return batch -> batch.isProgress() || !lost.test(batch) ? List.of(batch) : List.of();
  }

  private static boolean isEveryFourth(WatchBatch batch) {
    return batch.position().revision().number() % 4 == 3;
  }

  private static Predicate<WatchBatch> first() {
    int[] seen = new int[1];
    return batch -> seen[0]++ == 0;
  }

  /** The second commit of those that the watch finds when it begins late. */
  private static Predicate<WatchBatch> second() {
    int[] seen = new int[1];
    return batch -> seen[0]++ == 1;
  }

  /** Of two commits that come close together the later one is delivered first. */
  private static Function<WatchBatch, List<WatchBatch>> swapped() {
    List<WatchBatch> held = new ArrayList<>();
    return batch -> {
      if (held.isEmpty() && batch.position().revision().number() % 5 == 2) {
        held.add(batch);
        return List.of();
      }
      List<WatchBatch> both = new ArrayList<>(List.of(batch));
      both.addAll(held);
      held.clear();
      return both;
    };
  }

  private static List<WatchBatch> twice(WatchBatch batch) {
    return batch.isProgress() ? List.of(batch) : List.of(batch, batch);
  }

  private static UnaryOperator<Backend> ofSixteenRanges() {
    return Faults.watch(
        (store, ranges, after, deadline) ->
            store.watch(ranges.subList(0, Math.min(ranges.size(), 16)), after, deadline));
  }

  private static UnaryOperator<Backend> upTo0xFf() {
    return Faults.watch(
        (store, ranges, after, deadline) -> {
          Predicate<Event> seen =
              event ->
                  ranges.stream()
                      .anyMatch(
                          range ->
                              range.contains(event.key())
                                  && !BrokenReads.isBehind(range, event.key()));
          return events(() -> seen).apply(store).watch(ranges, after, deadline);
        });
  }

  /** The watches of a handle share what the first that is closed closes. */
  private static Backend together(Backend store) {
    AtomicBoolean cancelled = new AtomicBoolean();
    return Faults.watch(
            (s, ranges, after, deadline) ->
                new Faults.ForwardingWatch(s.watch(ranges, after, deadline)) {
                  private final boolean alone = cancelled.getAndSet(false);

                  @Override
                  public Optional<WatchBatch> next(Duration timeout) {
                    Optional<WatchBatch> batch = super.next(timeout);
                    return cancelled.get() && !alone ? Optional.empty() : batch;
                  }

                  @Override
                  public void close() {
                    cancelled.set(true);
                    super.close();
                  }
                })
        .apply(store);
  }

  /** Each watch takes a connection, of which there are eight. */
  private static Backend ofEight(Backend store) {
    Semaphore connections = new Semaphore(8);
    return Faults.watch(
            (s, ranges, after, deadline) ->
                new Faults.ForwardingWatch(s.watch(ranges, after, deadline)) {
                  private final boolean connected = connections.tryAcquire();

                  @Override
                  public Optional<WatchBatch> next(Duration timeout) {
                    return connected || state() == State.ENDED
                        ? super.next(timeout)
                        : Optional.empty();
                  }

                  @Override
                  public void close() {
                    if (connected && state() != State.ENDED) {
                      connections.release();
                    }
                    super.close();
                  }
                })
        .apply(store);
  }

  /** Delivers what fits in a message. */
  private static List<WatchBatch> cutShort(WatchBatch batch) {
    int left = 32 << 10;
    List<Event> events = new ArrayList<>();
    for (Event event : batch.events()) {
      left -= event.now().map(KeyValue::valueLength).orElse(0);
      if (left > 0) {
        events.add(event);
      }
    }
    return List.of(new WatchBatch(batch.previous(), batch.position(), events));
  }

  /** Half of a commit comes with the next one. */
  private static Function<WatchBatch, List<WatchBatch>> torn() {
    List<Event> rest = new ArrayList<>();
    return batch -> {
      List<Event> events = new ArrayList<>(rest);
      events.addAll(batch.events());
      rest.clear();
      if (batch.events().size() > 1) {
        rest.add(events.remove(events.size() - 1));
      }
      return List.of(new WatchBatch(batch.previous(), batch.position(), events));
    };
  }

  private static List<WatchBatch> reversed(WatchBatch batch) {
    List<Event> events = new ArrayList<>(batch.events());
    Collections.reverse(events);
    return List.of(new WatchBatch(batch.previous(), batch.position(), events));
  }

  private static List<WatchBatch> withoutProgress(WatchBatch batch) {
    return batch.isProgress() ? List.of() : List.of(batch);
  }

  /** Knows the token of the head, and makes up those of what it passes on the way. */
  private static Backend madeUpProgress(Backend store) {
    Function<WatchBatch, List<WatchBatch>> madeUp =
        batch -> {
          Position at = batch.position();
          Deadline soon = Deadline.after(Duration.ofSeconds(5));
          boolean known = !batch.isProgress() || at.equals(store.status(soon).head());
          Position told = known ? at : new Position(at.revision(), at.revision().number());
          return List.of(new WatchBatch(batch.previous(), told, batch.events()));
        };
    return Faults.batches(() -> madeUp).apply(store);
  }

  private static UnaryOperator<Backend> events(Supplier<Predicate<Event>> keeps) {
    return Faults.batches(
        () -> {
          Predicate<Event> kept = keeps.get();
          return batch ->
              List.of(
                  new WatchBatch(
                      batch.previous(),
                      batch.position(),
                      batch.events().stream().filter(kept).toList()));
        });
  }

  private static Predicate<Event> notDeletedBefore() {
    Set<Key> deleted = new HashSet<>();
    return event -> {
      if (event.isDelete()) {
        deleted.add(event.key());
        return true;
      }
      return !deleted.contains(event.key());
    };
  }

  /** A watch that is opened again, at the head, when a condition on it holds. */
  private static UnaryOperator<Backend> jumping(int batchesMax, int lagMax) {
    return Faults.watch(
        (store, ranges, after, deadline) ->
            new Faults.ForwardingWatch(store.watch(ranges, after, deadline)) {
              private Watch current = watch;
              private Position last = after;
              private int batches;

              @Override
              public Optional<WatchBatch> next(Duration timeout) {
                Deadline soon = Deadline.after(Duration.ofSeconds(5));
                Position head = state() == State.ENDED ? last : store.status(soon).head();
                long lag = head.revision().number() - last.revision().number();
                if (batches++ == batchesMax || lag > lagMax) {
                  current.close();
                  current = store.watch(ranges, head, soon);
                }
                Optional<WatchBatch> batch = current.next(timeout);
                Optional<WatchBatch> chained =
                    batch.map(b -> new WatchBatch(last, b.position(), b.events()));
                batch.ifPresent(b -> last = b.position());
                return chained;
              }

              @Override
              public State state() {
                return current.state();
              }

              @Override
              public void close() {
                current.close();
              }
            });
  }

  private static UnaryOperator<Backend> reconnecting() {
    return jumping(3, Integer.MAX_VALUE);
  }

  private static UnaryOperator<Backend> losing() {
    return jumping(-1, LAG_MAX);
  }

  private static UnaryOperator<Backend> unfiltered() {
    return Faults.watch(
        (store, ranges, after, deadline) -> store.watch(List.of(KeyRange.all()), after, deadline));
  }

  /** Says that it has seen all up to the head, and begins there. */
  private static UnaryOperator<Backend> progressFirst() {
    return Faults.watch(
        (store, ranges, after, deadline) -> {
          Position head = store.status(deadline).head();
          Watch watch = store.watch(ranges, head.isAfter(after) ? head : after, deadline);
          return new Faults.ForwardingWatch(watch) {
            private boolean told = !head.isAfter(after);

            @Override
            public Optional<WatchBatch> next(Duration timeout) {
              if (told) {
                return super.next(timeout);
              }
              told = true;
              return Optional.of(new WatchBatch(after, head, List.of()));
            }
          };
        });
  }

  private static UnaryOperator<Backend> silent() {
    return Faults.watch(
        (store, ranges, after, deadline) ->
            new Faults.ForwardingWatch(store.watch(ranges, after, deadline)) {
              @Override
              public Optional<WatchBatch> next(Duration timeout) {
                try {
                  return super.next(timeout);
                } catch (StoreException.TooOld | StoreException.Closed e) {
                  return Optional.empty();
                }
              }
            });
  }

  private static UnaryOperator<Backend> fromHead() {
    return Faults.watch(
        (store, ranges, after, deadline) -> {
          boolean compacted = store.status(deadline).oldest().isAfter(after.revision());
          Position from = compacted ? store.status(deadline).head() : after;
          return store.watch(ranges, from, deadline);
        });
  }

  private static UnaryOperator<Backend> notFromTheOldest() {
    return Faults.watch(
        (store, ranges, after, deadline) -> {
          Revision oldest = store.status(deadline).oldest();
          if (oldest.isAfter(Revision.ZERO) && oldest.equals(after.revision())) {
            throw new StoreException.TooOld("off by one", new Revision(oldest.number() + 1));
          }
          return store.watch(ranges, after, deadline);
        });
  }

  /** Believes the number alone where the history begins. */
  private static UnaryOperator<Backend> oldestUnproven() {
    Map<Long, Position> known = new ConcurrentHashMap<>();
    UnaryOperator<Backend> commits =
        Faults.commit(
            (store, request, deadline) -> {
              Position position = store.commit(request, deadline);
              known.put(position.revision().number(), position);
              return position;
            });
    UnaryOperator<Backend> watches =
        Faults.watch(
            (store, ranges, after, deadline) -> {
              boolean oldest = store.status(deadline).oldest().equals(after.revision());
              return store.watch(
                  ranges,
                  oldest ? known.getOrDefault(after.revision().number(), after) : after,
                  deadline);
            });
    UnaryOperator<Backend> chained = Faults.batches(() -> List::of);
    return store -> chained.apply(watches.apply(commits.apply(store)));
  }

  /** Believes the number alone. */
  private static UnaryOperator<Backend> noTokens() {
    Map<Long, Position> known = new ConcurrentHashMap<>();
    return store ->
        new ForwardingBackend(store) {
          @Override
          public Position commit(CommitRequest request, Deadline deadline) {
            Position position = super.commit(request, deadline);
            known.put(position.revision().number(), position);
            return position;
          }

          @Override
          public Watch watch(List<KeyRange> ranges, Position after, Deadline deadline) {
            Position there = known.getOrDefault(after.revision().number(), after);
            return super.watch(ranges, there, deadline);
          }
        };
  }

  /** Writers wait for the slowest watch. */
  private static UnaryOperator<Backend> blocking() {
    Queue<Position[]> consumers = new ConcurrentLinkedQueue<>();
    UnaryOperator<Backend> watches =
        Faults.watch(
            (store, ranges, after, deadline) -> {
              Position[] at = {after};
              consumers.add(at);
              return new Faults.ForwardingWatch(store.watch(ranges, after, deadline)) {
                @Override
                public Optional<WatchBatch> next(Duration timeout) {
                  Optional<WatchBatch> batch = super.next(timeout);
                  batch.ifPresent(b -> at[0] = b.position());
                  return batch;
                }

                @Override
                public void close() {
                  consumers.remove(at);
                  super.close();
                }
              };
            });
    UnaryOperator<Backend> commits =
        Faults.commit(
            (store, request, deadline) -> {
              long head = store.status(deadline).head().revision().number();
              if (consumers.stream().anyMatch(at -> head - at[0].revision().number() > LAG_MAX)) {
                throw new StoreException.Timeout("commit waited for a watch");
              }
              return store.commit(request, deadline);
            });
    return store -> commits.apply(watches.apply(store));
  }

  private static UnaryOperator<Backend> notCancelled() {
    return Faults.watch(
        (store, ranges, after, deadline) ->
            new Faults.ForwardingWatch(store.watch(ranges, after, deadline)) {
              private boolean closed;

              @Override
              public State state() {
                return closed ? State.ENDED : super.state();
              }

              @Override
              public void close() {
                closed = true;
              }
            });
  }

  private static UnaryOperator<Backend> tooPatient() {
    return Faults.watch(
        (store, ranges, after, deadline) ->
            new Faults.ForwardingWatch(store.watch(ranges, after, deadline)) {
              @Override
              public Optional<WatchBatch> next(Duration timeout) {
                return super.next(timeout.plusMillis(1600));
              }
            });
  }

  private static UnaryOperator<Backend> hurried() {
    return Faults.watch(
        (store, ranges, after, deadline) ->
            new Faults.ForwardingWatch(store.watch(ranges, after, deadline)) {
              @Override
              public Optional<WatchBatch> next(Duration timeout) {
                boolean waits = timeout.toMillis() >= 5 || state() == State.ENDED;
                return waits ? super.next(timeout) : Optional.empty();
              }
            });
  }
}
