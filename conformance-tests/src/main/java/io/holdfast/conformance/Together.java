package io.holdfast.conformance;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs several clients at once, each in a thread of its own. */
final class Together {
  private static final long PATIENCE_SECONDS = 120;

  private Together() {}

  /** Starts all at one moment, waits for all; throws what the first of them threw. */
  static <T> List<T> run(List<? extends Callable<T>> clients) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(clients.size());
    try {
      CyclicBarrier start = new CyclicBarrier(clients.size());
      List<Future<T>> futures = new ArrayList<>();
      for (Callable<T> client : clients) {
        futures.add(
            threads.submit(
                () -> {
                  start.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
                  return client.call();
                }));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> future : futures) {
        results.add(result(future));
      }
      return results;
    } finally {
      threads.shutdownNow();
      threads.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }
  }

  private static <T> T result(Future<T> future) throws Exception {
    try {
      return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof AssertionError failure) {
        throw failure;
      }
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw e;
    } catch (TimeoutException e) {
      throw new AssertionError("a client is not done after " + PATIENCE_SECONDS + " s", e);
    }
  }
}
