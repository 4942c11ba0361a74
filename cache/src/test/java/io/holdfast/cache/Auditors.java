package io.holdfast.cache;

import static io.holdfast.cache.Words.LONG;

import io.holdfast.store.Key;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Who looks at a {@link Bank} through its mirror all the time, each in a way of its own, and notes
 * what is wrong: sums that do not hold, anything that goes back, and errors. Only who asks the
 * store may be refused, and only while the store is away.
 */
final class Auditors implements AutoCloseable {
  private static final List<Long> WHOLE = List.of(Bank.SUM, Bank.SUM);

  /** On a machine with much else to do a statement now and then takes longer than 3 s. */
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  private static final long PAUSE_NANOS = 100_000;

  /** Other processes have to start for money to be moved. */
  private static final Duration STARTS_WITHIN = Duration.ofMinutes(2);

  final AtomicLong cached = new AtomicLong();
  final AtomicLong linearizable = new AtomicLong();
  final AtomicLong single = new AtomicLong();
  final AtomicLong commits = new AtomicLong();
  final AtomicLong refused = new AtomicLong();

  /** Whether the store may be away, and whoever asks it may be told so. */
  private volatile boolean storeIsAway;

  /** How often it may have been away so far. */
  private final AtomicInteger absences = new AtomicInteger();

  private final Mirror<Long> mirror;
  private final int accounts;
  private final Queue<String> faults;
  private final AtomicBoolean stop = new AtomicBoolean();
  private final List<Thread> threads = new ArrayList<>();

  Auditors(Mirror<Long> mirror, int accounts, Queue<String> faults) {
    this.mirror = mirror;
    this.accounts = accounts;
    this.faults = faults;
    mirror.awaitReady(LONG);
    start("cached", this::readCached);
    start("linearizable", this::readLinearizable);
    start("single", this::readSingle);
    Subscription<Long> changes = mirror.subscribe(Bank.ACCOUNTS);
    start("subscriber", () -> follow(changes));
  }

  private void start(String name, Runnable body) {
    Thread thread = new Thread(() -> guard(body), "auditor-" + name);
    threads.add(thread);
    thread.start();
  }

  private void guard(Runnable body) {
    try {
      body.run();
    } catch (RuntimeException e) {
      faults.add(Thread.currentThread().getName() + " ended with " + e);
    }
  }

  private boolean goesOn() {
    LockSupport.parkNanos(PAUSE_NANOS);
    return !stop.get();
  }

  private void readCached() {
    Snapshot<Long> last = mirror.snapshot();
    while (goesOn()) {
      Snapshot<Long> now = mirror.snapshot(Freshness.CACHED, Duration.ZERO);
      check(last, now);
      cached.incrementAndGet();
      last = now;
    }
  }

  private void readLinearizable() {
    Snapshot<Long> last = mirror.snapshot();
    while (goesOn()) {
      int absencesBefore = absences.get();
      boolean excused = storeIsAway;
      try {
        Snapshot<Long> now = mirror.snapshot(Freshness.LINEARIZABLE, PATIENCE);
        check(last, now);
        linearizable.incrementAndGet();
        last = now;
      } catch (StoreException.Unavailable | StoreException.Timeout e) {
        refused.incrementAndGet();
        excused = excused || storeIsAway || absences.get() > absencesBefore;
        if (!excused) {
          faults.add(Instant.now() + ": refused though the store is there: " + e);
        }
      }
    }
  }

  private void check(Snapshot<Long> last, Snapshot<Long> now) {
    List<Long> sums = Bank.sums(now);
    if (!sums.equals(WHOLE) || last.position().isAfter(now.position())) {
      faults.add(last.position() + " and then " + now.position() + ": " + sums);
    }
  }

  /** The newest value of one account, whose last write never becomes an older one. */
  private void readSingle() {
    Random random = new Random(11);
    long[] last = new long[accounts];
    while (goesOn()) {
      int account = random.nextInt(accounts);
      Optional<Entry<Long>> now = mirror.get(Bank.key(account));
      long modified = now.map(entry -> entry.modified().number()).orElse(last[account]);
      if (modified < last[account]) {
        faults.add(account + " went from " + last[account] + " to " + modified);
      }
      last[account] = modified;
      single.incrementAndGet();
    }
  }

  /** Plays the changes over again: each commit moves money, none makes or takes any. */
  private void follow(Subscription<Long> changes) {
    try (changes) {
      Map<Key, Long> balances = balances(changes.start());
      Position last = changes.start().position();
      Optional<Changes<Long>> next = Optional.empty();
      while (goesOn() || next.isPresent()) {
        next = changes.next(Duration.ofMillis(20));
        if (next.isPresent()) {
          Changes<Long> step = next.get();
          if (!step.position().isAfter(last)) {
            faults.add("a step to " + step.position() + " after " + last);
          }
          last = step.position();
          if (step.kind() == Changes.Kind.RESYNC) {
            balances = balances(step.snapshot());
          } else {
            play(step, balances);
            commits.incrementAndGet();
          }
        }
      }
      if (!balances.equals(balances(mirror.snapshot()))) {
        faults.add("the changes do not lead to what the mirror shows");
      }
    }
  }

  private void play(Changes<Long> step, Map<Key, Long> balances) {
    long made = 0;
    for (Change<Long> change : step.changes()) {
      Long before = change.before().map(Entry::value).orElse(null);
      Long after = change.after().map(Entry::value).orElse(null);
      Long known =
          after == null ? balances.remove(change.key()) : balances.put(change.key(), after);
      if (before == null ? known != null : !before.equals(known)) {
        faults.add(step.position() + ": " + change + ", but " + known + " was before");
      }
      made += (after == null ? 0 : after) - (before == null ? 0 : before);
    }
    if (made != 0 || step.kind() != Changes.Kind.COMMIT) {
      faults.add(step.position() + " is a " + step.kind() + " that makes " + made);
    }
  }

  private static Map<Key, Long> balances(Snapshot<Long> snapshot) {
    Map<Key, Long> balances = new HashMap<>();
    snapshot.forEach(Bank.ACCOUNTS, entry -> balances.put(entry.key(), entry.value()));
    return balances;
  }

  /** From now on the store may be away. */
  void expectAbsence() {
    storeIsAway = true;
    absences.incrementAndGet();
  }

  /** From now on it is there. */
  void expectAnswers() {
    storeIsAway = false;
  }

  /** Money goes on being moved, and the mirror shows it. */
  void awaitCommits(long more) {
    long before = commits.get();
    Words.await("commits", STARTS_WITHIN, () -> commits.get() >= before + more);
  }

  /** Readers of what is in memory go on, whatever becomes of the store. */
  void awaitCachedReads(long more) {
    long before = cached.get();
    long beforeSingle = single.get();
    Words.await(
        "cached reads", () -> cached.get() >= before + more && single.get() >= beforeSingle + more);
  }

  /** Whether the mirror follows the store, which answers whoever asks it. */
  boolean isLive() {
    if (mirror.state().phase() != MirrorState.Phase.LIVE) {
      return false;
    }
    try {
      return mirror.snapshot(Freshness.LINEARIZABLE, PATIENCE) != null;
    } catch (StoreException.Unavailable | StoreException.Timeout e) {
      return false;
    }
  }

  /** All look once more at what there is now that nobody writes, and end. */
  @Override
  public void close() {
    stop.set(true);
    for (Thread thread : threads) {
      try {
        thread.join(LONG.toMillis());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (thread.isAlive()) {
        faults.add(thread.getName() + " does not end");
      }
    }
  }
}
