package io.holdfast.testbed;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;

/**
 * A TCP proxy on 127.0.0.1 that harms connections to one server.
 *
 * <p>Faults strike all connections at once ({@link #strike}), or the one connection that comes to a
 * certain point ({@link #strikeAfterMessages}, {@link #strikeAfterBytes}). A message is all that
 * flows one way until something flows the other way, so with a database each statement is one
 * message to the server and each answer one to the client. {@link #heal} ends all faults.
 *
 * <pre>{@code
 * proxy.strikeAfterMessages(Direction.TO_CLIENT, 0, Fault.SWALLOW);
 * connection.commit(); // is applied, but the answer never comes
 * }</pre>
 *
 * <p>All methods may be called from any thread.
 */
public final class FaultProxy implements AutoCloseable {

  /** Where bytes flow. */
  public enum Direction {
    TO_SERVER,
    TO_CLIENT
  }

  /** What happens to the bytes that flow in one direction. */
  public enum Fault {
    /** Both sides of the connection are reset. */
    CUT,
    /** The receiver sees the end of the stream; what else is sent is lost. */
    HALF_CLOSE,
    /** What is sent is lost; the connection stays open. */
    SWALLOW,
    /** What is sent waits until {@link #heal}, like in a network that fell apart. */
    HOLD
  }

  private volatile IntPredicate refused = FaultProxy::isNobody;
  private final InetSocketAddress target;
  private final int port = Scratch.port();
  private final Map<Direction, Flow> flows = new EnumMap<>(Direction.class);
  private final Set<ProxiedConnection> connections = ConcurrentHashMap.newKeySet();
  private ServerSocket listener;
  private Thread acceptor;

  private FaultProxy(String host, int port) {
    target = new InetSocketAddress(host, port);
    for (Direction direction : Direction.values()) {
      flows.put(direction, new Flow());
    }
  }

  /** Starts a proxy for a server. */
  public static FaultProxy to(String host, int port) {
    FaultProxy proxy = new FaultProxy(host, port);
    proxy.listen();
    return proxy;
  }

  /** Where clients connect. */
  public int port() {
    return port;
  }

  /** The same database, reached through this proxy. */
  public Database through(Database database) {
    return database.at("127.0.0.1", port);
  }

  /** How many messages have begun to flow in one direction, on all connections together. */
  public long messages(Direction direction) {
    return flows.get(direction).messages();
  }

  /** Adds latency to one direction; it does not limit the throughput. */
  public void delay(Direction direction, Duration latency) {
    flows.get(direction).delay(latency);
  }

  /** Does this to all connections now; {@code SWALLOW} and {@code HOLD} also to later ones. */
  public void strike(Direction direction, Fault fault) {
    if (fault == Fault.SWALLOW || fault == Fault.HOLD) {
      flows.get(direction).stand(fault);
    } else {
      connections.forEach(connection -> connection.suffer(direction, fault));
    }
  }

  /** Holds everything back in both directions; connections can be opened and stay silent. */
  public void blackhole() {
    strike(Direction.TO_SERVER, Fault.HOLD);
    strike(Direction.TO_CLIENT, Fault.HOLD);
  }

  /** Lets some messages pass and does this to the connection that then begins another. */
  public CompletableFuture<Void> strikeAfterMessages(
      Direction direction, int messages, Fault fault) {
    return flows.get(direction).arm(messages, true, fault);
  }

  /** Lets some bytes pass and does this to the connection that sent the last of them. */
  public CompletableFuture<Void> strikeAfterBytes(Direction direction, int bytes, Fault fault) {
    return flows.get(direction).arm(bytes, false, fault);
  }

  /** Refuses new connections, as if no server ran; the others stay. */
  public synchronized void refuse() {
    try {
      listener.close();
      // The kernel listens until nobody waits for a connection.
      acceptor.join();
    } catch (IOException e) {
      throw new TestbedException("proxy: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Cuts the connections of some clients and lets none of them through until {@link #heal}.
   *
   * @param clients tells them by their ports on this machine
   */
  void cutOff(IntPredicate clients) {
    refused = clients;
    connections.forEach(this::cutIfRefused);
  }

  private static boolean isNobody(int port) {
    return port < 0;
  }

  private void cutIfRefused(ProxiedConnection connection) {
    if (refused.test(connection.clientPort())) {
      connection.cut();
    }
  }

  /** Ends all faults and delays. Connections that have lost bytes are cut. */
  public synchronized void heal() {
    refused = FaultProxy::isNobody;
    // In this order: what loses bytes from now on sees that it is healed.
    flows.values().forEach(Flow::heal);
    connections.forEach(ProxiedConnection::cutIfBytesWereLost);
    if (listener.isClosed()) {
      listen();
    }
  }

  @Override
  public void close() {
    refuse();
    connections.forEach(ProxiedConnection::cut);
  }

  private synchronized void listen() {
    try {
      ServerSocket socket = new ServerSocket();
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      listener = socket;
      acceptor = new Thread(() -> accept(socket), "holdfast-testbed-proxy-" + port);
      acceptor.setDaemon(true);
      acceptor.start();
    } catch (IOException e) {
      throw new TestbedException("proxy at port " + port + ": " + e.getMessage(), e);
    }
  }

  /** Until the listener is closed; a client that went away at once does not matter. */
  private void accept(ServerSocket socket) {
    while (!socket.isClosed()) {
      try {
        connect(socket.accept());
      } catch (IOException e) {
        Thread.onSpinWait();
      }
    }
  }

  private void connect(Socket client) throws IOException {
    Socket server = new Socket();
    try {
      server.connect(target, 5_000);
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
    } catch (IOException e) {
      ProxiedConnection.reset(client);
      ProxiedConnection.reset(server);
      throw e;
    }
    ProxiedConnection connection =
        new ProxiedConnection(client, server, flows, connections::remove);
    connections.add(connection);
    connection.start();
    cutIfRefused(connection);
  }
}
