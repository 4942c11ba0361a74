package io.holdfast.testbed;

import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** Waits with an end. */
final class Deadline {
  /** How long a server may take to answer. */
  static final Duration READY_MAX = Duration.ofSeconds(90);

  private Deadline() {}

  /** A question that throws as long as there is no answer. */
  interface Probe {
    void ask() throws Exception;
  }

  /** Asks until there is an answer; the last failure when the time is over or there is no hope. */
  static void await(Probe probe, Duration timeMax, BooleanSupplier hope) throws Exception {
    long end = System.nanoTime() + timeMax.toNanos();
    while (true) {
      try {
        probe.ask();
        return;
      } catch (Exception | AssertionError e) {
        if (!hope.getAsBoolean() || System.nanoTime() > end) {
          throw e;
        }
      }
      TimeUnit.MILLISECONDS.sleep(25);
    }
  }
}
