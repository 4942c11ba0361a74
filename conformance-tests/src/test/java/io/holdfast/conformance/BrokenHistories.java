package io.holdfast.conformance;

import io.holdfast.store.Backend;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Count;
import io.holdfast.store.Deadline;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Status;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Stores that forget, or that do not live and end as they should. */
final class BrokenHistories {
  /** Lets the threads end that broken stores leave behind. */
  static volatile CountDownLatch leakedThreadsEnd = new CountDownLatch(1);

  static final List<BrokenStore> ALL =
      List.of(
          restarted("revision goes back after restart", "C2", BrokenHistories::behind),
          new BrokenStore("number reused after crash", "C3", BrokenHistories::losingLast),
          BrokenStore.of("one incarnation for all", "H1", Faults.status(BrokenHistories::same)),
          BrokenStore.of("predictable tokens", "H2", predictable()),
          new BrokenStore("history never trimmed", "H3", () -> BrokenHistories::untrimmed),
          BrokenStore.of("lock of one process only", "H4", BrokenHistories::ownLock),
          BrokenStore.of("close leaks threads", "H5", BrokenHistories::leaking),
          BrokenStore.of("use after close", "H5", BrokenHistories::unclosed),
          BrokenStore.of("torn down under its callers", "H5", BrokenHistories::tornDown),
          BrokenStore.of("watch survives its store", "H5", survivingWatches()),
          BrokenStore.of("deadline ignored", "H7", BrokenHistories::patient),
          BrokenStore.of("interruption swallowed", "H7", BrokenHistories::uninterruptible),
          BrokenStore.of("interruption loses what had come", "H7", forgetful()));

  private BrokenHistories() {}

  /** A fault that begins when the data are opened again. */
  private static BrokenStore restarted(String name, String rule, UnaryOperator<Backend> fault) {
    return new BrokenStore(
        name,
        rule,
        () -> {
          Lives lives = new Lives();
          return (data, place) -> {
            int life = lives.open();
            Backend store = lives.counted(new SmallBackend(data.open(place)));
            return life == 1 ? store : fault.apply(store);
          };
        });
  }

  /** How often data were opened after every handle had been closed. */
  private static final class Lives {
    private final AtomicInteger handles = new AtomicInteger();
    private final AtomicInteger lives = new AtomicInteger();

    int open() {
      return handles.getAndIncrement() == 0 ? lives.incrementAndGet() : lives.get();
    }

    Backend counted(Backend store) {
      return new ForwardingBackend(store) {
        private boolean closed;

        @Override
        public void close() {
          if (!closed) {
            closed = true;
            handles.decrementAndGet();
          }
          super.close();
        }
      };
    }
  }

  /** The counter was flushed less often than the entries. */
  private static Backend behind(Backend store) {
    return Faults.status(
            status -> {
              Position head = status.head();
              long number = Math.max(0, head.revision().number() - 1);
              Position before = Position.of(number, head.token());
              return new Status(before, status.oldest(), status.incarnation(), status.limits());
            })
        .apply(store);
  }

  /** The last commit before the end was not flushed. */
  private static BrokenStore.Fault losingLast() {
    Lives lives = new Lives();
    AtomicInteger known = new AtomicInteger(1);
    AtomicInteger saved = new AtomicInteger();
    return (data, place) -> {
      int life = lives.open();
      StoreConfigNow now = new StoreConfigNow(data);
      if (life > known.getAndSet(life) && saved.getAndSet(0) > 0) {
        now.loseLast();
      }
      Backend store = lives.counted(new SmallBackend(data.open(now.place(place))));
      return Faults.commit(
              (s, request, deadline) -> {
                data.save();
                saved.incrementAndGet();
                return s.commit(request, deadline);
              })
          .apply(store);
    };
  }

  /** The place of data that may have been put back since it was asked for. */
  private record StoreConfigNow(MemoryHarness data) {
    void loseLast() {
      data.restore();
    }

    StoreConfig place(StoreConfig asked) {
      return asked.option("history-commits").isPresent()
          ? data.place().withHistoryCommits(asked.historyCommits())
          : data.place();
    }
  }

  private static Status same(Status status) {
    return new Status(status.head(), status.oldest(), new UUID(0, 7), status.limits());
  }

  /** Tokens that anyone can guess are no proof. */
  private static UnaryOperator<Backend> predictable() {
    return Faults.commit(
        (store, request, deadline) -> {
          Position position = store.commit(request, deadline);
          return Position.of(position.revision().number(), position.revision().number());
        });
  }

