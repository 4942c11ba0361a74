package io.holdfast.campaign;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.cache.Entry;
import io.holdfast.cache.Mirror;
import io.holdfast.cache.MirrorState.Phase;
import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.junit.jupiter.api.function.Executable;

/**
 * A server that goes away or refuses its clients for a time, with writers, a reader, a watcher and
 * a mirror that use it all the while, and what each of them was told.
 */
final class Outage implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final int WRITERS = 4;

  private final String secret;
  private final Predicate<StoreException> expected;
  private final Store store;
  private final Position start;
  private final Watch watch;
  private final Mirror<KeyValue> mirror;
  private final AtomicInteger keys = new AtomicInteger();
  private final Map<Key, Position> acknowledged = new ConcurrentHashMap<>();
  private final Map<Key, StoreException> troubles = new ConcurrentHashMap<>();
  private final Map<Key, Position> seen = new ConcurrentHashMap<>();
  private final List<Loop> writers = new ArrayList<>();
  private final Loop reader;
  private final Loop watcher;
  private volatile Throwable defect; // what nobody may be told, and ended a loop

  /** Does one thing again and again; says when that last began to work, or why it does not. */
  private final class Loop implements Runnable {
    private final BooleanSupplier step;
    private final Thread thread = new Thread(this, "outage");
    private volatile long workedNanos;
    private volatile boolean works;
    private volatile StoreException told;
    private volatile boolean over;

    Loop(BooleanSupplier step) {
      this.step = step;
      thread.setDaemon(true);
      thread.start();
    }

    @Override
    public void run() {
      try {
        while (!over) {
          boolean done = isDone();
          workedNanos = done && !works ? System.nanoTime() : workedNanos;
          works = done;
          LockSupport.parkNanos(done ? 0 : 5_000_000);
        }
      } catch (RuntimeException | AssertionError e) {
        defect = e;
      }
    }

    private boolean isDone() {
      try {
        return step.getAsBoolean();
      } catch (StoreException e) {
        told = e;
        return false;
      }
    }

    void awaitTold(String who, Predicate<StoreException> what) {
      try {
        await(who, () -> !works && told != null && what.test(told));
      } catch (AssertionError e) {
        e.addSuppressed(new AssertionError(who + " was told last: " + told, told));
        throw e;
      }
    }

    void end() throws InterruptedException {
      over = true;
      thread.join();
    }
  }

  /**
   * Opens a store and begins to use it.
   *
   * @param secret what nobody may be told
   * @param expected what everybody is told in the end while there is trouble
   */
  Outage(String url, String secret, Predicate<StoreException> expected) {
    this.secret = secret;
    this.expected = expected;
    store = Patience.open(url).within(TIMEOUT);
    start = Patience.head(store);
    watch = Patience.until(() -> store.watch(KeyRange.all(), start));
    mirror = Mirror.of(store, entry -> entry).range(KeyRange.all()).open();
    mirror.awaitReady(PATIENCE);
    for (int i = 0; i < WRITERS; i++) {
      writers.add(new Loop(this::put));
    }
    reader = new Loop(this::read);
    watcher = new Loop(this::follow);
    await("commits", () -> acknowledged.size() > 50);
  }

  private boolean put() {
    Key key = Key.of("outage", keys.incrementAndGet());
    try {
      acknowledged.put(key, store.put(key, new byte[100]));
      return true;
    } catch (StoreException e) {
      troubles.put(key, e);
      throw e;
    }
  }

  private boolean read() {
    return store.get(Key.of("outage", 1)) != null;
  }

  /** A watch that ends instead of waiting is waited for in vain. */
  private boolean follow() {
    watch
        .next(Duration.ofMillis(100))
        .ifPresent(
            batch -> {
              for (Event event : batch.events()) {
                assertEquals(null, seen.put(event.key(), batch.position()));
              }
            });
    return watch.state() == Watch.State.FOLLOWING;
  }

  /** Waits until nothing works, and looks at what everybody is told. */
  void awaitTrouble() {
    awaitRefusedWriters();
    reader.awaitTold("the reader", expected);
    await("the watch", () -> watch.state() == Watch.State.RETRYING);
    await("the mirror", () -> mirror.state().phase() == Phase.STALE);
    assertFalse(mirror.state().why().isEmpty());
    assertFalse(mirror.state().why().contains(secret));
    StoreException told = refusal(store::status);
    assertTrue(expected.test(told), told::toString);
    assertFalse(told.getMessage().contains(secret), told::getMessage);
    assertTrue(mirror.snapshot().range(KeyRange.all()).iterator().hasNext(), "it still answers");
  }

  /** What a call is told; one that had no time to be told what is expected is made again. */
  StoreException refusal(Executable call) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      StoreException told = assertThrows(StoreException.class, call);
      if (expected.test(told) || !isAway(told) || System.nanoTime() > end) {
        return told;
      }
    }
  }

  /** Waits until no writer gets anything done any more. */
  void awaitRefusedWriters() {
    for (Loop writer : writers) {
      writer.awaitTold("a writer", expected);
    }
  }

  /** Everybody but the writers goes on. */
  void assertRead() {
    assertEquals(Patience.head(store), first().position());
    await("the reader", () -> reader.works);
    await("the watch", () -> watcher.works);
    await("the mirror", () -> mirror.state().phase() == Phase.LIVE);
  }

  /** Waits until all is well; returns how long that took whom. */
  String awaitRecovery(long returnedNanos) {
    Position then = mirror.state().position().orElseThrow();
    await("all writers", () -> writers.stream().allMatch(writer -> writer.works));
    await("the reader", () -> reader.works);
    await("the watch", () -> watcher.works);
    await("the mirror", () -> mirror.state().phase() == Phase.LIVE);
    long mirrored = System.nanoTime();
    await("what is new", () -> mirror.state().position().orElseThrow().isAfter(then));
    long last = writers.stream().mapToLong(writer -> writer.workedNanos).max().orElseThrow();
    return "all writers %d ms, reads %d ms, watch %d ms, mirror at most %d ms"
        .formatted(
            millis(returnedNanos, last),
            millis(returnedNanos, reader.workedNanos),
            millis(returnedNanos, watcher.workedNanos),
            millis(returnedNanos, mirrored));
  }

  /** May be below 0: clients can be quicker than who waits for the server's first answer. */
  private static long millis(long from, long to) {
    return (to - from) / 1_000_000;
  }

  /** Lets everybody finish, and holds what they were told against the history. */
  void check() throws InterruptedException {
    for (Loop writer : writers) {
      writer.end();
    }
    reader.end();
    Position head = Patience.head(store);
    await("the mirror to be at the head", () -> mirror.state().position().equals(at(head)));
    await("the watcher to be at the head", () -> seen.containsValue(head));
    watcher.end();
    assertNoDefect();
    acknowledged.forEach((key, position) -> assertEquals(position, seen.get(key), key::toString));
    troubles.forEach(
        (key, told) -> {
          assertFalse(told.getMessage().contains(secret), told::getMessage);
          assertTrue(isTrue(told, seen.containsKey(key)), () -> key + " was told " + told);
        });
    Map<Key, KeyValue> all = stored();
    assertEquals(seen.keySet(), all.keySet());
    Map<Key, KeyValue> mirrored = new HashMap<>();
    for (Entry<KeyValue> entry : mirror.snapshot().range(KeyRange.all())) {
      mirrored.put(entry.value().key(), entry.value());
    }
    assertEquals(all, mirrored);
    assertEquals(1, mirror.state().timeline(), "it was never loaded anew");
  }

  private static Optional<Position> at(Position position) {
    return Optional.of(position);
  }

  private boolean isTrue(StoreException told, boolean isThere) {
    return told instanceof StoreException.UnknownOutcome
        || (!isThere && (isAway(told) || expected.test(told)));
  }

  /** What is told of a server that does not answer. */
  static boolean isAway(StoreException told) {
    return told instanceof StoreException.Unavailable || told instanceof StoreException.Timeout;
  }

  private Page first() {
    return Patience.until(() -> store.get(KeyRange.all()));
  }

  private Map<Key, KeyValue> stored() {
    Map<Key, KeyValue> all = new HashMap<>();
    Optional<KeyRange> rest = Optional.of(KeyRange.all());
    while (rest.isPresent()) {
      KeyRange range = rest.get();
      Page page = Patience.until(() -> store.get(range));
      page.entries().forEach(entry -> all.put(entry.key(), entry));
      rest = page.rest();
    }
    return all;
  }

  /** How often the writers were told what. */
  String told() {
    Map<String, Integer> counts = new TreeMap<>();
    troubles.values().forEach(e -> counts.merge(e.getClass().getSimpleName(), 1, Integer::sum));
    return acknowledged.size() + " commits, " + counts;
  }

  private void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertNoDefect();
      assertTrue(System.nanoTime() < end, () -> "waited in vain for " + what);
      LockSupport.parkNanos(1_000_000);
    }
  }

  private void assertNoDefect() {
    if (defect != null) {
      throw new AssertionError("somebody was told what is no StoreException", defect);
    }
  }

  @Override
  public void close() {
    mirror.close();
    watch.close();
    store.close();
  }
}
