package io.holdfast.migrate;

import io.holdfast.migrate.LegacyChoice.Range;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Which events of a table were seen. Ids are taken before the commit, so a lower one can appear
 * behind a higher one, and some never do: what is missing below the newest is remembered for a
 * time, and for so many places.
 */
final class EventGaps {
  /** How many places are remembered; of more, the oldest are given up. */
  static final int MOST = 10_000;

  private static final int RANGES_AT_ONCE = 200;

  private final TreeMap<Long, Gap> gaps = new TreeMap<>(); // by first id; do not overlap
  private long newest;
  private long givenUp;

  private record Gap(long last, Instant since) {}

  /** The highest id that was seen; 0 if there was none. */
  long newest() {
    return newest;
  }

  /** How many places with missing ids are remembered. */
  int size() {
    return gaps.size();
  }

  /** How many places with missing ids were given up. */
  long givenUp() {
    return givenUp;
  }

  /** Whether an id was neither seen nor given up. */
  boolean isNew(long id) {
    return id > newest || gapOf(id) != null;
  }

  private Map.Entry<Long, Gap> gapOf(long id) {
    Map.Entry<Long, Gap> gap = gaps.floorEntry(id);
    return gap != null && gap.getValue().last() >= id ? gap : null;
  }

  /** Takes note of an id that {@link #isNew}. */
  void see(long id, Instant now) {
    if (id > newest) {
      remember(newest + 1, id - 1, now);
      newest = id;
      return;
    }
    Map.Entry<Long, Gap> gap = gapOf(id);
    if (gap != null) {
      gaps.remove(gap.getKey());
      remember(gap.getKey(), id - 1, gap.getValue().since());
      remember(id + 1, gap.getValue().last(), gap.getValue().since());
    }
  }

  private void remember(long first, long last, Instant since) {
    if (first <= last) {
      gaps.put(first, new Gap(last, since));
      if (gaps.size() > MOST) {
        gaps.pollFirstEntry();
        givenUp++;
      }
    }
  }

  /** Gives up what has been missing for longer than this. */
  void giveUp(Duration patience, Instant now) {
    Instant end = now.minus(patience);
    int before = gaps.size();
    gaps.values().removeIf(gap -> gap.since().isBefore(end));
    givenUp += before - gaps.size();
  }

  /** What is missing, in lists of ranges that are short enough for a query each. */
  List<List<Range>> missing() {
    List<List<Range>> lists = new ArrayList<>();
    List<Range> list = new ArrayList<>();
    for (Map.Entry<Long, Gap> gap : gaps.entrySet()) {
      if (list.size() == RANGES_AT_ONCE) {
        lists.add(list);
        list = new ArrayList<>();
      }
      list.add(new Range(gap.getKey(), gap.getValue().last()));
    }
    if (!list.isEmpty()) {
      lists.add(list);
    }
    return lists;
  }
}
