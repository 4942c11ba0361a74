package io.holdfast.datastore;

import java.util.Comparator;

/**
 * Where an item stands in the order of creation: what lists are sorted by.
 *
 * <p>Nothing has to be counted for it when an item is created. Era and position lie in the item's
 * value, the revision is that of the commit that created its key.
 *
 * @param era 0 for what was loaded from another system, 1 and up for what was created here
 * @param revision of the commit that created the item; for a loaded item its number there
 * @param position among the items that the commit created
 */
public record CreationOrder(int era, long revision, int position)
    implements Comparable<CreationOrder> {
  /** The first that there can be. */
  public static final CreationOrder FIRST = new CreationOrder(0, 0, 0);

  private static final Comparator<CreationOrder> ORDER =
      Comparator.comparingInt(CreationOrder::era)
          .thenComparingLong(CreationOrder::revision)
          .thenComparingInt(CreationOrder::position);

  /** Checks that no part is negative. */
  public CreationOrder {
    if (era < 0 || revision < 0 || position < 0) {
      throw new IllegalArgumentException(
          "no part of an order is negative: " + era + ", " + revision + ", " + position);
    }
  }

  @Override
  public int compareTo(CreationOrder other) {
    return ORDER.compare(this, other);
  }
}
