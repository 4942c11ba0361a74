package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.etcd.jetcd.api.TxnRequest;
import io.grpc.Status;
import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.WithEtcd;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Members that do not answer as they should, and those who wait for them. */
final class MembersTest {
  private static final TxnRequest QUESTION = Ops.reads(Ops.get(new Layout("/p/").guard()));

  private static EtcdSettings settings(String target) {
    return EtcdSettings.of(StoreConfig.of("etcd://" + target).withPassword("secret"));
  }

  /** Version 3.6 says so by another code than those before. */
  @Test
  void aMemberThatOnlyLearnsYetIsPassedOver(@WithEtcd Etcd etcd) throws Exception {
    for (Status status : List.of(Status.FAILED_PRECONDITION, Status.UNAVAILABLE)) {
      Status refusal = status.withDescription("etcdserver: rpc not supported for learner");
      String prefix = etcd.freshPrefix();
      try (FakeEtcd learner = new FakeEtcd(1, 1).refusing(refusal)) {
        String members = learner.authority() + "," + etcd.endpoint().getAuthority();
        try (Store store = Store.open("etcd://" + members + prefix)) {
          Position put = store.put(Key.of("k"), new byte[1]);
          assertEquals(put, store.status().head());
        }
        try (Members both = new Members(settings(members + prefix))) {
          assertTrue(both.send(QUESTION, Await.PATIENCE).getSucceeded());
        }
      }
    }
  }

  @Test
  void h7whoHasLittleTimeDoesNotWaitForTheTokensOfOthers() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Members members = new Members(settings("app@127.0.0.1:" + silent.getLocalPort() + "/p"))) {
      List<Thread> others =
          IntStream.range(0, 4)
              .mapToObj(i -> new Thread(() -> ask(members, Await.PATIENCE)))
              .toList();
      others.forEach(Thread::start);
      Await.until("questions", () -> others.stream().allMatch(MembersTest::waits));
      long began = System.nanoTime();
      ask(members, Duration.ofMillis(100));
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      others.forEach(Thread::interrupt);
      assertTrue(took.compareTo(Duration.ofSeconds(1)) < 0, "a question of 100 ms took " + took);
    }
  }

  private static boolean waits(Thread thread) {
    Thread.State state = thread.getState();
    return state == Thread.State.TIMED_WAITING || state == Thread.State.BLOCKED;
  }

  private static void ask(Members members, Duration time) {
    assertThrows(StoreException.class, () -> members.read(QUESTION, "ask", Deadline.after(time)));
  }

  @Test
  void h7whoIsInterruptedBeforeACommitLeftIsToldSoAndKeepsTheFlag() throws IOException {
    int port;
    try (ServerSocket closed = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = closed.getLocalPort();
    }
    try (Members members = new Members(settings("127.0.0.1:" + port + "/p"))) {
      Thread.currentThread().interrupt();
      assertThrows(
          StoreException.Interrupted.class, () -> members.send(QUESTION, Duration.ofSeconds(3)));
      assertTrue(Thread.interrupted());
    }
  }
}
