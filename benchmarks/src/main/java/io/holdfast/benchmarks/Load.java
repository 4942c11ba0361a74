package io.holdfast.benchmarks;

import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;

/** Does the same work on several threads at once. */
final class Load {
  private Load() {}

  /** Some operations of one thread. */
  interface Work {
    /** Does a few of them, for well below a round's time, and says how many. */
    long run() throws Exception;
  }

  /**
   * Operations per second.
   *
   * @param works makes the work of each thread, before any of them begins
   */
  static double perSecond(Duration time, int threads, IntFunction<? extends Work> works)
      throws Exception {
    return perSecond(time, threads, works, System::nanoTime);
  }

  /**
   * Operations per second that the threads had a processor, summed up over the threads: for work
   * that never waits. On a quiet machine it is the same; on others it is more steady.
   */
  static double perCpuSecond(Duration time, int threads, IntFunction<? extends Work> works)
      throws Exception {
    return perSecond(
        time, threads, works, ManagementFactory.getThreadMXBean()::getCurrentThreadCpuTime);
  }

  private static double perSecond(
      Duration time, int threads, IntFunction<? extends Work> works, LongSupplier clock)
      throws Exception {
    List<Work> ready = new ArrayList<>();
    for (int i = 0; i < threads; i++) {
      ready.add(works.apply(i));
    }
    ExecutorService pool = Executors.newFixedThreadPool(threads, Load::daemon);
    try {
      CyclicBarrier start = new CyclicBarrier(threads);
      List<Future<Double>> rates = new ArrayList<>();
      for (Work work : ready) {
        rates.add(
            pool.submit(
                () -> {
                  start.await();
                  return perSecond(time, work, clock);
                }));
      }
      double sum = 0;
      for (Future<Double> rate : rates) {
        sum += result(rate);
      }
      return sum;
    } finally {
      pool.shutdownNow();
    }
  }

  private static double perSecond(Duration time, Work work, LongSupplier clock) throws Exception {
    long begin = clock.getAsLong();
    long end = System.nanoTime() + time.toNanos();
    long operations = 0;
    do {
      operations += work.run();
    } while (System.nanoTime() < end);
    return operations * 1e9 / Math.max(1, clock.getAsLong() - begin);
  }

  private static Thread daemon(Runnable body) {
    Thread thread = new Thread(body, "holdfast-benchmark");
    thread.setDaemon(true);
    return thread;
  }

  private static <T> T result(Future<T> future) throws Exception {
    try {
      return future.get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof Exception cause) {
        throw cause;
      }
      throw e;
    }
  }
}
