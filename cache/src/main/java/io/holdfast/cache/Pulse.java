package io.holdfast.cache;

import io.holdfast.store.Deadline;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all mirrors of a store in this process have in common besides its watch. It asks the store
 * for its head every second, so that each knows how far behind it is, also when the watch is
 * silent; it asks once for all linearizable readers who wait; and verification shares pages and
 * their rate in it.
 */
final class Pulse implements Runnable {
  /** Who wants to know the head. */
  interface Listener {
    /** The head, and a moment before it was asked for, on this process's monotonic clock. */
    void heard(Position head, long askedNanos);
  }

  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);

  static final Duration INTERVAL = Duration.ofSeconds(1);

  private static final Duration ANSWER_TIME_MAX = Duration.ofSeconds(5);

  /** Who waits longer for the load of another mirror does not wait for it any more. */
  private static final Duration LOAD_TIME_MAX = Duration.ofMinutes(1);

  private static final AtomicInteger NUMBERS = new AtomicInteger();
  private static final Map<Store, Pulse> PULSES = new HashMap<>();

  private final Store store;
  private final HeadQuery headQuery;
  private final VerifyTurns turns = new VerifyTurns(System::nanoTime);
  private final SharedPages pages;
  private final Neighbours neighbours = new Neighbours(LOAD_TIME_MAX);
  private final Set<Listener> listeners = ConcurrentHashMap.newKeySet();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread =
      new Thread(this, "holdfast-mirror-pulse-" + NUMBERS.incrementAndGet());

  private Pulse(Store store) {
    this.store = store;
    headQuery = new HeadQuery(deadline -> store.within(deadline.remaining()).status().head());
    pages = new SharedPages(store);
    thread.setDaemon(true);
  }

  static Pulse join(Store store, Listener listener) {
    synchronized (PULSES) {
      Pulse pulse = PULSES.get(store);
      if (pulse == null) {
        pulse = new Pulse(store);
        pulse.thread.start(); // first: if it cannot be, nobody must rely on it
        PULSES.put(store, pulse);
      }
      pulse.listeners.add(listener);
      return pulse;
    }
  }

  /** The head at some moment between this call's begin and its end. */
  Position head(Deadline deadline) {
    return headQuery.ask(deadline);
  }

  /** The order in which mirrors verify themselves. */
  VerifyTurns turns() {
    return turns;
  }

  /** The pages that are read to verify mirrors. */
  SharedPages pages() {
    return pages;
  }

  /** The mirrors that may be loaded from each other. */
  Neighbours neighbours() {
    return neighbours;
  }

  /** Ends the thread with the last listener, and waits for it no longer than given. */
  static void leave(Store store, Listener listener, Duration patience) {
    Pulse pulse;
    synchronized (PULSES) {
      pulse = PULSES.get(store);
      if (pulse == null || !pulse.listeners.remove(listener) || !pulse.listeners.isEmpty()) {
        return;
      }
      PULSES.remove(store);
    }
    pulse.stop.countDown();
    pulse.thread.interrupt();
    try {
      pulse.thread.join(Math.max(1, patience.toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void run() {
    Store asked = store.within(ANSWER_TIME_MAX);
    do {
      long before = System.nanoTime();
      try {
        Position head = asked.status().head();
        listeners.forEach(listener -> listener.heard(head, before));
      } catch (StoreException e) {
        Thread.interrupted(); // if it is to stop, the latch says so
      } catch (RuntimeException | Error e) {
        Trace.tell(() -> LOG.error("A store could not tell its head, by a defect", e));
      }
    } while (!hasToStop());
  }

  private boolean hasToStop() {
    try {
      return stop.await(INTERVAL.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      return stop.getCount() == 0;
    }
  }
}
