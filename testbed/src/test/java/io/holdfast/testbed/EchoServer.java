package io.holdfast.testbed;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;

/** Answers every byte with the same byte and remembers them all. */
final class EchoServer implements AutoCloseable {
  private final ServerSocket listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  private final ByteArrayOutputStream received = new ByteArrayOutputStream();

  EchoServer() throws IOException {
    daemon(this::accept);
  }

  int port() {
    return listener.getLocalPort();
  }

  String received() {
    return received.toString(UTF_8);
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }

  private void accept() throws IOException {
    while (true) {
      Socket socket = listener.accept();
      daemon(() -> echo(socket));
    }
  }

  private void echo(Socket socket) throws IOException {
    try (socket) {
      byte[] buffer = new byte[10_000];
      int length;
      while ((length = socket.getInputStream().read(buffer)) >= 0) {
        received.write(buffer, 0, length);
        socket.getOutputStream().write(buffer, 0, length);
      }
    }
  }

  private static void daemon(Work work) {
    Thread thread = new Thread(() -> run(work), "echo");
    thread.setDaemon(true);
    thread.start();
  }

  private static void run(Work work) {
    try {
      work.run();
    } catch (IOException e) {
      // The test has closed the server or cut the connection.
      return;
    }
  }

  private interface Work {
    void run() throws IOException;
  }
}
