package io.holdfast.cache;

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

/**
 * Asks a store for its head every second, for all mirrors of it in this process: so each knows how
 * far behind it is, also when its watch is silent.
 */
final class Pulse implements Runnable {
  /** Who wants to know the head. */
  interface Listener {
    /** The head, and a moment before it was asked for, on this process's monotonic clock. */
    void heard(Position head, long askedNanos);
  }

  static final Duration INTERVAL = Duration.ofSeconds(1);

  private static final Duration ANSWER_TIME_MAX = Duration.ofSeconds(5);
  private static final AtomicInteger NUMBERS = new AtomicInteger();
  private static final Map<Store, Pulse> PULSES = new HashMap<>();

  private final Store store;
  private final Set<Listener> listeners = ConcurrentHashMap.newKeySet();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread thread =
      new Thread(this, "holdfast-mirror-pulse-" + NUMBERS.incrementAndGet());

  private Pulse(Store store) {
    this.store = store;
    thread.setDaemon(true);
  }

  static void join(Store store, Listener listener) {
    synchronized (PULSES) {
      Pulse pulse = PULSES.get(store);
      if (pulse == null) {
        pulse = new Pulse(store);
        PULSES.put(store, pulse);
        pulse.thread.start();
      }
      pulse.listeners.add(listener);
    }
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