  private static Backend untrimmed(MemoryHarness data, StoreConfig place) {
    return new SmallBackend(data.open(place.withHistoryCommits(1_000_000)));
  }

  /** Proves reads under a lock of its own process, and so not against other handles. */
  private static Backend ownLock(Backend store) {
    AtomicInteger own = new AtomicInteger();
    return Faults.commit(
            (s, request, deadline) -> {
              boolean alone = own.getAndIncrement() > 0;
              CommitRequest unproven =
                  new CommitRequest(List.of(), null, List.of(), request.mutations());
              return s.commit(alone ? unproven : request, deadline);
            })
        .apply(store);
  }

  private static Backend leaking(Backend store) {
    CountDownLatch end = leakedThreadsEnd;
    Thread thread =
        new Thread(
            () -> {
              try {
                end.await(5, TimeUnit.MINUTES);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            },
            "poller");
    thread.setDaemon(true);
    thread.start();
    return store;
  }

  /** Goes on after its end, as a pool does that hands out connections to whoever asks. */
  private static Backend unclosed(Backend store) {
    return new ForwardingBackend(store) {
      @Override
      public void close() {
        // The handle is let go of, but not closed.
      }
    };
  }

  /** Calls that are under way meet what is half closed. */
  private static Backend tornDown(Backend store) {
    AtomicBoolean closed = new AtomicBoolean();
    Backend calls =
        Faults.count(
                (s, range, deadline) -> {
                  Count count = s.count(range, deadline);
                  if (closed.get()) {
                    throw new IllegalStateException("the pool is shut down");
                  }
                  return count;
                })
            .apply(store);
    return new ForwardingBackend(calls) {
      @Override
      public void close() {
        closed.set(true);
        LockSupport.parkNanos(20_000_000);
        super.close();
      }
    };
  }

  private static UnaryOperator<Backend> survivingWatches() {
    return Faults.watch(
        (store, ranges, after, deadline) ->
            new Faults.ForwardingWatch(store.watch(ranges, after, deadline)) {
              private boolean closed;

              @Override
              public Optional<WatchBatch> next(Duration timeout) {
                try {
                  return super.next(timeout);
                } catch (StoreException.Closed e) {
                  if (closed) {
                    throw e;
                  }
                  return Optional.empty();
                }
              }

              @Override
              public State state() {
                return closed ? super.state() : State.RETRYING;
              }

              @Override
              public void close() {
                closed = true;
                super.close();
              }
            });
  }

  private static Backend patient(Backend store) {
    return new Unbounded(store, call -> call.get());
  }

  private static Backend uninterruptible(Backend store) {
    return new Unbounded(
        store,
        call -> {
          Thread.interrupted();
          return call.get();
        });
  }

  /** Takes a batch, and then finds that it was interrupted. */
  private static UnaryOperator<Backend> forgetful() {
    UnaryOperator<Backend> watches =
        Faults.watch(
            (store, ranges, after, deadline) ->
                new Faults.ForwardingWatch(store.watch(ranges, after, deadline)) {
                  @Override
                  public Optional<WatchBatch> next(Duration timeout) {
                    Optional<WatchBatch> batch = super.next(timeout);
                    if (Thread.currentThread().isInterrupted()) {
                      throw new StoreException.Interrupted("interrupted while watching");
                    }
                    return batch;
                  }
                });
    UnaryOperator<Backend> chained = Faults.batches(() -> List::of);
    return store -> chained.apply(watches.apply(store));
  }

  private interface Around {
    Object run(Supplier<?> call);
  }

  /** Calls that do not look at their deadline. */
  private static final class Unbounded extends ForwardingBackend {
    private final Around around;

    Unbounded(Backend backend, Around around) {
      super(backend);
      this.around = around;
    }

    private static Deadline later() {
      return Deadline.after(Duration.ofSeconds(10));
    }

    @Override
    public Status status(Deadline deadline) {
      return (Status) around.run(() -> super.status(later()));
    }

    @Override
    public Page read(KeyRange range, int entriesMax, Deadline deadline) {
      return (Page) around.run(() -> super.read(range, entriesMax, later()));
    }

    @Override
    public Count count(KeyRange range, Deadline deadline) {
      return (Count) around.run(() -> super.count(range, later()));
    }

    @Override
    public Position commit(CommitRequest request, Deadline deadline) {
      return (Position) around.run(() -> super.commit(request, deadline));
    }

    @Override
    public Watch watch(List<KeyRange> ranges, Position after, Deadline deadline) {
      return super.watch(ranges, after, deadline);
    }
  }
}
