package io.holdfast.cache;

import io.holdfast.store.Deadline;
import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * Compares pages of a store with one mirror, each as of the page's own position, and mends what
 * differs; so no write, however many there are, looks like a difference.
 *
 * <p>A page may have been read for another mirror. What is not yet compared in this round is
 * remembered, so that nobody reads it twice. Safe for use by many threads.
 */
final class PageCheck<V> {
  /** While a page is waited for, every snapshot that the mirror passes is kept. */
  private static final Duration CATCH_UP_TIME_MAX = Duration.ofSeconds(30);

  private final Layout<V> layout;
  private final Published<V> published;
  private final Alerts alerts;
  private final boolean repair;
  private final Consumer<Position> history;
  private final Duration patience;

  /** Held from {@link #begin} to {@link #end}: a mirror keeps one trail at a time. */
  private final ReentrantLock turn = new ReentrantLock();

  private Trail<V> trail; // null: what it keeps is needed no more
  private volatile List<KeyRange> missing; // written under the turn
  private Tally tally = new Tally();

  /**
   * Has compared nothing yet.
   *
   * @param history takes a position, and throws unless the store says that it is of its history
   */
  PageCheck(
      Layout<V> layout,
      Published<V> published,
      Alerts alerts,
      boolean repair,
      Consumer<Position> history) {
    this(layout, published, alerts, repair, history, CATCH_UP_TIME_MAX);
  }

  /** One that waits for so long for the mirror to reach a page's position. */
  PageCheck(
      Layout<V> layout,
      Published<V> published,
      Alerts alerts,
      boolean repair,
      Consumer<Position> history,
      Duration patience) {
    this.history = history;
    this.patience = patience;
    this.layout = layout;
    this.published = published;
    this.alerts = alerts;
    this.repair = repair;
    this.missing = layout.ranges();
  }

  /** What has to be compared next in this round; empty when all is. */
  Optional<KeyRange> next() {
    return missing.stream().findFirst();
  }

  /** Ends this round, and tells what it has found; another begins. */
  Tally finish(Deadline deadline) {
    lock(turn, deadline);
    try {
      Tally found = tally;
      tally = new Tally();
      missing = layout.ranges();
      return found;
    } finally {
      turn.unlock();
    }
  }

  static void lock(ReentrantLock lock, Deadline deadline) {
    try {
      if (!lock.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
        throw new StoreException.Timeout("waited too long for a turn to verify");
      }
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted while waiting for a turn to verify");
    }
  }

  /** Before a page is read: from now on the mirror keeps what it passes. */
  void begin(Deadline deadline) {
    lock(turn, deadline);
    beginTrail();
  }

  /** The same for a page of another mirror, if it is of use here, and without waiting. */
  boolean tryBegin(KeyRange range) {
    boolean useful =
        published.newest() != null && layout.ranges().stream().anyMatch(range::intersects);
    if (!useful || !turn.tryLock()) {
      return false;
    }
    beginTrail();
    return true;
  }

  private void beginTrail() {
    try {
      trail = published.beginTrail();
    } catch (RuntimeException | Error e) {
      turn.unlock();
      throw e;
    }
  }

  void end() {
    published.endTrail();
    trail = null;
    turn.unlock();
  }

  /**
   * Compares a page that was read since the begin.
   *
   * @param covered what the page is about
   * @return false when the mirror as of the page's position cannot be told any more, or is long in
   *     coming, or the page differs and is not of the store's history
   */
  boolean compare(KeyRange covered, Page page, Deadline deadline) {
    Optional<Snapshot<V>> then = awaitTrail(page.position(), deadline);
    if (then.isEmpty()) {
      return false;
    }
    long entries = tally.entries;
    List<Drift> drifts = differences(covered, page, then.get());
    if (!drifts.isEmpty()) {
      if (!isOfTheHistory(page.position())) {
        tally.entries = entries;
        return false;
      }
      settle(drifts, page);
    }
    tally.pages++;
    missing = Layout.minus(missing, List.of(covered));
    return true;
  }

  /** Empty, too, where it takes long, as for a position that the mirror's history will not have. */
  private Optional<Snapshot<V>> awaitTrail(Position position, Deadline deadline) {
    Duration rest = deadline.remaining();
    boolean isShort = rest.compareTo(patience) < 0;
    try {
      return published.awaitTrail(trail, position, isShort ? deadline : Deadline.after(patience));
    } catch (StoreException.Timeout e) {
      if (isShort) {
        throw e;
      }
      return Optional.empty();
    }
  }

  /** Where the mirror passes over a position, only the store knows which commit stood there. */
  private boolean isOfTheHistory(Position position) {
    try {
      history.accept(position);
      return true;
    } catch (StoreException.TooOld | StoreException.Diverged e) {
      return false;
    }
  }

  private List<Drift> differences(KeyRange covered, Page page, Snapshot<V> mirror) {
    TreeMap<Key, KeyValue> mirrored = new TreeMap<>();
    Iterator<KeyValue> known = new StoredEntries<>(mirror, covered);
    known.forEachRemaining(stored -> mirrored.put(stored.key(), stored));
    List<Drift> drifts = new ArrayList<>();
    for (KeyValue stored : page.entries()) {
      if (layout.mirrors(stored.key())) {
        tally.entries++;
        KeyValue mine = mirrored.remove(stored.key());
        if (!stored.equals(mine)) {
          drifts.add(Drift.between(mine, stored, layout.isSecret(stored.key())));
        }
      }
    }
    mirrored
        .values()
        .forEach(extra -> drifts.add(Drift.between(extra, null, layout.isSecret(extra.key()))));
    return drifts;
  }

  private void settle(List<Drift> drifts, Page page) {
    boolean repaired = false;
    if (repair) {
      TreeMap<Key, Event> stored = new TreeMap<>();
      for (Drift drift : drifts) {
        Key key = drift.key();
        stored.put(key, drift.store().map(Event::put).orElseGet(() -> Event.delete(key)));
      }
      repaired = published.repair(trail, page.position(), List.copyOf(stored.values()));
    }
    for (Drift drift : drifts) {
      tally.drifts++;
      tally.repaired += repaired ? 1 : 0;
      alerts.raise(repaired ? drift.asRepaired() : drift);
    }
  }
}
