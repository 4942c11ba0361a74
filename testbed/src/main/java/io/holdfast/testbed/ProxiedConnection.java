package io.holdfast.testbed;

import io.holdfast.testbed.FaultProxy.Direction;
import io.holdfast.testbed.FaultProxy.Fault;
import io.holdfast.testbed.Flow.Verdict;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/** One connection through the proxy: two sockets and a pipe each way. */
final class ProxiedConnection {
  private final Socket client;
  private final Socket server;
  private final Consumer<ProxiedConnection> ended;
  private final Map<Direction, Pipe> pipes = new EnumMap<>(Direction.class);
  private final AtomicInteger open = new AtomicInteger(2);
  private Direction last;

  ProxiedConnection(
      Socket client, Socket server, Map<Direction, Flow> flows, Consumer<ProxiedConnection> ended) {
    this.client = client;
    this.server = server;
    this.ended = ended;
    flows.forEach((direction, flow) -> pipes.put(direction, new Pipe(direction, flow)));
  }

  int clientPort() {
    return client.getPort();
  }

  void start() {
    pipes.values().forEach(Pipe::start);
  }

  /** A fault that strikes now, whatever flows. */
  void suffer(Direction direction, Fault fault) {
    if (fault == Fault.CUT) {
      cut();
    } else {
      pipes.get(direction).loseTheRest(fault);
    }
  }

  void cutIfBytesWereLost() {
    if (pipes.values().stream().anyMatch(pipe -> pipe.losing)) {
      cut();
    }
  }

  void cut() {
    reset(client);
    reset(server);
    pipes.values().forEach(Pipe::stop);
    ended.accept(this);
  }

  /** Closes a socket so that the other side is told of an error, not of an end. */
  static void reset(Socket socket) {
    try (socket) {
      socket.setSoLinger(true, 0);
    } catch (IOException e) {
      // It is closed already, which is what was wanted.
      return;
    }
  }

  private synchronized boolean turns(Direction direction) {
    boolean turns = last != direction;
    last = direction;
    return turns;
  }

  /** Carries bytes one way: one thread takes them in, another gives them out when they are due. */
  private final class Pipe {
    private static final byte[] END = new byte[0];

    private final Direction direction;
    private final Flow flow;
    private final Socket from;
    private final Socket to;
    private final BlockingQueue<Chunk> chunks = new ArrayBlockingQueue<>(1024);
    private final List<Thread> threads;
    private volatile boolean losing;

    /** Without bytes it is the end, of which the receiver is told by a reset if it cuts. */
    private record Chunk(ByteBuffer bytes, boolean cuts, long dueNanos) {}

    Pipe(Direction direction, Flow flow) {
      this.direction = direction;
      this.flow = flow;
      this.from = direction == Direction.TO_SERVER ? client : server;
      this.to = direction == Direction.TO_SERVER ? server : client;
      this.threads = List.of(thread(this::take), thread(this::give));
    }

    void start() {
      threads.forEach(Thread::start);
    }

    void stop() {
      threads.forEach(Thread::interrupt);
    }

    void loseTheRest(Fault fault) {
      losing = true;
      if (fault == Fault.HALF_CLOSE) {
        put(END);
      }
    }

    private Thread thread(Step step) {
      Thread thread = new Thread(() -> run(step), "holdfast-testbed-proxy-" + direction);
      thread.setDaemon(true);
      return thread;
    }

    private void run(Step step) {
      try {
        step.run();
      } catch (IOException | UncheckedIOException | InterruptedException e) {
        cut();
      }
    }

    private void take() throws IOException, InterruptedException {
      byte[] buffer = new byte[64 * 1024];
      int length;
      while ((length = from.getInputStream().read(buffer)) >= 0) {
        if (!losing) {
          judge(buffer, length);
        }
      }
      if (!losing) {
        put(END);
      }
    }

    private void judge(byte[] buffer, int length) throws InterruptedException {
      Verdict verdict = flow.judge(turns(direction), length);
      if (verdict.pass() > 0) {
        put(Arrays.copyOf(buffer, verdict.pass()));
      }
      if (verdict.fault() == Fault.HOLD) {
        flow.awaitHeal(verdict);
        if (verdict.pass() < length) {
          put(Arrays.copyOfRange(buffer, verdict.pass(), length));
        }
      } else if (verdict.fault() == Fault.CUT && verdict.pass() > 0) {
        losing = true;
        put(END, true); // behind what passes, which would be lost with the connection
      } else if (verdict.fault() == Fault.CUT) {
        cut();
      } else if (verdict.fault() != null) {
        loseTheRest(verdict.fault());
        if (flow.isHealedSince(verdict)) {
          cut();
        }
      }
    }

    private void put(byte[] bytes) {
      put(bytes, false);
    }

    private void put(byte[] bytes, boolean cuts) {
      long due = System.nanoTime() + flow.delay().toNanos();
      try {
        chunks.put(new Chunk(ByteBuffer.wrap(bytes), cuts, due));
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    private void give() throws IOException, InterruptedException {
      while (true) {
        Chunk chunk = chunks.take();
        TimeUnit.NANOSECONDS.sleep(chunk.dueNanos() - System.nanoTime());
        if (chunk.cuts()) {
          cut();
          return;
        }
        if (!chunk.bytes().hasRemaining()) {
          break;
        }
        to.getOutputStream().write(chunk.bytes().array());
      }
      to.shutdownOutput();
      if (open.decrementAndGet() == 0) {
        cut();
      }
    }
  }

  private interface Step {
    void run() throws IOException, InterruptedException;
  }
}
