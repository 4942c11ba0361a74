package io.holdfast.store.sql;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The highest timeline that this process has met of each database, whatever its address. A server
 * goes to a higher one when it is promoted, so who answers with a lower one is a former primary
 * that does not know it yet: what it says is of the past.
 */
final class Timelines {
  private static final Map<String, Long> HIGHEST = new ConcurrentHashMap<>();

  private Timelines() {}

  /** Notes a timeline; false if a higher one is known. */
  static boolean admits(String server, long timeline) {
    return HIGHEST.merge(server, timeline, Math::max) == timeline;
  }

  /** The highest that is known; 0 if there is none. */
  static long highest(String server) {
    return HIGHEST.getOrDefault(server, 0L);
  }
}
