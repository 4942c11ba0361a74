package io.holdfast.store.sql;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Deadline;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
final class CommitQueueTest {
  private static final Duration LONG = Duration.ofSeconds(60);

  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void endThreads() {
    threads.shutdownNow();
  }

  /** Writes what it is told to, one write for each permit. */
  private static class Steered implements CommitQueue.Writer<Integer, String> {
    final List<List<Integer>> written = Collections.synchronizedList(new ArrayList<>());
    final Semaphore entered = new Semaphore(0);
    final Semaphore permits = new Semaphore(0);

    @Override
    public void begin(Deadline deadline) {}

    @Override
    public List<String> write(List<Integer> requests) {
      entered.release();
      permits.acquireUninterruptibly();
      written.add(List.copyOf(requests));
      return requests.stream().map(request -> "wrote " + request).toList();
    }
  }

  private final Steered writer = new Steered();
  private final CommitQueue<Integer, String> queue =
      new CommitQueue<>(writer, request -> request, 100);

  private Future<String> submit(int request, Duration patience) {
    Callable<String> call = () -> queue.submit(request, Deadline.after(patience));
    Future<String> future = threads.submit(call);
    return future;
  }

  /** Submits a request that is taken at once, and returns while it is being written. */
  private void beginWriting(int request) throws InterruptedException {
    Future<String> unused = submit(request, LONG);
    writer.entered.acquire();
  }

  /** Submits, and returns when the request stands in the queue behind {@code queued} others. */
  private Future<String> submitBehind(int queued, int request) throws InterruptedException {
    Future<String> future = submit(request, LONG);
    awaitQueued(queued + 1);
    return future;
  }

  private void awaitQueued(int number) {
    Opened.await(number + " requests in the queue", () -> queue.queued() == number);
  }

