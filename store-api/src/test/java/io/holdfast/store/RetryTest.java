package io.holdfast.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("C4")
final class RetryTest {
  private static final Key A = Key.of("a");
  private static final Key B = Key.of("b");

  private final String url = "memory:retry-" + UUID.randomUUID();
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
    Store brief = store.within(Duration.ofSeconds(2));
    long start = System.nanoTime();
    assertThrows(
        StoreException.Conflict.class,
        () ->
            brief.transact(
                tx -> {
                  tx.get(A);
                  runs.incrementAndGet();
                  other.put(A, bytes("v"));
                  tx.put(B, bytes("never"));
                }));
    assertTrue(runs.get() > 1, "runs of the body: " + runs);
    assertTrue(System.nanoTime() - start < Duration.ofSeconds(10).toNanos(), "it gave up late");
    assertTrue(store.get(B).isEmpty());
  }

  @Test
  void anAttemptThatTheStoreDoesNotAnswerInTimeIsATimeout() {
    Store brief = store.within(Duration.ofSeconds(1));
    assertThrows(
        StoreException.Timeout.class,
        () ->
            brief.transact(
                tx -> {
                  tx.get(A);
                  if (runs.incrementAndGet() == 1) {
                    other.put(A, bytes("v"));
                  } else {
                    Deadline slow = Deadline.after(Duration.ofMillis(1100));
                    while (!slow.hasPassed()) {
                      LockSupport.parkNanos(slow.remainingNanos());
                    }
                  }
                  tx.put(B, bytes("never"));
                }));
    assertEquals(2, runs.get());
    assertTrue(store.get(B).isEmpty());
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
