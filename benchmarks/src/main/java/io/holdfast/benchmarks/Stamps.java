package io.holdfast.benchmarks;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/** Numbered writes at a steady rate from several threads, and when each was begun and done. */
final class Stamps {
  private static final int THREADS = 16;

  private final long[] begun;
  private final long[] done;
  private final long[] seen;

  /** Writes something that tells the number. */
  interface Writer {
    void write(long number) throws Exception;
  }

  private Stamps(int size) {
    begun = new long[size];
    done = new long[size];
    seen = new long[size];
  }

  /** Writes so many a second for some time; all of them have been acknowledged at the end. */
  static Stamps write(int perSecond, Duration time, Writer writer) throws Exception {
    Stamps stamps = new Stamps((int) Math.max(1, perSecond * time.toMillis() / 1000));
    AtomicInteger next = new AtomicInteger();
    long start = System.nanoTime();
    Load.perSecond(
        Duration.ZERO,
        THREADS,
        i ->
            () -> {
              long written = 0;
              for (int n = next.getAndIncrement(); n < stamps.size(); n = next.getAndIncrement()) {
                awaitMoment(start + n * 1_000_000_000L / perSecond);
                stamps.begun[n] = System.nanoTime();
                writer.write(n);
                stamps.done[n] = System.nanoTime();
                written++;
              }
              return written;
            });
    return stamps;
  }

  private static void awaitMoment(long nanoTime) {
    for (long left = nanoTime - System.nanoTime(); left > 0; left = nanoTime - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
  }

  int size() {
    return begun.length;
  }

  /** How long a write took on average, in milliseconds. */
  double meanMillis() {
    long sum = 0;
    for (int i = 0; i < size(); i++) {
      sum += done[i] - begun[i];
    }
    return sum / 1e6 / size();
  }

  /** Notes when each write was seen. */
  void seen(long[] nanoTimes) {
    System.arraycopy(nanoTimes, 0, seen, 0, size());
  }

  /** From the acknowledgement until it was seen, in milliseconds; 0 if it was seen sooner. */
  double millisFromDone(double percentile) {
    return millis(done, percentile);
  }

  /** From the call until it was seen, in milliseconds. */
  double millisFromBegun(double percentile) {
    return millis(begun, percentile);
  }

  private double millis(long[] from, double percentile) {
    double[] millis = new double[size()];
    Arrays.setAll(millis, i -> Math.max(0, (seen[i] - from[i]) / 1e6));
    Arrays.sort(millis);
    return Numbers.percentile(millis, percentile);
  }
}