  private static StoreException failureOf(Future<?> future) throws Exception {
    try {
      future.get(60, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      return (StoreException) e.getCause();
    } catch (TimeoutException e) {
      throw new AssertionError("nobody came to wake this request", e);
    }
    throw new AssertionError("did not fail");
  }

  @Test
  void requestsThatQueueDuringAWriteAreMergedInOrder() throws Exception {
    Future<String> first = submit(1, LONG);
    writer.entered.acquire();
    Future<String> second = submitBehind(0, 2);
    Future<String> third = submitBehind(1, 3);
    writer.permits.release(2);
    assertEquals("wrote 1", first.get());
    assertEquals("wrote 2", second.get());
    assertEquals("wrote 3", third.get());
    assertEquals(List.of(List.of(1), List.of(2, 3)), writer.written);
  }

  @Test
  void whoLeadsWaitsForThoseWhoWroteBefore() throws Exception {
    AtomicLong clock = new AtomicLong();
    CommitQueue<Integer, String> patient =
        new CommitQueue<>(writer, request -> 1, 100, new Gathering(clock::get, LONG));
    Future<String> first = threads.submit(() -> patient.submit(1, Deadline.after(LONG)));
    writer.entered.acquire();
    Future<String> second = threads.submit(() -> patient.submit(2, Deadline.after(LONG)));
    Opened.await("the second", () -> patient.queued() == 1);
    clock.addAndGet(2 * LONG.toNanos());
    writer.permits.release(2);
    assertEquals("wrote 1", first.get());
    assertFalse(writer.entered.tryAcquire(50, TimeUnit.MILLISECONDS), "it waits for the first");
    assertEquals("wrote 3", patient.submit(3, Deadline.after(LONG)));
    assertEquals("wrote 2", second.get());
    assertEquals(List.of(List.of(1), List.of(2, 3)), writer.written);
  }

  @Test
  void whoLeadsWritesAloneWhenNobodyComes() throws Exception {
    Future<String> first = submit(1, LONG);
    writer.entered.acquire();
    Future<String> second = submitBehind(0, 2);
    writer.permits.release(2);
    assertEquals("wrote 1", first.get());
    assertEquals("wrote 2", second.get());
    assertEquals(List.of(List.of(1), List.of(2)), writer.written);
  }

  @Test
  void aHeavyRequestGoesAlone() throws Exception {
    beginWriting(1);
    Future<String> light = submitBehind(0, 60);
    Future<String> heavy = submitBehind(1, 1000);
    Future<String> last = submitBehind(2, 50);
    writer.permits.release(4);
    assertEquals("wrote 60", light.get());
    assertEquals("wrote 1000", heavy.get());
    assertEquals("wrote 50", last.get());
    assertEquals(List.of(List.of(1), List.of(60), List.of(1000), List.of(50)), writer.written);
  }

  /** The leader takes a request in the very moment in which its thread wants to leave. */
  @Test
  void c12whoIsTakenWhileLeavingIsToldWhatBecameOfTheRequest() throws Exception {
    CompletableFuture<Thread> leaving = new CompletableFuture<>();
    AtomicBoolean once = new AtomicBoolean();
    ToLongFunction<Integer> weight =
        request -> {
          if (request == 2 && once.compareAndSet(false, true)) {
            Thread thread = leaving.join();
            thread.interrupt();
            // It cannot leave yet: whoever weighs holds the lock.
            Opened.await("a leaver", () -> thread.getState() == Thread.State.WAITING);
          }
          return request;
        };
    CommitQueue<Integer, String> watched = new CommitQueue<>(writer, weight, 100);
    Deadline deadline = Deadline.after(LONG);
    Future<String> first = threads.submit(() -> watched.submit(1, deadline));
    writer.entered.acquire();
    Future<String> leader = threads.submit(() -> watched.submit(3, deadline));
    Opened.await("the leader", () -> watched.queued() == 1);
    Future<String> taken =
        threads.submit(
            () -> {
              leaving.complete(Thread.currentThread());
              return watched.submit(2, deadline);
            });
    Opened.await("the other", () -> watched.queued() == 2);
    writer.permits.release(2);
    assertEquals("wrote 1", first.get());
    assertEquals("wrote 3", leader.get());
    assertEquals("wrote 2", taken.get());
  }

  @Test
  void c12aRequestWhoseTimeEndsInTheQueueIsNeverWritten() throws Exception {
    beginWriting(1);
    Future<String> hasty = submit(2, Duration.ofMillis(20));
    assertTrue(failureOf(hasty) instanceof StoreException.Timeout);
    Future<String> patient = submitBehind(0, 3);
    writer.permits.release(2);
    assertEquals("wrote 3", patient.get());
    assertEquals(List.of(List.of(1), List.of(3)), writer.written);
  }

  @Test
  void c12aRequestThatIsInterruptedInTheQueueIsNeverWritten() throws Exception {
    beginWriting(1);
    Thread[] thread = new Thread[1];
    Future<String> disturbed =
        threads.submit(
            () -> {
              thread[0] = Thread.currentThread();
              return queue.submit(2, Deadline.after(LONG));
            });
    awaitQueued(1);
    thread[0].interrupt();
    assertTrue(failureOf(disturbed) instanceof StoreException.Interrupted);
    writer.permits.release(2);
    assertEquals("wrote 3", queue.submit(3, Deadline.after(LONG)));
    assertEquals(List.of(List.of(1), List.of(3)), writer.written);
  }

  @Test
  void c12aRequestThatIsTakenWaitsForTheTruth() throws Exception {
    Future<String> first = submit(1, LONG);
    writer.entered.acquire();
    Future<String> leader = submitBehind(0, 2);
    Thread[] thread = new Thread[1];
    Future<Boolean> taken =
        threads.submit(
            () -> {
              thread[0] = Thread.currentThread();
              assertEquals("wrote 3", queue.submit(3, Deadline.after(LONG)));
              return Thread.interrupted();
            });
    awaitQueued(2);
    writer.permits.release();
    writer.entered.acquire();
    thread[0].interrupt();
    assertThrows(TimeoutException.class, () -> taken.get(20, TimeUnit.MILLISECONDS));
    writer.permits.release();
    assertTrue(taken.get(60, TimeUnit.SECONDS), "the interrupt is kept for later");
    assertEquals("wrote 1", first.get());
    assertEquals("wrote 2", leader.get());
    assertEquals(List.of(List.of(1), List.of(2, 3)), writer.written);
  }

  @Test
  void whoeverCannotBeginHandsTheLeadOver() throws Exception {
    AtomicInteger attempts = new AtomicInteger();
    Semaphore beginning = new Semaphore(0);
    Semaphore goOn = new Semaphore(0);
    CommitQueue<Integer, String> failing =
        new CommitQueue<>(
            new CommitQueue.Writer<>() {
              @Override
              public void begin(Deadline deadline) {
                beginning.release();
                goOn.acquireUninterruptibly();
                if (attempts.incrementAndGet() == 1) {
                  throw new StoreException.Unavailable("not now", null);
                }
              }

              @Override
              public List<String> write(List<Integer> requests) {
                return requests.stream().map(String::valueOf).toList();
              }
            },
            request -> 1,
            100);
    Future<String> leader = threads.submit(() -> failing.submit(1, Deadline.after(LONG)));
    beginning.acquire();
    Future<String> follower = threads.submit(() -> failing.submit(2, Deadline.after(LONG)));
    goOn.release(2);
    assertTrue(failureOf(leader) instanceof StoreException.Unavailable);
    assertEquals("2", follower.get(60, TimeUnit.SECONDS));
  }

  @Test
  void whoeverFailsWhileTakingOthersAlongHandsTheLeadOver() throws Exception {
    AtomicBoolean once = new AtomicBoolean();
    ToLongFunction<Integer> weight =
        request -> {
          if (request == 3 && once.compareAndSet(false, true)) {
            throw new OutOfMemoryError("the test said so");
          }
          return request;
        };
    CommitQueue<Integer, String> failing = new CommitQueue<>(writer, weight, 100);
    Deadline deadline = Deadline.after(LONG);
    Future<String> first = threads.submit(() -> failing.submit(1, deadline));
    writer.entered.acquire();
    Future<String> leader = threads.submit(() -> failing.submit(2, deadline));
    Opened.await("the leader", () -> failing.queued() == 1);
    Future<String> other = threads.submit(() -> failing.submit(3, deadline));
    Opened.await("the other", () -> failing.queued() == 2);
    writer.permits.release(3);
    assertEquals("wrote 1", first.get());
    ExecutionException e = assertThrows(ExecutionException.class, leader::get);
    assertTrue(e.getCause() instanceof OutOfMemoryError);
    assertEquals("wrote 3", other.get(10, TimeUnit.SECONDS));
    assertEquals(List.of(List.of(1), List.of(), List.of(3)), writer.written);
  }

  @Test
  void h5closeSendsHomeThoseWhoQueueAndWaitsForThoseBeingWritten() throws Exception {
    Future<String> written = submit(1, LONG);
    writer.entered.acquire();
    Future<String> waiting = submitBehind(0, 2);
    Future<?> closing = threads.submit(queue::close);
    assertTrue(failureOf(waiting) instanceof StoreException.Closed);
    assertThrows(TimeoutException.class, () -> closing.get(20, TimeUnit.MILLISECONDS));
    writer.permits.release();
    closing.get(60, TimeUnit.SECONDS);
    assertEquals("wrote 1", written.get());
    assertThrows(StoreException.Closed.class, () -> queue.submit(3, Deadline.after(LONG)));
    assertEquals(List.of(List.of(1)), writer.written);
  }

  /** Writes at once, begins slowly or not at all, and remembers what it wrote. */
  private static final class Moody implements CommitQueue.Writer<Integer, String> {
    private final SplittableRandom random = new SplittableRandom(7);
    private final AtomicInteger inside = new AtomicInteger();
    final List<Integer> written = Collections.synchronizedList(new ArrayList<>());

    @Override
    public void begin(Deadline deadline) {
      assertEquals(1, inside.incrementAndGet(), "one leader at a time");
      if (random.nextInt(4) == 0) {
        inside.decrementAndGet();
        throw new StoreException.Unavailable("not now", null);
      }
    }

    @Override
    public List<String> write(List<Integer> requests) {
      if (random.nextInt(8) == 0) {
        inside.decrementAndGet();
        throw new StoreException.Unavailable("all of these failed", null);
      }
      written.addAll(requests);
      inside.decrementAndGet();
      return requests.stream().map(String::valueOf).toList();
    }
  }

  @Test
  void underStressEveryRequestIsWrittenOnceOrFailsAndNobodyIsForgotten() throws Exception {
    Moody moody = new Moody();
    CommitQueue<Integer, String> stressed = new CommitQueue<>(moody, request -> 1, 5);
    Set<Integer> acknowledged = Collections.synchronizedSet(new HashSet<>());
    AtomicInteger failed = new AtomicInteger();
    List<Future<?>> running = new ArrayList<>();
    int each = 5000;
    for (int t = 0; t < 12; t++) {
      int from = t * each;
      running.add(
          threads.submit(
              () -> {
                SplittableRandom random = new SplittableRandom(from);
                for (int i = from; i < from + each; i++) {
                  if (random.nextInt(10) == 0) {
                    Thread.currentThread().interrupt();
                  }
                  Duration patience = Duration.ofNanos(random.nextInt(200_000));
                  try {
                    assertEquals("" + i, stressed.submit(i, Deadline.after(patience)));
                    acknowledged.add(i);
                  } catch (StoreException e) {
                    failed.incrementAndGet();
                  }
                  Thread.interrupted();
                }
              }));
    }
    for (Future<?> thread : running) {
      thread.get(100, TimeUnit.SECONDS);
    }
    Set<Integer> once = new HashSet<>(moody.written);
    assertEquals(moody.written.size(), once.size(), "nothing is written twice");
    assertEquals(acknowledged, once, "written and acknowledged are the same");
    assertEquals(12 * each, acknowledged.size() + failed.get());
    assertTrue(acknowledged.size() > 1000, "some got through: " + acknowledged.size());
    stressed.close();
  }
}
