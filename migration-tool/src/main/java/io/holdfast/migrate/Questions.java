package io.holdfast.migrate;

import io.holdfast.datastore.spire.Authorization;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Asks which entries agents are entitled to, from several threads at once, and takes the time. */
final class Questions {
  private static final long SEED = 42;

  private final Authorization authorization;
  private final List<String> agents;
  private final Instant now;

  Questions(Authorization authorization, List<String> agents, Instant now) {
    this.authorization = authorization;
    this.agents = List.copyOf(agents);
    this.now = now;
  }

  /**
   * How it went.
   *
   * @param questions how many were asked
   * @param entries how many entries the answers held together
   * @param took from the first question to the last answer
   * @param medianMicros the latency that half of the questions kept
   * @param p99Micros the latency that 99 of 100 questions kept
   */
  record Answers(
      int questions, long entries, Duration took, double medianMicros, double p99Micros) {
    /** Questions per second. */
    double rate() {
      return questions / (took.toNanos() / 1e9);
    }
  }

  /** Asks about agents drawn at random; the same ones each time. */
  Answers ask(int questions, int threads) throws InterruptedException {
    int[] nanos = new int[questions];
    ExecutorService pool = Executors.newFixedThreadPool(threads, Questions::thread);
    try {
      List<Callable<Long>> parts = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        int from = (int) ((long) questions * i / threads);
        int to = (int) ((long) questions * (i + 1) / threads);
        parts.add(() -> ask(nanos, from, to));
      }
      long start = System.nanoTime();
      long entries = 0;
      for (Future<Long> part : pool.invokeAll(parts)) {
        entries += get(part);
      }
      Duration took = Duration.ofNanos(System.nanoTime() - start);
      Arrays.sort(nanos);
      return new Answers(questions, entries, took, micros(nanos, 0.50), micros(nanos, 0.99));
    } finally {
      pool.shutdownNow();
      pool.awaitTermination(1, TimeUnit.SECONDS);
    }
  }

  private static Thread thread(Runnable body) {
    Thread thread = new Thread(body, "holdfast-questions");
    thread.setDaemon(true);
    return thread;
  }

  /** Asks some questions and notes how long each took; returns how many entries were answered. */
  private long ask(int[] nanos, int from, int to) {
    SplittableRandom random = new SplittableRandom(SEED + from);
    long entries = 0;
    long before = System.nanoTime();
    for (int i = from; i < to; i++) {
      String agent = agents.get(random.nextInt(agents.size()));
      entries += authorization.entitledEntries(agent, now).size();
      long after = System.nanoTime();
      nanos[i] = (int) Math.min(after - before, Integer.MAX_VALUE);
      before = after;
    }
    return entries;
  }

  private static long get(Future<Long> part) throws InterruptedException {
    try {
      return part.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException("a question failed: " + e.getCause(), e);
    }
  }

  private static double micros(int[] sorted, double share) {
    return sorted[Math.max(0, (int) Math.ceil(share * sorted.length) - 1)] / 1e3;
  }
}
