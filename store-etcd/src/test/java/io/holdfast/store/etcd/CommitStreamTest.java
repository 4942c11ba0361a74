package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.etcd.jetcd.api.WatchResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.holdfast.store.Deadline;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whatever a watch of etcd does, the commits come in order and none is lost: rules W1, W3, W8. */
final class CommitStreamTest {
  private static final int COMMITS = 40;

  private final List<AutoCloseable> open = new ArrayList<>();

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable one : open) {
      one.close();
    }
  }

  private FakeEtcd fake(int eventsOfEach) {
    FakeEtcd fake = new FakeEtcd(COMMITS, eventsOfEach);
    open.add(fake);
    return fake;
  }

  private CommitStream stream(FakeEtcd fake, long from) {
    Keyspace keyspace = Keyspace.of(EtcdSettings.of(StoreConfig.of(fake.url())));
    CommitStream stream = new CommitStream(keyspace, FakeEtcd.position(from), guard -> {});
    open.add(0, stream);
    open.add(1, keyspace.members());
    return stream;
  }

  private static List<Commit> read(CommitStream stream, int commits) {
    List<Commit> read = new ArrayList<>();
    long start = System.nanoTime();
    while (read.size() < commits && System.nanoTime() - start < Await.PATIENCE.toNanos()) {
      stream.next(Deadline.after(Duration.ofSeconds(1))).ifPresent(read::add);
    }
    return read;
  }

  private static void assertWhole(List<Commit> commits, long from, int events) {
    assertEquals(
        LongStream.rangeClosed(from + 1, COMMITS).boxed().toList(),
        commits.stream().map(commit -> commit.guard().revision()).toList());
    for (Commit commit : commits) {
      assertEquals(FakeEtcd.position(commit.guard().revision() - 1), commit.previous());
      assertEquals(events, commit.events().size(), "events of " + commit.guard());
    }
  }

  @Test
  void aBreakBeforeTheFirstEventResumesWhereItWasOpened() {
    FakeEtcd fake = fake(1).thenEnd(0, Status.UNAVAILABLE.withDescription("transport is closing"));
    assertWhole(read(stream(fake, 10), COMMITS - 10), 10, 1);
    assertEquals(List.of(11L, 11L), fake.starts());
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {"PERMISSION_DENIED", "UNAUTHENTICATED"},
      mode = EnumSource.Mode.EXCLUDE)
  void everyEndInTheMiddleResumesBehindTheLastCommit(Status.Code code) {
    FakeEtcd fake = fake(2).thenEnd(5, code.toStatus());
    assertWhole(read(stream(fake, 10), COMMITS - 10), 10, 2);
    assertEquals(2, fake.starts().size(), "calls");
    assertTrue(fake.starts().get(1) <= 16, "resumed at " + fake.starts());
  }

  @Test
  void aMissingRightIsWaitedForToo() {
    FakeEtcd fake = fake(1).thenEnd(0, Status.PERMISSION_DENIED).thenEnd(0, Status.UNAUTHENTICATED);
    CommitStream stream = stream(fake, 10);
    assertWhole(read(stream, COMMITS - 10), 10, 1);
  }

  @Test
  void aLostLeaderIsAnEndLikeAnyOther() {
    Status noLeader = Status.UNAVAILABLE.withDescription("etcdserver: no leader");
    FakeEtcd fake = fake(1).thenEnd(3, noLeader).thenEnd(4, noLeader).thenEnd(0, noLeader);
    assertWhole(read(stream(fake, 0 + 1), COMMITS - 1), 1, 1);
  }

  @Test
  void fragmentsOfOneMessageArePutTogether() {
    for (int eventsMax = 1; eventsMax < 8; eventsMax++) {
      int size = eventsMax;
      FakeEtcd fake =
          fake(3).then((all, client) -> FakeEtcd.fragments(all, size).forEach(client::onNext));
      assertWhole(read(stream(fake, 10), COMMITS - 10), 10, 3);
      assertEquals(1, fake.starts().size(), "calls");
    }
  }

  @Test
  void aBreakInTheMiddleOfFragmentsDeliversNoHalfCommit() {
    for (int fragments = 0; fragments < 9; fragments++) {
      int sent = fragments;
      FakeEtcd fake =
          fake(3)
              .then(
                  (all, client) -> {
                    FakeEtcd.fragments(all, 3).stream().limit(sent).forEach(client::onNext);
                    client.onError(Status.INTERNAL.asRuntimeException());
                  });
      assertWhole(read(stream(fake, 10), COMMITS - 10), 10, 3);
    }
  }

  @Test
  void whatIsDeliveredTwiceIsTakenOnce() {
    FakeEtcd fake =
        fake(1)
            .then(
                (all, client) -> {
                  for (WatchResponse message : all) {
                    client.onNext(message);
                    client.onNext(message);
                  }
                });
    assertWhole(read(stream(fake, 10), COMMITS - 10), 10, 1);
  }

  @Test
  void aCommitThatIsMissingIsFetched() {
    FakeEtcd fake = fake(1).then((all, client) -> all.stream().skip(3).forEach(client::onNext));
    assertWhole(read(stream(fake, 10), COMMITS - 10), 10, 1);
    assertEquals(List.of(11L, 11L), fake.starts());
  }

  @Test
  void aServerThatKeepsMissingACommitIsDiverged() {
    FakeEtcd fake = fake(1);
    for (int i = 0; i < 5; i++) {
      fake.then((all, client) -> all.stream().skip(3).forEach(client::onNext));
    }
    assertThrows(StoreException.Diverged.class, () -> read(stream(fake, 10), 1));
  }

  @Test
  void aPositionOfAnotherHistoryIsDiverged() {
    FakeEtcd fake = fake(1);
    fake.fork(20);
    assertThrows(StoreException.Diverged.class, () -> read(stream(fake, 30), 1));
    assertThrows(StoreException.Diverged.class, () -> read(stream(fake, 21), 1));
    fake.commit();
    assertEquals(2, read(stream(fake, 20), 2).size());
  }

  @Test
  void aRestoreBetweenTheOpeningOfTheWatchAndTheFirstEventIsDiverged() {
    FakeEtcd fake = fake(1);
    fake.beforeCreated(() -> fake.fork(20)); // later, a question may have been answered already
    assertThrows(StoreException.Diverged.class, () -> read(stream(fake, 30), 1));
  }

  @Test
  void aRestoreWhileTheWatchIsBrokenIsDiverged() {
    FakeEtcd fake = fake(1);
    fake.then(
        (all, client) -> {
          all.stream().limit(5).forEach(client::onNext);
          fake.fork(12);
          client.onError(Status.UNAVAILABLE.asRuntimeException());
        });
    CommitStream stream = stream(fake, 10);
    assertThrows(StoreException.Diverged.class, () -> read(stream, COMMITS));
  }

  /** An event that nobody can take stands for a lack of memory. */
  private static List<WatchResponse> withDefect(List<WatchResponse> messages, int which) {
    List<WatchResponse> all = new ArrayList<>(messages);
    WatchResponse.Builder message = all.get(which).toBuilder();
    message.getEventsBuilder(0).getKvBuilder().setModRevision(-1);
    all.set(which, message.build());
    return all;
  }

  @Test
  void aDefectOfOneWatchIsItsOwn() {
    FakeEtcd fake = fake(1).then((all, client) -> withDefect(all, 5).forEach(client::onNext));
    Keyspace keyspace = Keyspace.of(EtcdSettings.of(StoreConfig.of(fake.url())));
    open.add(0, keyspace.members());
    Watches watches = new Watches(keyspace, new CommitWriter(keyspace));
    open.add(0, watches);
    Watch one = watches.open(List.of(KeyRange.all()), FakeEtcd.position(10));
    Watch other = watches.open(List.of(KeyRange.all()), FakeEtcd.position(10));
    Position last = FakeEtcd.position(COMMITS);
    assertThrows(IllegalArgumentException.class, () -> Await.commits(one, last));
    assertEquals(COMMITS - 10, Await.commits(other, last).size());
    assertEquals(last, Await.commits(one, last).get(COMMITS - 16));
  }

  @Test
  void whoIsInterruptedWhileAnEndIsLookedAtGoesOnAfterwards() {
    AtomicReference<StreamObserver<WatchResponse>> server = new AtomicReference<>();
    FakeEtcd fake =
        fake(1)
            .then(
                (all, client) -> {
                  all.forEach(client::onNext);
                  server.set(client);
                });
    CommitStream stream = stream(fake, 10);
    assertWhole(read(stream, COMMITS - 10), 10, 1);
    fake.beforeAnswer(Thread.currentThread()::interrupt);
    server
        .get()
        .onNext(WatchResponse.newBuilder().setCanceled(true).setCompactRevision(COMMITS).build());
    assertThrows(
        StoreException.Interrupted.class, () -> stream.next(Deadline.after(Await.PATIENCE)));
    assertTrue(Thread.interrupted());
    fake.commit();
    assertEquals(1, read(stream, 1).size());
  }
}
