package io.holdfast.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Deadline;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class HeadQueryTest {
  private final ExecutorService readers = Executors.newCachedThreadPool();
  private final Semaphore answers = new Semaphore(0);
  private final AtomicInteger asked = new AtomicInteger();

  @AfterEach
  void endReaders() {
    readers.shutdownNow();
  }

  private Position slowHead(Deadline deadline) {
    int number = asked.incrementAndGet();
    try {
      answers.acquire();
    } catch (InterruptedException e) {
      throw new StoreException.Interrupted("interrupted");
    }
    return Position.of(number, 0);
  }

  private Future<Position> read(HeadQuery query, Duration timeout) {
    return readers.submit(() -> query.ask(Deadline.after(timeout)));
  }

  @Test
  void allWhoCameBeforeAQuestionShareItAndLaterOnesShareTheNext() throws Exception {
    HeadQuery query = new HeadQuery(this::slowHead);
    Future<Position> first = read(query, Words.LONG);
    Words.await("the first question is asked", () -> asked.get() == 1);
    List<Future<Position>> later = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      later.add(read(query, Words.LONG));
    }
    Words.await("all wait", () -> query.gathered() == 20);
    answers.release();
    assertEquals(Position.of(1, 0), first.get());
    answers.release();
    for (Future<Position> one : later) {
      assertEquals(Position.of(2, 0), one.get());
    }
    assertEquals(2, asked.get());
  }

  @Test
  void oneWhoRunsOutOfTimeDoesNotTakeTheOthersAlong() throws Exception {
    Duration haste = Duration.ofMillis(50);
    while (!followsOneInHaste(haste)) {
      haste = haste.multipliedBy(2);
      assertTrue(haste.compareTo(Words.LONG) < 0, "they never came together");
    }
  }

  /**
   * One waits for an answer, one in haste wants to ask next, and a patient one follows that one.
   *
   * @return whether the patient one came in time for that
   */
  private boolean followsOneInHaste(Duration haste) throws Exception {
    asked.set(0);
    HeadQuery query = new HeadQuery(this::slowHead);
    Future<Position> first = read(query, Words.LONG);
    Words.await("the first question is asked", () -> asked.get() == 1);
    Future<Position> hasty = read(query, haste);
    Words.await("the hasty one leads", () -> query.gathered() == 1 || hasty.isDone());
    Future<Position> patient = read(query, Words.LONG);
    Words.await("the patient one waits", () -> query.gathered() == 2 || hasty.isDone());
    boolean together = query.gathered() == 2;
    ExecutionException late = assertThrows(ExecutionException.class, hasty::get);
    assertInstanceOf(StoreException.Timeout.class, late.getCause());
    answers.release(2);
    first.get();
    assertEquals(Position.of(2, 0), patient.get());
    return together;
  }

  @Test
  void storesRefusalIsToldToAllWhoWaited() {
    HeadQuery query =
        new HeadQuery(
            deadline -> {
              throw new StoreException.Unavailable("down", null);
            });
    assertThrows(StoreException.Unavailable.class, () -> query.ask(Deadline.after(Words.LONG)));
    assertThrows(StoreException.Unavailable.class, () -> query.ask(Deadline.after(Words.LONG)));
  }
}
