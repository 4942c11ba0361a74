package io.holdfast.cache;

import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * When and how fast a mirror is verified: more and more seldom while nothing is found, often again
 * after a finding. All with jitter, so that mirrors that began together do not stay together. For
 * one thread.
 */
final class VerifyPace {
  /** The longest interval, in shortest ones. */
  static final int GROWTH_MAX = 8;

  private static final Duration LONGEST = Duration.ofDays(365);

  private final Duration shortest;
  private final long restNanos;
  private final VerifyTurns turns;
  private int growth = 1;

  /**
   * Begins with the shortest interval, of a year at most.
   *
   * @param entriesPerSecond how many entries a pass compares at most
   * @param pageEntries how many of them lie between two rests
   * @param turns with whom the rate is shared
   */
  VerifyPace(Duration shortest, int entriesPerSecond, int pageEntries, VerifyTurns turns) {
    this.shortest = shortest.compareTo(LONGEST) > 0 ? LONGEST : shortest;
    this.restNanos = pageEntries * 1_000_000_000L / entriesPerSecond;
    this.turns = turns;
  }

  /** A pass has ended. */
  void passed(boolean clean) {
    growth = clean ? Math.min(growth * 2, GROWTH_MAX) : 1;
  }

  /** The interval to the next pass, without jitter. */
  Duration interval() {
    return shortest.multipliedBy(growth);
  }

  /** How long to wait for the next pass: the interval, give or take a tenth. */
  Duration untilNext() {
    return Duration.ofNanos((long) (interval().toNanos() * between(0.9, 1.1)));
  }

  /**
   * How long to rest after a page: half to one and a half times what the rate asks for, after the
   * rests of others.
   */
  Duration rest() {
    return turns.behindOthers(Duration.ofNanos((long) (restNanos * between(0.5, 1.5))));
  }

  private static double between(double least, double most) {
    return least + (most - least) * ThreadLocalRandom.current().nextDouble();
  }
}
