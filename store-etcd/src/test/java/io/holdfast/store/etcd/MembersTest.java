package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.etcd.jetcd.api.TxnRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
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
