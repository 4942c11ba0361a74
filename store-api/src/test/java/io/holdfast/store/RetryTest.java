package io.holdfast.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("C4")
final class RetryTest {
  private static final Key A = Key.of("a");
  private static final Key B = Key.of("b");

  /** Longer than any machine that has much else to do holds a thread up. */
  private static final Duration LONG = Duration.ofSeconds(60);

  private final String url = "memory:retry-" + UUID.randomUUID() + "?timeout=10m";
  private final Store store = Store.open(url);
  private final Store other = Store.open(url);
  private final AtomicInteger runs = new AtomicInteger();

  @AfterEach
  void close() {
    store.close();
    other.close();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  @Test
  void aConflictRunsTheBodyAgain() {
    Committed<Integer> done =
        store.compute(
            tx -> {
              tx.get(A);
              if (runs.incrementAndGet() < 4) {
                other.put(A, bytes("" + runs));
              }
              tx.put(B, bytes("done"));
              return runs.get();
            });
    assertEquals(4, done.value());
    assertEquals(store.status().head(), done.position());
    assertEquals(4, done.position().revision().number(), "three puts of others, one commit");
  }

  @Test
  void conflictsThatDoNotEndAreToldWhenTimeIsUp() {
    Duration time = Duration.ofSeconds(1);
    while (!isToldOfConflicts(time)) {
      time = time.multipliedBy(2);
      assertTrue(time.compareTo(LONG) < 0, "only timeouts, however long it takes");
    }
  }

  /**
   * Runs into conflicts until that time is up.
   *
   * @return false when the machine held the last attempt up until then, or all but the first
   */
  private boolean isToldOfConflicts(Duration time) {
    runs.set(0);
    long start = System.nanoTime();
    AtomicLong endOfBody = new AtomicLong(start);
    AtomicLong begin = new AtomicLong(); // not after that of the last attempt
    StoreException told =
        assertThrows(
            StoreException.class,
            () ->
                store
                    .within(time)
                    .transact(
                        tx -> {
                          begin.set(endOfBody.get());
                          tx.get(A);
                          runs.incrementAndGet();
                          other.put(A, bytes("v"));
                          tx.put(B, bytes("never"));
                          endOfBody.set(System.nanoTime());
                        }));
    long end = System.nanoTime();
    assertTrue(end - start < LONG.toNanos(), "it gave up late");
    assertTrue(store.get(B).isEmpty());
    if (told instanceof StoreException.Conflict) {
      return runs.get() > 1;
    }
    assertInstanceOf(StoreException.Timeout.class, told);
    boolean hadItsTime = end - begin.get() >= time.toNanos() / 11;
    assertTrue(hadItsTime, "an attempt begins with a tenth of the time left");
    return false;
  }

  @Test
  void anAttemptThatTheStoreDoesNotAnswerInTimeIsATimeout() {
    Duration time = Duration.ofSeconds(1);
    while (!isTimeoutOfSecondAttempt(time)) {
      time = time.multipliedBy(2);
      assertTrue(time.compareTo(LONG) < 0, "no second attempt, however long it takes");
    }
  }

  /**
   * Runs into one conflict, and then into the end of that time.
   *
   * @return false when the machine held the first attempt up for so long that it was the last
   */
  private boolean isTimeoutOfSecondAttempt(Duration time) {
    runs.set(0);
    StoreException told =
        assertThrows(
            StoreException.class,
            () ->
                store
                    .within(time)
                    .transact(
                        tx -> {
                          Deadline slow = Deadline.after(time);
                          tx.get(A);
                          if (runs.incrementAndGet() == 1) {
                            other.put(A, bytes("v"));
                          } else {
                            while (!slow.hasPassed()) {
                              LockSupport.parkNanos(slow.remainingNanos());
                            }
                          }
                          tx.put(B, bytes("never"));
                        }));
    assertTrue(store.get(B).isEmpty());
    if (runs.get() < 2) {
      return false;
    }
    assertEquals(2, runs.get());
    assertInstanceOf(StoreException.Timeout.class, told);
    return true;
  }

  @Test
  void aBodyThatThrowsAfterATornReadRunsAgain() {
    store.put(Map.of(A, bytes("1"), B, bytes("1")));
    store.transact(
        tx -> {
          String a = new String(tx.get(A).orElseThrow().value(), UTF_8);
          if (runs.incrementAndGet() == 1) {
            other.put(Map.of(A, bytes("2"), B, bytes("2")));
          }
          String b = new String(tx.get(B).orElseThrow().value(), UTF_8);
          if (!a.equals(b)) {
            throw new IllegalStateException("a is " + a + ", b is " + b);
          }
        });
    assertEquals(2, runs.get());
  }

  @Test
  void aBodyThatThrowsForARealReasonRunsOnce() {
    store.put(A, bytes("1"));
    RuntimeException reason = new IllegalStateException("no stock");
    RuntimeException thrown =
        assertThrows(
            IllegalStateException.class,
            () ->
                store.transact(
                    tx -> {
                      runs.incrementAndGet();
                      tx.get(A);
                      tx.put(B, bytes("never"));
                      throw reason;
                    }));
    assertSame(reason, thrown);
    assertEquals(1, runs.get());
    assertTrue(store.get(B).isEmpty());
  }

  @Test
  void aBodyThatEndsItsTransactionAndThrowsIsNotRunAgain() {
    RuntimeException reason = new IllegalStateException("after the abort");
    RuntimeException thrown =
        assertThrows(
            IllegalStateException.class,
            () ->
                store.transact(
                    tx -> {
                      runs.incrementAndGet();
                      tx.abort();
                      throw reason;
                    }));
    assertSame(reason, thrown);
    assertEquals(1, runs.get());
  }

  @Test
  @Tag("C12")
  void anInterruptionEndsTheRetries() {
    assertThrows(
        StoreException.Interrupted.class,
        () ->
            store.transact(
                tx -> {
                  tx.get(A);
                  other.put(A, bytes("v"));
                  tx.put(B, bytes("never"));
                  Thread.currentThread().interrupt();
                }));
    assertTrue(Thread.interrupted(), "the flag is set again");
    assertTrue(store.get(B).isEmpty());
  }
}
