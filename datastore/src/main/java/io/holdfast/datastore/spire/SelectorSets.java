package io.holdfast.datastore.spire;

import io.holdfast.datastore.proto.Selector;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Numbers of sets of selectors, by which those who have just such a set are found: sums of hashes,
 * so that the order does not matter and those of all subsets are soon made. Others can have the
 * same number by chance, so what is found has to be looked at.
 */
final class SelectorSets {
  /** A set of so many has 63 subsets that are not empty. */
  static final int SUBSETS_OF_MOST = 6;

  private SelectorSets() {}

  /** The number of a set; null if it is empty. */
  static Long numberOf(Collection<Selector> selectors) {
    if (selectors.isEmpty()) {
      return null;
    }
    long sum = 0;
    for (Selector selector : distinct(selectors)) {
      sum += hash(selector);
    }
    return sum;
  }

  private static Set<Selector> distinct(Collection<Selector> selectors) {
    return selectors instanceof Set<Selector> set ? set : new LinkedHashSet<>(selectors);
  }

  /** The distinct numbers of all subsets but the empty one; of few selectors. */
  static Set<Long> numbersOfSubsets(Set<Selector> selectors) {
    List<Long> sums = new ArrayList<>(List.of(0L));
    for (Selector selector : selectors) {
      long hash = hash(selector);
      for (int i = 0, before = sums.size(); i < before; i++) {
        sums.add(sums.get(i) + hash);
      }
    }
    return new LinkedHashSet<>(sums.subList(1, sums.size()));
  }

  /** Neighbours become strangers (the finalizer of MurmurHash3). */
  private static long hash(Selector selector) {
    long both = ((long) selector.getType().hashCode() << 32) ^ selector.getValue().hashCode();
    long z = (both ^ (both >>> 33)) * 0xff51afd7ed558ccdL;
    z = (z ^ (z >>> 33)) * 0xc4ceb9fe1a85ec53L;
    return z ^ (z >>> 33);
  }
}
