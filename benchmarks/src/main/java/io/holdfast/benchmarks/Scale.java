package io.holdfast.benchmarks;

import java.time.Duration;

/**
 * How much a run takes: the real thing, or a moment to see that it works.
 *
 * @param rounds how often the two sides take turns
 * @param round how long each side is measured each time
 * @param shrink what the numbers of items are divided by
 */
record Scale(int rounds, Duration round, int shrink) {
  static final Scale FULL = new Scale(7, Duration.ofSeconds(3), 1);
  static final Scale TINY = new Scale(1, Duration.ofMillis(30), 1000);

  int items(int full) {
    return Math.max(20, full / shrink);
  }

  /** How often something is done that is not bounded by time. */
  int times(int full) {
    return Math.max(1, full / shrink);
  }

  /** How many other processes take part. */
  int processes(int full) {
    return shrink == 1 ? full : 2;
  }
}
