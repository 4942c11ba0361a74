package io.holdfast.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.testbed.FaultProxy.Direction;
import io.holdfast.testbed.FaultProxy.Fault;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class FaultProxyTest {
  private static final int ANSWER_MILLIS_MAX = 60_000;
  private static final int SILENCE_MILLIS = 1_000;

  private EchoServer server;
  private FaultProxy proxy;

  @BeforeEach
  void start() throws IOException {
    server = new EchoServer();
    proxy = FaultProxy.to("127.0.0.1", server.port());
  }

  @AfterEach
  void stop() throws IOException {
    proxy.close();
    server.close();
  }

  @Test
  void withoutFaultsBytesAndEndsPass() throws Exception {
    try (Socket socket = connect()) {
      byte[] much = new byte[3_000_000];
      Arrays.fill(much, (byte) 7);
      Thread writer = new Thread(() -> assertDoesNotThrow(() -> write(socket, much)));
      writer.start();
      assertArrayEquals(much, socket.getInputStream().readNBytes(much.length));
      writer.join(ANSWER_MILLIS_MAX);
      socket.shutdownOutput();
      assertEquals(-1, socket.getInputStream().read());
    }
  }

  @Test
  void delayIsLatencyNotALimit() throws Exception {
    proxy.delay(Direction.TO_CLIENT, Duration.ofMillis(100));
    try (Socket socket = connect()) {
      long start = System.nanoTime();
      assertEquals("a", echo(socket, "a"));
      assertTrue(System.nanoTime() - start >= TimeUnit.MILLISECONDS.toNanos(100));
      start = System.nanoTime();
      for (int i = 0; i < 400; i++) {
        write(socket, new byte[1000]);
      }
      socket.getInputStream().readNBytes(400_000);
      assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(20));
    }
  }

  @Test
  void cutIsSeenByTheClientAtOnce() throws Exception {
    try (Socket socket = connect()) {
      assertEquals("a", echo(socket, "a"));
      proxy.strike(Direction.TO_SERVER, Fault.CUT);
      assertThrows(SocketException.class, () -> socket.getInputStream().read());
    }
  }

  @Test
  void theMessageAfterTheCountedOnesIsStruck() throws Exception {
    var struck = proxy.strikeAfterMessages(Direction.TO_SERVER, 2, Fault.CUT);
    try (Socket socket = connect()) {
      assertEquals("a", echo(socket, "a"));
      assertEquals("b", echo(socket, "b"));
      assertFalse(struck.isDone());
      assertThrows(SocketException.class, () -> echo(socket, "c"));
      struck.get(ANSWER_MILLIS_MAX, TimeUnit.MILLISECONDS);
      assertEquals("ab", server.received());
    }
  }

  @Test
  void theBytesBeforeTheCutArrive() throws Exception {
    var struck = proxy.strikeAfterBytes(Direction.TO_SERVER, 3, Fault.SWALLOW);
    try (Socket socket = connect()) {
      write(socket, "abcdef".getBytes(UTF_8));
      struck.get(ANSWER_MILLIS_MAX, TimeUnit.MILLISECONDS);
      assertEquals("abc", new String(socket.getInputStream().readNBytes(3), UTF_8));
      assertSilent(socket, "g");
      assertEquals("abc", server.received());
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"CUT", "HALF_CLOSE"})
  void theBytesBeforeAnEndArrive(Fault fault) throws Exception {
    proxy.delay(Direction.TO_SERVER, Duration.ofMillis(20));
    var struck = proxy.strikeAfterBytes(Direction.TO_SERVER, 3, fault);
    try (Socket socket = connect()) {
      write(socket, "abcdef".getBytes(UTF_8));
      struck.get(ANSWER_MILLIS_MAX, TimeUnit.MILLISECONDS);
      await(() -> assertEquals("abc", server.received()));
    }
  }

  @Test
  void swallowedAnswersDoNotComeLater() throws Exception {
    proxy.strike(Direction.TO_CLIENT, Fault.SWALLOW);
    try (Socket socket = connect()) {
      assertSilent(socket, "a");
      await(() -> assertEquals(1, proxy.messages(Direction.TO_CLIENT)));
      assertEquals("a", server.received());
      proxy.heal();
      assertThrows(SocketException.class, () -> socket.getInputStream().read());
    }
  }

  @Test
  void aBlackholeTakesConnectionsAndGivesBytesBackWhenHealed() throws Exception {
    proxy.blackhole();
    try (Socket socket = connect()) {
      assertSilent(socket, "a");
      assertEquals("", server.received());
      proxy.heal();
      assertEquals("a", new String(socket.getInputStream().readNBytes(1), UTF_8));
      assertEquals("b", echo(socket, "b"));
    }
  }

  @Test
  void aHalfCloseEndsOneDirectionOnly() throws Exception {
    try (Socket socket = connect()) {
      assertEquals("a", echo(socket, "a"));
      proxy.strike(Direction.TO_CLIENT, Fault.HALF_CLOSE);
      assertEquals(-1, socket.getInputStream().read());
      write(socket, "b".getBytes(UTF_8));
      await(() -> assertEquals("ab", server.received()));
    }
  }

  @Test
  void refusedUntilHealed() throws Exception {
    try (Socket before = connect()) {
      assertEquals("a", echo(before, "a"));
      proxy.refuse();
      assertThrows(ConnectException.class, () -> connect().close());
      assertEquals("b", echo(before, "b"));
    }
    proxy.heal();
    try (Socket after = connect()) {
      assertEquals("c", echo(after, "c"));
    }
  }

  @Test
  void nothingIsLeftOfAClosedProxy() throws Exception {
    try (Socket socket = connect()) {
      assertEquals("a", echo(socket, "a"));
      proxy.blackhole();
      write(socket, "b".getBytes(UTF_8));
    }
    proxy.close();
    await(
        () ->
            assertTrue(
                Thread.getAllStackTraces().keySet().stream()
                    .noneMatch(thread -> thread.getName().startsWith("holdfast-testbed-proxy"))));
  }

  @Test
  void aCommitWhoseAnswerIsLostIsAppliedAndOneThatIsHeldIsNot(@WithPostgres Postgres postgres)
      throws Exception {
    Database database = postgres.freshDatabase();
    Sql.run(database, "CREATE TABLE t (a INT)");
    try (FaultProxy faulty = FaultProxy.to(database.host(), database.port())) {
      insertAndLose(faulty, database, Direction.TO_CLIENT);
      assertEquals("1", Sql.one(database, "SELECT count(*) FROM t"));
      insertAndLose(faulty, database, Direction.TO_SERVER);
      assertEquals("1", Sql.one(database, "SELECT count(*) FROM t"));
    }
  }

  private static void insertAndLose(FaultProxy faulty, Database database, Direction direction)
      throws Exception {
    try (Connection connection = faulty.through(database).connect();
        var statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute("INSERT INTO t VALUES (1)");
      var struck = faulty.strikeAfterMessages(direction, 0, Fault.CUT);
      assertThrows(SQLException.class, connection::commit);
      struck.get(ANSWER_MILLIS_MAX, TimeUnit.MILLISECONDS);
    }
  }

  private Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
    socket.setSoTimeout(ANSWER_MILLIS_MAX);
    return socket;
  }

  private static void assertSilent(Socket socket, String text) throws IOException {
    socket.setSoTimeout(SILENCE_MILLIS);
    assertThrows(SocketTimeoutException.class, () -> echo(socket, text));
    socket.setSoTimeout(ANSWER_MILLIS_MAX);
  }

  private static void await(Deadline.Probe probe) throws Exception {
    Deadline.await(probe, Deadline.READY_MAX, () -> true);
  }

  private static void write(Socket socket, byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  private static String echo(Socket socket, String text) throws IOException {
    write(socket, text.getBytes(UTF_8));
    return new String(socket.getInputStream().readNBytes(text.length()), UTF_8);
  }
}
