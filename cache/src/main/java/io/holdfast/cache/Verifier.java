package io.holdfast.cache;

import io.holdfast.store.Deadline;
import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares a mirror with its store, page by page, and mends it.
 *
 * <p>A page is compared with the mirror as of the page's own position, so that no write, however
 * many there are, looks like a difference. One pass at a time.
 */
final class Verifier<V> implements Runnable {
  /** How a pass goes about it: how long to rest after a page. */
  interface Pace {
    void rest(Deadline deadline);
  }

  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);
  static final int PAGE_ENTRIES_MAX = 1000;

  private static final int ATTEMPTS_MAX = 10;
  private static final Duration RETRY_PAUSE = Duration.ofMillis(300);
  private static final Duration PASS_TIME_MAX = Duration.ofHours(6);

  /** While a page is fetched, every snapshot that the mirror passes is kept. */
  private static final Duration FETCH_TIME_MAX = Duration.ofSeconds(30);

  private final Store store;
  private final Layout<V> layout;
  private final Published<V> published;
  private final Alerts alerts;
  private final IndexCheck<V> indexCheck;
  private final boolean repair;
  private final VerifyPace timing;
  private final Runnable doubt;
  private final CountDownLatch stop;
  private final ReentrantLock onePass = new ReentrantLock();

  Verifier(
      Store store,
      Layout<V> layout,
      Published<V> published,
      Alerts alerts,
      boolean repair,
      VerifyPace timing,
      Runnable doubt,
      CountDownLatch stop) {
    this.store = store;
    this.layout = layout;
    this.published = published;
    this.alerts = alerts;
    this.indexCheck = new IndexCheck<>(layout, published, alerts, repair);
    this.repair = repair;
    this.timing = timing;
    this.doubt = doubt;
    this.stop = stop;
  }

  @Override
  public void run() {
    while (!hasToStopWithin(timing.untilNext())) {
      try {
        Verification done = verify(Deadline.after(PASS_TIME_MAX), this::restInBackground);
        timing.passed(done.isClean());
        LOG.debug("verified: {}", done);
      } catch (StoreException.Closed e) {
        return;
      } catch (StoreException.Interrupted e) {
        Thread.interrupted();
      } catch (RuntimeException e) {
        String why = layout.hasSecrets() ? e.getClass().getSimpleName() : e.toString();
        LOG.warn("A verification pass could not be finished: {}", why);
      }
    }
  }

  private boolean hasToStopWithin(Duration pause) {
    try {
      return stop.await(pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      return stop.getCount() == 0;
    }
  }

  private void restInBackground(Deadline deadline) {
    deadline.check("a verification pass");
    if (hasToStopWithin(timing.rest())) {
      throw new StoreException.Closed("the mirror was closed");
    }
  }

  /** One pass without rests. */
  Verification verifyNow(Deadline deadline) {
    return verify(deadline, whole -> whole.check("verification"));
  }

  private Verification verify(Deadline deadline, Pace pace) {
    try {
      if (!onePass.tryLock(deadline.remainingNanos(), TimeUnit.NANOSECONDS)) {
        throw new StoreException.Timeout("another verification pass is under way");
      }
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted before verifying");
    }
    try {
      long begin = System.nanoTime();
      Tally tally = new Tally();
      for (KeyRange range : layout.ranges()) {
        verify(range, tally, deadline, pace);
      }
      indexCheck.run(tally, deadline, pace);
      return tally.result(Duration.ofNanos(System.nanoTime() - begin));
    } finally {
      onePass.unlock();
    }
  }

  private void verify(KeyRange range, Tally tally, Deadline deadline, Pace pace) {
    Optional<KeyRange> rest = Optional.of(range);
    int attempts = 0;
    while (rest.isPresent()) {
      Snapshot<V> newest = published.awaitLoaded(deadline);
      Optional<Page> page = verifyPage(rest.get(), tally, deadline);
      if (page.isPresent()) {
        attempts = 0;
        rest = page.get().rest();
        pace.rest(deadline);
      } else if (++attempts < ATTEMPTS_MAX) {
        doubt.run();
        published.awaitOtherThan(newest, deadline, RETRY_PAUSE);
      } else {
        throw new StoreException.Unavailable(
            "the store's pages are older than what the mirror has seen, or it is being loaded",
            null);
      }
    }
  }

  /** Empty when the page could not be compared, and has to be read again. */
  private Optional<Page> verifyPage(KeyRange range, Tally tally, Deadline deadline) {
    Trail<V> trail = published.beginTrail();
    try {
      Page page = store.within(fetchTime(deadline)).get(range, PAGE_ENTRIES_MAX);
      Optional<Snapshot<V>> then = published.awaitTrail(trail, page.position(), deadline);
      if (then.isEmpty()) {
        return Optional.empty();
      }
      tally.pages++;
      tally.entries += page.entries().size();
      List<Drift> drifts = compare(covered(range, page), page, then.get());
      if (!drifts.isEmpty()) {
        settle(drifts, trail, page, tally);
      }
      return Optional.of(page);
    } finally {
      published.endTrail();
    }
  }

  private static Duration fetchTime(Deadline deadline) {
    Duration rest = deadline.remaining();
    return rest.compareTo(FETCH_TIME_MAX) < 0 ? rest : FETCH_TIME_MAX;
  }

  /** The part of a range that a page is about. */
  private static KeyRange covered(KeyRange range, Page page) {
    Optional<Key> end = page.rest().flatMap(KeyRange::start);
    return end.isEmpty() ? range : KeyRange.of(range.start().orElse(Layout.SMALLEST), end.get());
  }

  private List<Drift> compare(KeyRange covered, Page page, Snapshot<V> mirror) {
    TreeMap<Key, KeyValue> mirrored = new TreeMap<>();
    mirror.forEach(covered, entry -> mirrored.put(entry.key(), entry.stored()));
    Iterator<KeyValue> refused =
        mirror.undecodable().cursor(covered.start().orElse(null), covered.end().orElse(null));
    refused.forEachRemaining(stored -> mirrored.put(stored.key(), stored));
    List<Drift> drifts = new ArrayList<>();
    for (KeyValue stored : page.entries()) {
      KeyValue known = mirrored.remove(stored.key());
      if (!stored.equals(known)) {
        drifts.add(Drift.between(known, stored, layout.isSecret(stored.key())));
      }
    }
    mirrored
        .values()
        .forEach(extra -> drifts.add(Drift.between(extra, null, layout.isSecret(extra.key()))));
    return drifts;
  }

  private void settle(List<Drift> drifts, Trail<V> trail, Page page, Tally tally) {
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

  /** What a pass has found so far. */
  static final class Tally {
    long pages;
    long entries;
    long indexEntries;
    long drifts;
    long repaired;

    Verification result(Duration took) {
      return new Verification(pages, entries, indexEntries, drifts, repaired, took);
    }
  }
}
