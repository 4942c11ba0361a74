package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.CommitRequest;
import io.holdfast.store.Condition;
import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.Position;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Who goes along with whom, and what each is told, with a writer that waits for the test. */
@Timeout(60)
final class CommitMergerTest {
  private static final int WRITES_MAX = 4;
  private static final int BUSY = 4;
  private static final Duration LONG = Duration.ofSeconds(30);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<List<CommitRequest>> written = Collections.synchronizedList(new ArrayList<>());
  private final Set<Key> refused = new HashSet<>();
  private final Set<Key> broken = new HashSet<>();
  private final Set<Key> defective = new HashSet<>();
  private final Set<Key> tooLarge = new HashSet<>();

  /** Whether the thread of the next write is interrupted before it has sent anything. */
  private final AtomicBoolean interrupts = new AtomicBoolean();

  /** What the first ones wait for; some hold their places until the end of the test. */
  private final CountDownLatch gate = new CountDownLatch(1);

  private final CountDownLatch end = new CountDownLatch(1);
  private final CountDownLatch underWay = new CountDownLatch(BUSY);
  private final AtomicLong revision = new AtomicLong();
  private final CommitMerger merger = new CommitMerger(this::write, WRITES_MAX, 100, 1000);

  @AfterEach
  void end() {
    end.countDown();
    threads.shutdownNow();
  }

