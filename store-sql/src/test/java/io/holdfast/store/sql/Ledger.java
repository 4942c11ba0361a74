package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Writers in bad weather, and what each of their commits was answered. Afterwards it is held
 * against the history: what was acknowledged is there once, what was refused is nowhere, and what
 * was called unknown is there once or not at all. May be written by many threads.
 */
final class Ledger {
  private static final int VALUE_BYTES = 50_000;

  private final Store store;
  private final Position start;
  private final AtomicInteger keys = new AtomicInteger();
  private final Map<Key, Position> acknowledged = new ConcurrentHashMap<>();
  private final Map<Key, StoreException> troubles = new ConcurrentHashMap<>();
  private final AtomicLong longestNanos = new AtomicLong();
  private volatile boolean over;

  Ledger(Store store) {
    this.store = store;
    start = store.status().head();
  }

  /** Starts threads that put new keys until {@link #stop}. */
  List<Thread> write(int threads) {
    over = false;
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      Thread writer = new Thread(this::putUntilOver, "ledger-" + i);
      writer.setDaemon(true);
      writer.start();
      writers.add(writer);
    }
    return writers;
  }

  private void putUntilOver() {
    while (!over) {
      put();
    }
  }

  /** Puts one new key; true if that was acknowledged. */
  boolean put() {
    int number = keys.incrementAndGet();
    Key key = Key.of("fill", number);
    long began = System.nanoTime();
    try {
      acknowledged.put(key, store.put(key, noise(number)));
      return true;
    } catch (StoreException e) {
      troubles.put(key, e);
      return false;
    } finally {
      longestNanos.accumulateAndGet(System.nanoTime() - began, Math::max);
    }
  }

  /** Nothing that a server could compress. */
  private static byte[] noise(int seed) {
    byte[] bytes = new byte[VALUE_BYTES];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  void stop(List<Thread> writers) throws InterruptedException {
    over = true;
    for (Thread writer : writers) {
      writer.join();
    }
  }

  int acknowledged() {
    return acknowledged.size();
  }

  /** The longest that a put has taken. */
  Duration longest() {
    return Duration.ofNanos(longestNanos.get());
  }

  List<StoreException> troubles() {
    return List.copyOf(troubles.values());
  }

  /** Reads the whole history and holds it against what the writers were told. */
  void check(Store reader, String secret) {
    for (StoreException trouble : troubles()) {
      assertFalse(trouble.getMessage().contains(secret), trouble.getMessage());
    }
    Map<Key, Position> found = history(reader);
    acknowledged.forEach((key, position) -> assertEquals(position, found.get(key), key::toString));
    troubles.forEach(
        (key, told) ->
            assertTrue(
                told instanceof StoreException.UnknownOutcome || !found.containsKey(key),
                () -> key + " is there at " + found.get(key) + " though it was told: " + told));
    assertEquals(found.size(), reader.count(KeyRange.all()));
  }

  private Map<Key, Position> history(Store reader) {
    Map<Key, Position> found = new HashMap<>();
    Position head = reader.status().head();
    Position at = start;
    try (Watch watch = reader.watch(KeyRange.all(), start)) {
      while (head.isAfter(at)) {
        Optional<WatchBatch> batch = watch.next(Duration.ofSeconds(20));
        assertTrue(batch.isPresent(), "the watch stands at " + at + ", the head is " + head);
        at = batch.get().position();
        for (Event event : batch.get().events()) {
          assertEquals(null, found.put(event.key(), at), () -> event.key() + " is there twice");
        }
      }
    }
    return found;
  }
}
