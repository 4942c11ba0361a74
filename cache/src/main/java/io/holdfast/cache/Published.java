package io.holdfast.cache;

import io.holdfast.cache.MirrorState.FileUse;
import io.holdfast.cache.MirrorState.Phase;
import io.holdfast.store.Deadline;
import io.holdfast.store.Event;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a mirror shows to its readers: the newest snapshot, and how it is doing.
 *
 * <p>Readers take the snapshot with one volatile read. Whoever changes it (commits, repairs,
 * reloads) does so under one lock, so each step follows the one before; who waits for a position is
 * woken when it is reached.
 */
final class Published<V> {
  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);

  private final Updater<V> updater;
  private final Alerts alerts;
  private final Consumer<MirrorState> listener;
  private final InstantSource clock;
  private final LagBound bound; // what is LIVE, and what reads get unless they say otherwise
  private final LagMeter meter = new LagMeter(System::nanoTime);
  private final ReentrantLock lock = new ReentrantLock();
  private final Waits waits = new Waits(lock);
  private final Set<Subscription<V>> subscriptions = ConcurrentHashMap.newKeySet();
  private final PassedPositions passed = new PassedPositions();

  private volatile Snapshot<V> newest; // null before the first load, and after the end
  private volatile Phase phase = Phase.LOADING;
  private Instant since;
  private String why = "";
  private long timeline;
  private long divergences;
  private FileUse file = FileUse.NONE;
  private boolean condemned;
  private boolean closed;
  private Trail<V> trail;
  private final Queue<MirrorState> untold = new ArrayDeque<>(); // of which the listener is to hear
  private boolean telling; // some thread does
  private final Waking waking = new Waking(System::nanoTime);

  Published(
      Updater<V> updater,
      Alerts alerts,
      Consumer<MirrorState> listener,
      InstantSource clock,
      LagBound bound) {
    this.updater = updater;
    this.alerts = alerts;
    this.listener = listener;
    this.clock = clock;
    this.bound = bound;
    this.since = clock.instant();
  }

  /** The newest snapshot, or null before the first and after the end. */
  Snapshot<V> newest() {
    return newest;
  }

  /** The newest snapshot, if all is well with it: the mirror follows the store, and is not away. */
  Optional<Snapshot<?>> followed() {
    lock.lock();
    try {
      boolean follows = !condemned && (phase == Phase.LIVE || phase == Phase.BEHIND);
      return follows ? Optional.ofNullable(newest) : Optional.empty();
    } finally {
      lock.unlock();
    }
  }

  /** What a reload need not hold twice: the entry as the mirror has it already, if it is equal. */
  KeyValue known(KeyValue loaded) {
    Snapshot<V> shown = newest;
    Entry<V> entry = shown == null ? null : shown.find(loaded.key());
    KeyValue mine = entry == null ? null : entry.stored();
    return loaded.equals(mine) ? mine : loaded;
  }

  /**
   * Begins a timeline with what was just loaded.
   *
   * @param loaded in ascending key order
   * @param askedNanos a moment before the load; what was acknowledged until then is in it
   */
  void start(Position position, List<KeyValue> loaded, long askedNanos) {
    if (newest == null) {
      start(updater.load(position, loaded), askedNanos);
      return;
    }
    for (boolean started = false; !started; ) {
      Snapshot<V> shown = newest; // null only if it is being closed
      List<Event> changes = shown == null ? List.of() : Reload.changes(shown, loaded);
      started = tryStart(shown, null, position, updater.decode(changes), askedNanos);
    }
    tell();
  }

  /** Begins the first timeline. */
  void start(Snapshot<V> first, long askedNanos) {
    if (!tryStart(null, first, first.position(), List.of(), askedNanos)) {
      throw new IllegalStateException("the mirror has begun already");
    }
    tell();
  }

  /** Not done if a repair came in between. */
  private boolean tryStart(
      Snapshot<V> shown,
      Snapshot<V> first,
      Position position,
      List<Updater.Decoded<V>> changes,
      long askedNanos) {
    lock.lock();
    try {
      checkOpen();
      if (newest != shown) {
        return false;
      }
      if (newest != null && !condemned) {
        Reload.checkNotBehind(position, newest.position());
      }
      Snapshot<V> loaded = shown == null ? first : updater.reload(shown, position, changes);
      timeline++;
      condemned = false;
      passed.clear();
      passed.add(position);
      newest = loaded;
      if (trail != null) {
        trail.end();
      }
      subscriptions.forEach(subscription -> subscription.resync(loaded));
      meter.restart(position.revision().number(), askedNanos);
      enter(Phase.LIVE, "");
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * Applies the next commit.
   *
   * @throws StoreException.Diverged when it does not follow the last one
   */
  void advance(WatchBatch batch) {
    List<Updater.Decoded<V>> decoded = updater.decode(batch.events());
    change(
        () -> {
          Position shown = newest.position();
          if (!batch.previous().equals(shown)) {
            throw new StoreException.Diverged(
                "a batch follows " + batch.previous() + ", the mirror is at " + shown);
          }
          Updater.Step<V> step = updater.apply(newest, batch.position(), decoded);
          publish(Changes.Kind.COMMIT, step, batch.events());
          if (waking.isDueAfterStep()) {
            wakeSubscribers();
          }
        });
  }

  /** How long to wait for the next commit before {@link #rest} is called; at most so long. */
  Duration untilRest(Duration most) {
    lock.lock();
    try {
      return waking.untilDue(most);
    } finally {
      lock.unlock();
    }
  }

  /** No further commit is at hand: who subscribes is told of those that there were. */
  void rest() {
    locked(
        () -> {
          if (waking.isOwed()) {
            wakeSubscribers();
          }
        });
  }

  private void wakeSubscribers() {
    waking.begin();
    subscriptions.forEach(Subscription::wake);
    waking.end();
  }

  private void publish(Changes.Kind kind, Updater.Step<V> step, List<Event> events) {
    newest = step.after();
    passed.add(newest.position());
    meter.reached(newest.position().revision().number());
    if (trail != null) {
      trail.add(step.after(), events);
    }
    Changes<V> told = new Changes<>(kind, step.changes(), step.after());
    subscriptions.forEach(subscription -> subscription.offer(told));
    waits.wake();
  }

  /** The mirror is to be loaded anew, and serves what it has meanwhile. */
  void reloading(String reason, boolean diverged) {
    change(
        () -> {
          if (diverged) {
            divergences++;
            condemned = true;
          }
          enter(newest == null ? Phase.LOADING : Phase.STALE, reason);
        });
    tell();
  }

  /** Whether the store answers or, if not, the mirror may fall behind without knowing it. */
  void answers(boolean answering) {
    Phase now = !answering ? Phase.STALE : bound.allows(meter.lag()) ? Phase.LIVE : Phase.BEHIND;
    if (phase != now) {
      String reason = answering ? "farther behind than " + bound : "the store does not answer";
      change(() -> enter(now, now == Phase.LIVE ? "" : reason));
      tell();
    }
  }

  /** The head of the store, and a moment before it was asked for; who follows may not get on. */
  void heard(Position head, long askedNanos) {
    meter.heard(head, askedNanos);
    locked(
        () -> {
          waits.wake();
          if (phase == Phase.LIVE && !bound.allows(meter.lag())) {
            enter(Phase.BEHIND, "farther behind than " + bound);
          }
        });
    tell();
  }

  /** A snapshot that is within a bound, or what the bound says that reads get instead. */
  Snapshot<V> within(LagBound asked, Deadline deadline) {
    Snapshot<V> shown = awaitLoaded(deadline);
    Lag lag = meter.lag();
    if (asked.allows(lag)) {
      return shown;
    }
    return switch (asked.beyond()) {
      case SERVE -> shown.marked(lag);
      case WAIT ->
          await(deadline, "the mirror to be within " + asked, () -> asked.allows(meter.lag()));
      case FAIL ->
          throw new StoreException.Unavailable(
              "the mirror is " + lag + " behind, farther than " + asked, null);
    };
  }

  /** What became of the file that the first load may begin with. */
  void file(FileUse use) {
    change(() -> file = use);
  }

  private void enter(Phase entered, String reason) {
    if (phase != entered) {
      since = clock.instant();
    }
    phase = entered;
    why = reason;
    untold.add(state());
    waits.wake();
  }

  MirrorState state() {
    lock.lock();
    try {
      Position position = newest == null ? null : newest.position();
      return new MirrorState(
          phase, since, why, position, timeline, divergences, alerts.count(), meter.lag(), file);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Tells the listener, outside of the lock, since it is foreign code; and in order, by one thread
   * at a time, since two would tell of the end before what came last.
   */
  private void tell() {
    MirrorState next = nextToTell(false);
    while (next != null) {
      try {
        listener.accept(next);
      } catch (RuntimeException | Error e) {
        Trace.tell(() -> LOG.error("The state listener of a mirror failed", e));
      }
      next = nextToTell(true);
    }
  }

  /** Null if there is nothing more to tell, or another thread is telling, and goes on with it. */
  private MirrorState nextToTell(boolean mine) {
    lock.lock();
    try {
      if (telling && !mine) {
        return null;
      }
      MirrorState next = untold.poll();
      telling = next != null;
      return next;
    } finally {
      lock.unlock();
    }
  }

  /** The newest snapshot as soon as there is one. */
  Snapshot<V> awaitLoaded(Deadline deadline) {
    return await(deadline, "the first load", () -> newest != null);
  }

  /**
   * The newest snapshot as soon as it includes a position.
   *
   * @throws StoreException.Diverged when the mirror came by another token at that revision
   */
  Snapshot<V> awaitReached(Position least, Deadline deadline) {
    lock.lock(); // what was passed is of the timeline of the snapshot that is given
    try {
      Snapshot<V> reached =
          await(
              deadline,
              "the mirror to reach " + least,
              () -> newest != null && !condemned && !least.isAfter(newest.position()));
      if (passed.contradicts(least)) {
        throw new StoreException.Diverged(
            least + " was asked for, but the mirror came by another commit of that revision");
      }
      return reached;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until another snapshot is the newest, though no longer than a pause. */
  void awaitOtherThan(Snapshot<V> known, Deadline deadline, Duration pause) {
    Deadline end = Deadline.after(pause);
    await(deadline, "the mirror to be checked", () -> newest != known || end.hasPassed(), end);
  }

  private Snapshot<V> await(Deadline deadline, String what, BooleanSupplier reached) {
    return await(deadline, what, reached, deadline);
  }

  private Snapshot<V> await(
      Deadline deadline, String what, BooleanSupplier reached, Deadline look) {
    lock.lock();
    try {
      if (!waits.await(() -> closed || reached.getAsBoolean(), look, deadline)) {
        throw new StoreException.Timeout("waited too long for " + what + ": " + state());
      }
      checkOpen();
      return newest;
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted while waiting for " + what);
    } finally {
      lock.unlock();
    }
  }

  /** Subscribes from the newest snapshot on, of which there must be one. */
  Subscription<V> subscribe(KeyRange range) {
    lock.lock();
    try {
      checkOpen();
      Subscription<V> subscription = new Subscription<>(range, newest, subscriptions::remove);
      subscriptions.add(subscription);
      return subscription;
    } finally {
      lock.unlock();
    }
  }

  /** Keeps every snapshot from now on, until {@link #endTrail}; for one thread at a time. */
  Trail<V> beginTrail() {
    change(() -> trail = new Trail<>(newest));
    return trail;
  }

  void endTrail() {
    locked(() -> trail = null);
  }

  /**
   * The mirror as of a position, once it has got there. Empty when it can no longer be told: the
   * mirror was loaded anew meanwhile, or the position is from before the trail.
   */
  Optional<Snapshot<V>> awaitTrail(Trail<V> kept, Position position, Deadline deadline) {
    await(
        deadline,
        "the mirror to reach a page's " + position,
        () -> kept.hasEnded() || kept.hasReached(position));
    lock.lock();
    try {
      return kept.at(position);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Adopts what the store had at a position, except for keys that newer commits have written.
   *
   * @param stored in ascending key order
   * @return whether the mirror is right now; not if it was loaded anew meanwhile
   */
  boolean repair(Trail<V> kept, Position position, List<Event> stored) {
    List<Updater.Decoded<V>> decoded = new ArrayList<>(updater.decode(stored));
    change(
        () -> {
          if (!kept.hasEnded()) {
            decoded.removeIf(one -> kept.touchedAfter(position, one.event().key()));
            mend(updater.apply(newest, newest.position(), decoded));
          }
        });
    return !kept.hasEnded();
  }

  /** Puts another snapshot in the place of the newest: to mend what is in memory, and for tests. */
  void mend(Function<Snapshot<V>, Updater.Step<V>> making) {
    change(() -> mend(making.apply(newest)));
  }

  private void mend(Updater.Step<V> step) {
    publish(Changes.Kind.REPAIR, step, List.of());
    wakeSubscribers();
  }

  /** Looks at the newest snapshot while nothing changes. */
  void inspect(Consumer<Snapshot<V>> look) {
    change(() -> look.accept(newest));
  }

  /** From here on all calls and waits say closed, and why, if nobody asked for it. Idempotent. */
  void close(String reason) {
    lock.lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      newest = null;
      enter(Phase.CLOSED, reason);
      subscriptions.forEach(Subscription::end);
      subscriptions.clear();
    } finally {
      lock.unlock();
    }
    tell();
  }

  private void change(Runnable change) {
    locked(
        () -> {
          checkOpen();
          change.run();
        });
  }

  private void locked(Runnable action) {
    lock.lock();
    try {
      action.run();
    } finally {
      lock.unlock();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new StoreException.Closed("the mirror was closed" + (why.isEmpty() ? "" : ": " + why));
    }
  }
}
