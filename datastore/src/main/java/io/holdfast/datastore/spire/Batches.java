package io.holdfast.datastore.spire;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.ItemTransaction;
import io.holdfast.datastore.NotVisibleYetException;
import io.holdfast.store.StoreException;

/**
 * Removals of any number of items, in several commits of bounded size: a store that takes less in a
 * commit gets less. Each commit is whole, and one that fails leaves the earlier ones.
 */
final class Batches {
  private Batches() {}

  /** Removes at most so many items, and returns how many there were. */
  @FunctionalInterface
  interface Step {
    int remove(ItemTransaction tx, int most);

    /** Told when what was removed last is gone; a removal may be tried several times before. */
    default void committed() {}
  }

  /** Removes all that was there when it was called. */
  static void run(Datastore datastore, int atOnce, Step step) {
    run(datastore, atOnce, Long.MAX_VALUE, step);
  }

  /** As the other, but at most so many; returns how many were removed. */
  static long run(Datastore datastore, int atOnce, long most, Step step) {
    datastore.at(Freshness.LINEARIZABLE); // memory has what was acknowledged to anybody before
    int size = atOnce;
    long removed = 0;
    while (removed < most) {
      int asked = (int) Math.min(size, most - removed);
      try {
        int last = datastore.compute(tx -> step.remove(tx, asked)).value();
        step.committed();
        removed += last;
        if (last < asked) {
          break;
        }
      } catch (StoreException.LimitExceeded e) {
        if (asked == 1) {
          throw e;
        }
        size = asked / 2; // what an item takes depends on its rows and on what goes with it
      } catch (NotVisibleYetException e) {
        step.committed();
        throw e;
      }
    }
    return removed;
  }
}
