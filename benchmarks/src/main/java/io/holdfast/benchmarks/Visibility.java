package io.holdfast.benchmarks;

import io.holdfast.store.Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;

/** How soon other processes see 2,000 writes a second, and what it costs the writers. */
final class Visibility implements AutoCloseable {
  private static final int PER_SECOND = 2000;
  static final int KEYS = 1000;
  private static final int PROCESSES = 10;
  private static final int SUBSCRIBERS = 100;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(20);

  private final Scale scale;
  private final String url;
  private final Store store;

  Visibility(Scale scale, String storeUrl) {
    this.scale = scale;
    url = storeUrl;
    store = Store.open(storeUrl);
  }

  void write(long number) {
    store.put(Watching.STAMP.append(number % KEYS), stamp(number));
  }

  /** A value that begins with the number. */
  static byte[] stamp(long number) {
    byte[] value = Upserts.value();
    ByteBuffer.wrap(value).putLong(number);
    return value;
  }

  /** Writes 2,000 a second while a child watches. */
  static Stamps run(Child child, Duration time, Stamps.Writer writer) throws Exception {
    return run(child, PER_SECOND, time, writer);
  }

  /** Writes so many a second while a child watches that has seen a write before. */
  static Stamps run(Child child, int perSecond, Duration time, Stamps.Writer writer)
      throws Exception {
    child.ask("open");
    writer.write(Watching.FIRST);
    awaitConnected(child);
    Stamps stamps = Stamps.write(perSecond, time, writer);
    stamps.seen(awaitSeen(child, stamps.size()));
    child.ask("close");
    return stamps;
  }

  /** What a server does for a new watch takes it up to 100 ms, once. */
  private static void awaitConnected(Child child) throws IOException, TimeoutException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (!Boolean.parseBoolean(child.ask("connected"))) {
      if (System.nanoTime() > end) {
        throw new TimeoutException("a write is not seen");
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  private static long[] awaitSeen(Child child, int size) throws IOException, TimeoutException {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (System.nanoTime() < end) {
      long[] seen =
          Arrays.stream(child.ask("seen " + size).split(" "))
              .filter(word -> !word.isEmpty())
              .mapToLong(Long::parseLong)
              .toArray();
      if (seen.length == size) {
        return seen;
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
    throw new TimeoutException("not all of " + size + " writes were seen");
  }

  /** The percentiles of the same runs. */
  List<Result> lags(Bound boundOfP99) throws Exception {
    List<Double> middle = new ArrayList<>();
    List<Double> late = new ArrayList<>();
    List<Double> lateFromCall = new ArrayList<>();
    try (Child child = Child.start(Child.Role.WATCH, url)) {
      Compilers.settle(scale, List.of(child), () -> run(child, scale.round(), this::write));
      for (int round = 0; round < scale.rounds(); round++) {
        Stamps run = run(child, scale.round(), this::write);
        middle.add(run.millisFromDone(0.5));
        late.add(run.millisFromDone(0.99));
        lateFromCall.add(run.millisFromBegun(0.99));
      }
    }
    String what = "at 2,000 writes/s, acknowledged here until seen in another process, ";
    return List.of(
        Result.alone(new Figure(what + "p50", "", "ms", Bound.none()), middle),
        Result.alone(new Figure(what + "p99", "", "ms", boundOfP99), late),
        Result.alone(
            new Figure(
                "the same from the call on, the commit itself included, p99",
                "",
                "ms",
                Bound.none()),
            lateFromCall));
  }

  /** What the writers feel of processes that watch. */
  Result watchedByProcesses() throws Exception {
    List<Child> children = new ArrayList<>();
    try {
      for (int i = 0; i < scale.processes(PROCESSES); i++) {
        children.add(Child.start(Child.Role.WATCH, url));
      }
      return watched(PROCESSES + " processes watch", children);
    } finally {
      children.forEach(Child::close);
    }
  }

  /** What the writers feel of subscribers that share a watch. */
  Result watchedBySubscribers() throws Exception {
    try (Child child = Child.start(Child.Role.SUBSCRIBE, url, "" + SUBSCRIBERS)) {
      return watched(SUBSCRIBERS + " subscribers of one mirror watch", List.of(child));
    }
  }

  /** While the watchers connect, writes go on that do not count. */
  private Result watched(String who, List<Child> children) throws Exception {
    return new Duel(scale, children)
        .run(
            new Figure(
                "mean time of a write, at 2,000 writes/s, while " + who,
                "nobody watches",
                "ms",
                Bound.atMost(1.1)),
            time -> {
              askAll(children, "open");
              meanMillis(time);
              double mean = meanMillis(time);
              askAll(children, "close");
              return mean;
            },
            this::meanMillis);
  }

  private double meanMillis(Duration time) throws Exception {
    return Stamps.write(PER_SECOND, time, this::write).meanMillis();
  }

  private static void askAll(List<Child> children, String line) throws IOException {
    for (Child child : children) {
      child.ask(line);
    }
  }

  @Override
  public void close() {
    store.close();
  }
}