  private Optional<Position> write(List<CommitRequest> requests, Deadline deadline) {
    if (interrupts.getAndSet(false)) {
      Thread.currentThread().interrupt();
      throw new StoreException.Interrupted("interrupted before the commit");
    }
    written.add(requests);
    underWay.countDown();
    try {
      (anyWrites(requests, Set.of(key("busy 2"), key("busy 3"), key("busy 4"))) ? end : gate)
          .await();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    if (anyWrites(requests, defective)) {
      throw new AssertionError("a defect");
    }
    if (anyWrites(requests, tooLarge)) {
      throw new StoreException.LimitExceeded("too large");
    }
    if (anyWrites(requests, broken)) {
      throw new StoreException.UnknownOutcome("broken", null);
    }
    return anyWrites(requests, refused)
        ? Optional.empty()
        : Optional.of(Position.of(revision.incrementAndGet(), 1));
  }

  private static boolean anyWrites(List<CommitRequest> requests, Set<Key> keys) {
    return requests.stream()
        .flatMap(request -> request.mutations().stream())
        .anyMatch(write -> keys.contains(write.key()));
  }

  private static Key key(String name) {
    return FootprintTest.request(List.of(), name).mutations().get(0).key();
  }

  private CompletableFuture<Optional<Position>> submit(Duration time, String... keys) {
    CommitRequest request = FootprintTest.request(List.of(), keys);
    return CompletableFuture.supplyAsync(
        () -> merger.submit(request, Deadline.after(time)), threads);
  }

  /** So many are under way and wait; whoever comes now queues. */
  private void occupy() throws InterruptedException {
    var unused = IntStream.rangeClosed(1, BUSY).mapToObj(i -> submit(LONG, "busy " + i)).toList();
    assertTrue(underWay.await(20, TimeUnit.SECONDS));
    assertEquals(BUSY, written.size());
  }

  private CompletableFuture<Optional<Position>> queue(Duration time, String... keys) {
    int before = merger.queued();
    CompletableFuture<Optional<Position>> queued = submit(time, keys);
    Await.until("the queue", () -> merger.queued() == before + 1);
    return queued;
  }

  private static Optional<Position> result(CompletableFuture<Optional<Position>> commit) {
    return commit.orTimeout(20, TimeUnit.SECONDS).join();
  }

  private List<Integer> sizesBehindTheFirst() {
    return written.subList(BUSY, written.size()).stream().map(List::size).sorted().toList();
  }

  @Test
  void whatIsDisjointGoesTogetherAndGetsOnePosition() throws Exception {
    occupy();
    var a = queue(LONG, "a");
    var b = queue(LONG, "b");
    var c = queue(LONG, "c");
    gate.countDown();
    assertTrue(result(a).isPresent());
    assertEquals(result(a), result(b));
    assertEquals(result(a), result(c));
    assertEquals(List.of(3), sizesBehindTheFirst());
  }

  @Test
  void whatWritesTheSameKeyGoesApart() throws Exception {
    occupy();
    var first = queue(LONG, "a");
    var second = queue(LONG, "a");
    gate.countDown();
    assertTrue(!result(first).equals(result(second)));
    assertEquals(List.of(1, 1), sizesBehindTheFirst());
  }

  @Test
  void noMoreGoTogetherThanFit() throws Exception {
    occupy();
    var commits = List.of(queue(LONG, "a", "b"), queue(LONG, "c", "d"), queue(LONG, "e"));
    gate.countDown();
    commits.forEach(commit -> assertTrue(result(commit).isPresent()));
    assertEquals(List.of(1, 2), sizesBehindTheFirst());
  }

  @Test
  void ofARefusedMergerEachIsTriedByItself() throws Exception {
    refused.add(key("b"));
    occupy();
    var a = queue(LONG, "a");
    var b = queue(LONG, "b");
    var c = queue(LONG, "c");
    gate.countDown();
    assertTrue(result(a).isPresent());
    assertTrue(result(b).isEmpty());
    assertTrue(result(c).isPresent());
    assertEquals(List.of(1, 1, 1, 3), sizesBehindTheFirst());
  }

  @Test
  void anUnknownOutcomeIsToldToAllThatWentTogetherAndNobodyIsTriedAgain() throws Exception {
    broken.add(key("b"));
    occupy();
    var commits = List.of(queue(LONG, "a"), queue(LONG, "b"));
    gate.countDown();
    for (var commit : commits) {
      Throwable told = commit.handle((position, e) -> e).orTimeout(20, TimeUnit.SECONDS).join();
      assertInstanceOf(CompletionException.class, told);
      assertInstanceOf(StoreException.UnknownOutcome.class, told.getCause());
    }
    assertEquals(List.of(2), sizesBehindTheFirst());
  }

  @Test
  void anErrorOfTheLeaderIsAnUnknownOutcomeForThoseThatItTookAlong() throws Exception {
    defective.add(key("b"));
    occupy();
    var leader = queue(LONG, "a");
    var taken = queue(LONG, "b");
    gate.countDown();
    Throwable told = taken.handle((position, e) -> e).orTimeout(20, TimeUnit.SECONDS).join();
    assertInstanceOf(StoreException.UnknownOutcome.class, told.getCause());
    told = leader.handle((position, e) -> e).orTimeout(20, TimeUnit.SECONDS).join();
    assertInstanceOf(AssertionError.class, told.getCause());
    assertEquals(List.of(2), sizesBehindTheFirst());
  }

  @Test
  void h7anInterruptOfTheLeaderDoesNotReachThoseThatItTookAlong() throws Exception {
    occupy();
    CompletableFuture<Boolean> flag = new CompletableFuture<>();
    var leader =
        CompletableFuture.supplyAsync(
            () -> {
              var position =
                  merger.submit(FootprintTest.request(List.of(), "a"), Deadline.after(LONG));
              flag.complete(Thread.interrupted());
              return position;
            },
            threads);
    Await.until("the queue", () -> merger.queued() == 1);
    var taken = queue(LONG, "b");
    interrupts.set(true);
    gate.countDown();
    assertTrue(result(taken).isPresent());
    assertEquals(result(taken), result(leader));
    assertTrue(flag.orTimeout(20, TimeUnit.SECONDS).join(), "the interrupt is kept");
  }

  @Test
  void c12whoseTimeIsOverLeavesTheQueueAndIsNeverWritten() throws Exception {
    occupy();
    var late = submit(Duration.ofMillis(50), "late");
    Throwable told = late.handle((position, e) -> e).orTimeout(20, TimeUnit.SECONDS).join();
    assertInstanceOf(StoreException.Timeout.class, told.getCause());
    var next = queue(LONG, "next");
    gate.countDown();
    assertTrue(result(next).isPresent());
    assertTrue(written.stream().noneMatch(batch -> anyWrites(batch, Set.of(key("late")))));
  }

  @Test
  void h7whoIsInterruptedInTheQueueLeavesItWithTheFlagSet() throws Exception {
    occupy();
    List<Object> told = Collections.synchronizedList(new ArrayList<>());
    CommitRequest request = FootprintTest.request(List.of(), "interrupted");
    Thread thread =
        new Thread(
            () -> {
              try {
                told.add(merger.submit(request, Deadline.after(LONG)));
              } catch (StoreException e) {
                told.add(e);
                told.add(Thread.currentThread().isInterrupted());
              }
            });
    thread.start();
    Await.until("the queue", () -> merger.queued() == 1);
    thread.interrupt();
    thread.join();
    assertInstanceOf(StoreException.Interrupted.class, told.get(0));
    assertEquals(true, told.get(1));
    gate.countDown();
    assertTrue(result(submit(LONG, "next")).isPresent());
    assertTrue(written.stream().noneMatch(batch -> batch.contains(request)));
  }

  @Test
  void h7whoHasLittleTimeDoesNotWaitForWhoHasMuch() throws Exception {
    occupy();
    var much = queue(LONG, "a");
    var little = queue(LONG.minusSeconds(20), "b");
    var like = queue(LONG.minusMillis(500), "c");
    gate.countDown();
    assertTrue(result(much).isPresent() && result(little).isPresent());
    assertEquals(result(much), result(like));
    assertEquals(List.of(1, 2), sizesBehindTheFirst());
  }

  @Test
  void c11aLimitOfTheServersIsOnlyToldToWhoIsBeyondIt() throws Exception {
    tooLarge.add(key("b"));
    occupy();
    var a = queue(LONG, "a");
    var b = queue(LONG, "b");
    gate.countDown();
    assertTrue(result(a).isPresent());
    Throwable told = b.handle((position, e) -> e).orTimeout(20, TimeUnit.SECONDS).join();
    assertInstanceOf(StoreException.LimitExceeded.class, told.getCause());
  }

  @Test
  void aDefectWhileOthersAreTakenAlongKeepsNobodyWaiting() throws Exception {
    occupy();
    var leader = queue(LONG, "a");
    var taken = queue(LONG, "b");
    CommitRequest defective =
        FootprintTest.request(List.of(new Condition.RangeEmpty(null)), "defective");
    var last =
        CompletableFuture.supplyAsync(
            () -> merger.submit(defective, Deadline.after(LONG)), threads);
    Await.until("the queue", () -> merger.queued() == 3);
    gate.countDown();
    Throwable told = leader.handle((position, e) -> e).orTimeout(20, TimeUnit.SECONDS).join();
    assertInstanceOf(NullPointerException.class, told.getCause());
    assertTrue(result(taken).isEmpty(), "it was not written");
    assertTrue(result(last).isPresent());
    assertTrue(result(submit(LONG, "next")).isPresent());
  }
}
