package io.holdfast.campaign;

import io.holdfast.cache.Entry;
import io.holdfast.cache.Freshness;
import io.holdfast.cache.Mirror;
import io.holdfast.cache.Snapshot;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;

/** Runs one operation after another, by chance, until it is told to stop, and logs each. */
final class Client implements Runnable {
  private static final int HURRIED = 40; // one in so many has hardly any time
  private static final int[] NOTHING = {};

  private final Store store;
  private final Mirror<Value> accounts;
  private final OperationLog log;
  private final Notes notes;
  private final Leash leash;
  private final SplittableRandom random;
  private final Workload workload;
  private long id;
  private long timeline;
  private Position cached;
  private volatile boolean stopping;

  /**
   * Makes one.
   *
   * @param first the identity of its first operation
   * @param trace the index of the key that only it writes
   */
  Client(
      Store store,
      Mirror<Value> accounts,
      OperationLog log,
      Notes notes,
      Leash leash,
      long first,
      int trace,
      SplittableRandom random) {
    this.store = store;
    this.accounts = accounts;
    this.log = log;
    this.notes = notes;
    this.leash = leash;
    this.random = random;
    this.workload = new Workload(store, accounts, random, Space.TRACE.number(trace));
    this.id = first;
  }

  void stop() {
    stopping = true;
  }

  @Override
  public void run() {
    try (log) {
      while (!stopping) {
        awaitRecord();
        Outcome outcome = step(workload.next());
        Thread.interrupted(); // whoever interrupts means one operation
        if (outcome != Outcome.COMMITTED && outcome != Outcome.CONFLICT) {
          LockSupport.parkNanos(random.nextInt(20_000_000)); // a server in trouble gets some rest
        }
      }
    } catch (RuntimeException | Error e) {
      notes.accuse("the client of " + Operation.name(id) + " could not go on: " + e);
      throw e;
    }
  }

  private void awaitRecord() {
    while (leash.isTaut() && !stopping) {
      LockSupport.parkNanos(1_000_000);
    }
  }

  private Outcome step(Kind kind) {
    id++;
    return switch (kind) {
      case PAGE -> page();
      case LINEARIZABLE_SNAPSHOT, CACHED_SNAPSHOT -> snapshot(kind);
      default -> transact(kind);
    };
  }

  private Store hurried() {
    return random.nextInt(HURRIED) == 0
        ? store.within(Duration.ofMillis(1 + random.nextInt(15)))
        : store;
  }

  private Outcome transact(Kind kind) {
    long invoked = System.nanoTime();
    try (Transaction tx = hurried().begin()) {
      Attempt attempt = new Attempt(id, tx);
      Outcome failed = fill(kind, attempt);
      log.begin(id, kind, invoked, attempt.reads(), failed == null ? attempt.writes() : NOTHING);
      return failed == null ? end(attempt::commit) : end(failed, null);
    }
  }

  /** Null when it went well. */
  private Outcome fill(Kind kind, Attempt attempt) {
    try {
      workload.fill(kind, attempt);
      return null;
    } catch (StoreException e) {
      tell(kind + " failed to read", e);
    } catch (RuntimeException e) {
      notes.accuse(Operation.name(id) + " " + kind + " could not be prepared: " + e);
    }
    return Outcome.NOT_SENT;
  }

  private Outcome end(Supplier<Position> commit) {
    try {
      return end(Outcome.COMMITTED, commit.get());
    } catch (StoreException e) {
      Outcome outcome = Outcome.of(e);
      if (outcome != Outcome.CONFLICT) {
        tell(outcome.name(), e);
      }
      return end(outcome, null);
    } catch (RuntimeException e) {
      notes.accuse(Operation.name(id) + " got what no store may throw: " + e);
      return end(Outcome.UNKNOWN, null);
    }
  }

  private Outcome end(Outcome outcome, Position position) {
    if (position != null) {
      leash.met(position.revision().number());
    }
    log.end(
        System.nanoTime(),
        outcome,
        position == null ? 0 : position.revision().number(),
        position == null ? 0 : position.token());
    return outcome;
  }

  /** What no trouble of servers and network explains is an accusation. */
  private void tell(String what, StoreException e) {
    StringBuilder text = new StringBuilder(Operation.name(id) + " " + what + ": " + e);
    for (Throwable cause = e.getCause(); cause != null; cause = cause.getCause()) {
      text.append(" because ").append(cause);
    }
    if (Outcome.of(e).isTrouble()) {
      notes.tell(text.toString());
    } else {
      notes.accuse(text.toString());
    }
  }

  private Outcome page() {
    int from = workload.look();
    int to = Workload.lookBehind(from);
    return look(
        Kind.PAGE,
        () -> {
          Page page = hurried().get(Space.range(from, to));
          return new Look(Attempt.seen(from, to, page), page.position());
        });
  }

  private Outcome snapshot(Kind kind) {
    boolean fresh = kind == Kind.LINEARIZABLE_SNAPSHOT;
    return look(
        kind,
        () -> {
          Freshness freshness = fresh ? Freshness.LINEARIZABLE : Freshness.CACHED;
          Snapshot<Value> now = accounts.snapshot(freshness, Duration.ofSeconds(2));
          check(now);
          return new Look(seen(now), now.position());
        });
  }

  private record Look(Read read, Position position) {}

  private Outcome look(Kind kind, Supplier<Look> looking) {
    long invoked = System.nanoTime();
    try {
      Look look = looking.get();
      log.begin(id, kind, invoked, List.of(look.read()), NOTHING);
      return end(Outcome.COMMITTED, look.position());
    } catch (StoreException e) {
      tell(kind + " failed", e);
    } catch (RuntimeException e) {
      notes.accuse(Operation.name(id) + " " + kind + " got what no store may throw: " + e);
    }
    log.begin(id, kind, invoked, List.of(), NOTHING);
    return end(Outcome.NOT_SENT, null);
  }

  private static Read seen(Snapshot<Value> snapshot) {
    List<Read> entries = new ArrayList<>();
    for (Entry<Value> entry : snapshot.range(Space.ACCOUNT.all())) {
      entries.add(Attempt.seen(Read.Sort.READ, entry.stored()));
    }
    int from = Space.ACCOUNT.number(0);
    return Read.range(from, from + Space.ACCOUNT.size(), entries);
  }

  /** The sum of all accounts is always the same, and a mirror never goes back. */
  private void check(Snapshot<Value> now) {
    long sum = 0;
    for (Entry<Value> entry : now.range(Space.ACCOUNT.all())) {
      sum += entry.value().number();
    }
    if (sum != Workload.BALANCE * Space.ACCOUNT.size()) {
      notes.accuse("the accounts of the mirror's snapshot " + now + " sum up to " + sum);
    }
    long line = accounts.state().timeline();
    if (line == timeline && cached != null && cached.isAfter(now.position())) {
      notes.accuse("the mirror went back from " + cached + " to " + now.position());
    }
    timeline = line;
    cached = now.position();
  }
}
