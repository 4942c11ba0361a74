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
import java.util.function.Consumer;
import java.util.function.Predicate;
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

  /** Tries with more and more time, until the machine does not hold up what it is about. */
  private static void tryWithMoreTime(Predicate<Duration> attempt) {
    Duration time = Duration.ofSeconds(1);
    while (!attempt.test(time)) {
      time = time.multipliedBy(2);
      assertTrue(time.compareTo(LONG) < 0, "not with however much time");
    }
  }

  /** What is told of a body, run within that time, that never comes to be committed. */
  private StoreException toldWithin(Duration time, Consumer<Transaction> body) {
    runs.set(0);
    StoreException told =
        assertThrows(
            StoreException.class,
            () ->
                store
                    .within(time)
                    .transact(
                        tx -> {
                          tx.put(B, bytes("never"));
                          body.accept(tx);
                        }));
    assertTrue(store.get(B).isEmpty());
    return told;
  }

  @Test
  void conflictsThatDoNotEndAreToldWhenTimeIsUp() {
    tryWithMoreTime(this::isToldOfConflicts);
  }

  /** False when the machine held the last attempt up until the end, or all but the first. */
  private boolean isToldOfConflicts(Duration time) {
    long start = System.nanoTime();
    AtomicLong endOfBody = new AtomicLong(start);
    AtomicLong begin = new AtomicLong(start); // not after that of the last attempt
    StoreException told =
        toldWithin(
            time,
            tx -> {
              begin.set(endOfBody.get());
              tx.get(A);
              runs.incrementAndGet();
              other.put(A, bytes("v"));
              endOfBody.set(System.nanoTime());
            });
    long end = System.nanoTime();
    assertTrue(end - start < LONG.toNanos(), "it gave up late");
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
    tryWithMoreTime(this::isTimeoutOfSecondAttempt);
  }

  /** False when the machine held the first attempt up for so long that it was the last. */
  private boolean isTimeoutOfSecondAttempt(Duration time) {
    StoreException told =
        toldWithin(
            time,
            tx -> {
              tx.get(A);
              if (runs.incrementAndGet() == 1) {
                other.put(A, bytes("v"));
                return;
              }
              Deadline slow = Deadline.after(time);
              while (!slow.hasPassed()) {
                LockSupport.parkNanos(slow.remainingNanos());
              }
            });
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
