package io.holdfast.cache;

import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Sorts places by their index keys, and those with equal ones by when they came.
 *
 * <p>The multikey quicksort of Bentley and Sedgewick ("Fast Algorithms for Sorting and Searching
 * Strings", 1997), by eight bytes at a time instead of one. These are kept beside the number of the
 * place, so that most comparisons need not look into far memory. What keys that were sorted
 * together begin with is never looked at again. Pivots are random: nobody can choose index values
 * that take long.
 */
final class PlaceSort {
  private static final int FEW = 12;

  private final UnsortedPlaces places;
  private final int[] order;
  private final long[] fronts; // of the keys' rest, in the same order

  private PlaceSort(UnsortedPlaces places) {
    this.places = places;
    this.order = new int[places.size()];
    this.fronts = new long[places.size()];
  }

  /** The numbers of all places, in order. */
  static int[] order(UnsortedPlaces places) {
    PlaceSort sort = new PlaceSort(places);
    int depth = places.commonPrefix();
    for (int place = 0; place < sort.order.length; place++) {
      sort.order[place] = place;
      sort.fronts[place] = places.front(place, depth);
    }
    sort.sort(0, sort.order.length, depth);
    return sort.order;
  }

  /** Sorts a part whose keys are equal up to a depth, where the fronts begin. */
  private void sort(int start, int stop, int startDepth) {
    int from = start;
    int end = stop;
    int depth = startDepth;
    while (end - from > FEW) {
      long pivot = pivot(from, end);
      int low = from;
      int high = end;
      for (int at = from; at < high; ) {
        if (fronts[at] < pivot) {
          swap(at++, low++);
        } else if (fronts[at] > pivot) {
          swap(at, --high);
        } else {
          at++;
        }
      }
      // Goes on with the largest of the three parts, so that calls are not nested deeply.
      if (high - low >= Math.max(low - from, end - high)) {
        sort(from, low, depth);
        sort(high, end, depth);
        from = deepen(low, high, depth);
        end = high;
        depth += UnsortedPlaces.FRONT;
      } else {
        sort(deepen(low, high, depth), high, depth + UnsortedPlaces.FRONT);
        boolean lowIsLarger = low - from > end - high;
        sort(lowIsLarger ? high : from, lowIsLarger ? end : low, depth);
        from = lowIsLarger ? from : high;
        end = lowIsLarger ? low : end;
      }
    }
    sortFew(from, end, depth);
  }

  private long pivot(int from, int end) {
    ThreadLocalRandom random = ThreadLocalRandom.current();
    long one = fronts[random.nextInt(from, end)];
    long two = fronts[random.nextInt(from, end)];
    long three = fronts[random.nextInt(from, end)];
    return Math.max(Math.min(one, two), Math.min(Math.max(one, two), three));
  }

  private void swap(int at, int with) {
    int place = order[at];
    order[at] = order[with];
    order[with] = place;
    long front = fronts[at];
    fronts[at] = fronts[with];
    fronts[with] = front;
  }

  /**
   * Of keys with equal fronts puts those first that end there, in order, and gives the others the
   * fronts that come next. Returns where those begin.
   */
  private int deepen(int from, int end, int depth) {
    int longer = from;
    for (int at = from; at < end; at++) {
      int place = order[at];
      int left = places.length(place) - depth - UnsortedPlaces.FRONT;
      if (left > 0) {
        fronts[at] = places.front(place, depth + UnsortedPlaces.FRONT);
      } else {
        fronts[at] = (long) left << Integer.SIZE | place; // shorter ones first, zeros are no bytes
        swap(at, longer++);
      }
    }
    if (longer - from > 1) {
      Arrays.sort(fronts, from, longer);
      for (int at = from; at < longer; at++) {
        order[at] = (int) fronts[at];
      }
    }
    return longer;
  }

  private void sortFew(int from, int end, int depth) {
    for (int at = from + 1; at < end; at++) {
      for (int to = at; to > from && isBefore(to, to - 1, depth); to--) {
        swap(to, to - 1);
      }
    }
  }

  private boolean isBefore(int at, int other, int depth) {
    if (fronts[at] != fronts[other]) {
      return fronts[at] < fronts[other];
    }
    int order = places.compare(this.order[at], this.order[other], depth);
    return order < 0 || (order == 0 && this.order[at] < this.order[other]);
  }
}
