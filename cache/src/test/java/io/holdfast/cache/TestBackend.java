package io.holdfast.cache;

import io.holdfast.store.Backend;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Count;
import io.holdfast.store.Deadline;
import io.holdfast.store.KeyRange;
import io.holdfast.store.MemoryProvider;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Status;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** A memory store that can be exchanged, can lie, can refuse to answer, and counts its calls. */
final class TestBackend implements Backend {
  final AtomicInteger statusCalls = new AtomicInteger();

  /** Without those of the thread that asks every second, however long a test takes. */
  final AtomicInteger statusCallsOfReaders = new AtomicInteger();

  final AtomicInteger reads = new AtomicInteger();
  final AtomicInteger openWatches = new AtomicInteger();
  final AtomicInteger watchesOpened = new AtomicInteger();
  final AtomicInteger eventsDelivered = new AtomicInteger();
  volatile Runnable onStatus = () -> {};
  volatile Runnable onRead = () -> {};
  volatile Runnable onWatch = () -> {};
  volatile UnaryOperator<Page> lie = page -> page;
  volatile UnaryOperator<Position> headLie = head -> head;
  volatile UnaryOperator<WatchBatch> watchLie = batch -> batch;
  volatile boolean unavailable;

  /** Whether watches have nothing to tell, as if it were all still on its way. */
  volatile boolean watchesHeld;

  private final AtomicInteger heldLooks = new AtomicInteger();

  /** How long the last read would have waited at most. */
  volatile Duration patience = Duration.ZERO;

  private final StoreConfig config;
  private Backend fork;
  private volatile Backend target;
  private volatile int pageEntriesMax = Integer.MAX_VALUE;

  TestBackend(StoreConfig config) {
    this.config = config;
    target = new MemoryProvider().open(config);
  }

  static TestBackend create() {
    return new TestBackend(StoreConfig.of("memory:" + UUID.randomUUID()));
  }

  TestBackend withPagesOf(int entries) {
    pageEntriesMax = entries;
    return this;
  }

  Store store() {
    return Store.over(this, Words.LONG);
  }

  /** From now on this is another database; the one before goes away. */
  void exchangeFor(Backend other) {
    Backend before = target;
    target = other;
    before.close();
  }

  /** A copy as of now that goes its own way, as a server that is promoted; close this one later. */
  Store fork() {
    String copy = "memory:" + UUID.randomUUID();
    fork = new MemoryProvider().open(StoreConfig.of(copy + "?copy-of=" + config.target()));
    return Store.over(fork, Words.LONG);
  }

  /** From now on this is the copy, and what the original got since is lost. */
  void exchangeForFork() {
    exchangeFor(fork);
  }

  /** From now on the watch that there is tells nothing, also not what it waits for already. */
  void holdWatch() {
    watchesHeld = true;
    int before = heldLooks.get();
    Words.await("the watch looks again", () -> heldLooks.get() > before);
  }

  /** Asks the database that there is; whoever is caught by an exchange asks the next one. */
  private <T> T ask(Function<Backend, T> call) {
    while (true) {
      if (unavailable) {
        throw new StoreException.Unavailable("the test said so", null);
      }
      Backend asked = target;
      try {
        return call.apply(asked);
      } catch (StoreException.Closed e) {
        if (asked == target) {
          throw e;
        }
      }
    }
  }

  @Override
  public Status status(Deadline deadline) {
    statusCalls.incrementAndGet();
    if (!Thread.currentThread().getName().startsWith("holdfast-mirror-pulse")) {
      statusCallsOfReaders.incrementAndGet();
    }
    onStatus.run();
    Status status = ask(database -> database.status(deadline));
    return new Status(
        headLie.apply(status.head()), status.oldest(), status.incarnation(), status.limits());
  }

  @Override
  public Page read(KeyRange range, int entriesMax, Deadline deadline) {
    patience = deadline.remaining();
    reads.incrementAndGet();
    int most = Math.min(entriesMax, pageEntriesMax);
    Page page = lie.apply(ask(database -> database.read(range, most, deadline)));
    onRead.run();
    return page;
  }

  @Override
  public Count count(KeyRange range, Deadline deadline) {
    return ask(database -> database.count(range, deadline));
  }

  @Override
  public Position commit(CommitRequest request, Deadline deadline) {
    return ask(database -> database.commit(request, deadline));
  }

  @Override
  public Watch watch(List<KeyRange> ranges, Position after, Deadline deadline) {
    onWatch.run();
    return ask(
        database ->
            new TestWatch(ranges, after, database, database.watch(ranges, after, deadline)));
  }

  @Override
  public void close() {
    target.close();
  }

  /** Resumes at its last position when the database is exchanged, as a watch over a network. */
  private final class TestWatch implements Watch {
    private final List<KeyRange> ranges;
    private Position last;
    private final AtomicBoolean closed = new AtomicBoolean();
    private Backend current;
    private Watch watch;

    TestWatch(List<KeyRange> ranges, Position after, Backend current, Watch watch) {
      this.ranges = ranges;
      this.last = after;
      this.current = current;
      this.watch = watch;
      openWatches.incrementAndGet();
      watchesOpened.incrementAndGet();
    }

    @Override
    public Optional<WatchBatch> next(Duration timeout) {
      if (unavailable || watchesHeld) {
        heldLooks.incrementAndGet();
        LockSupport.parkNanos(Math.min(timeout.toNanos(), 5_000_000));
        return Optional.empty();
      }
      try {
        resume();
        Optional<WatchBatch> batch = watch.next(timeout);
        batch.ifPresent(found -> last = found.position());
        batch.ifPresent(found -> eventsDelivered.addAndGet(found.events().size()));
        return batch.map(watchLie);
      } catch (StoreException.Closed e) {
        if (current == target) {
          throw e;
        }
        return Optional.empty();
      }
    }

    private void resume() {
      Backend next = target;
      if (current != next) {
        watch = next.watch(ranges, last, Deadline.after(Words.LONG));
        current = next;
        if (closed.get()) {
          watch.close();
        }
      }
    }

    @Override
    public State state() {
      return unavailable ? State.RETRYING : watch.state();
    }

    @Override
    public void close() {
      if (!closed.getAndSet(true)) {
        openWatches.decrementAndGet();
      }
      watch.close();
    }
  }
}
