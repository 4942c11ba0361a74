package io.holdfast.benchmarks;

import java.util.concurrent.Callable;
import java.util.function.Consumer;

/** Something that goes on in the background while something else is measured. */
final class Meanwhile {
  private volatile boolean ending;
  private volatile Throwable failure;

  private Meanwhile() {}

  /** Measures while the body runs, which looks at {@link #hasToEnd} now and then. */
  static double measure(Consumer<Meanwhile> body, Callable<Double> measured) throws Exception {
    Meanwhile meanwhile = new Meanwhile();
    Thread thread = new Thread(() -> body.accept(meanwhile), "holdfast-benchmark-meanwhile");
    thread.setDaemon(true);
    thread.setUncaughtExceptionHandler((ended, e) -> meanwhile.failure = e);
    thread.start();
    try {
      return measured.call();
    } finally {
      meanwhile.ending = true;
      thread.join();
      meanwhile.check();
    }
  }

  boolean hasToEnd() {
    return ending;
  }

  private void check() {
    if (failure != null) {
      throw new IllegalStateException("in the background: " + failure, failure);
    }
  }
}
