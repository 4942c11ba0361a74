package io.holdfast.datastore.spire;

import io.holdfast.datastore.CreationOrder;

/**
 * The numbers of journals: unique, growing, never given twice. Nobody counts; a number is made of
 * the journal's place in the order of creation, so it is known once the journal is committed.
 *
 * <p>Journals that were brought along keep their numbers, which are those of SQL columns of 32
 * bits, or of 64 in CockroachDB. The others come above, with room for {@value #PLACES} items in
 * each commit, where there is one. Up to a billion commits the numbers are below 2^43; a JSON
 * number is exact below 2^53.
 */
final class IssuedNumber {
  private static final int PLACE_BITS = 13;
  private static final int PLACES = 1 << PLACE_BITS;
  private static final int ERA_BITS = 50;
  private static final long FIRST = 1L << 32;

  private IssuedNumber() {}

  /** The number of the item at a place. */
  static long of(CreationOrder order) {
    if (order.era() == 0) {
      return order.revision();
    }
    if (order.position() >= PLACES) {
      throw new IllegalArgumentException("no number for item " + order.position() + " of a commit");
    }
    long eras = (order.era() - 1L) << ERA_BITS;
    return FIRST + eras + (order.revision() << PLACE_BITS) + order.position();
  }

  /** The place of the item that brought a number along, above 0. */
  static CreationOrder placeOfBrought(long number) {
    return new CreationOrder(0, number, 0);
  }

  /** The place of the item that has a number (unsigned), or would have it. */
  static CreationOrder place(long number) {
    if (number < 0) {
      return ListToken.END.order();
    }
    if (number < FIRST) {
      return placeOfBrought(number);
    }
    long rest = number - FIRST;
    int era = 1 + (int) (rest >>> ERA_BITS);
    long inEra = rest & ((1L << ERA_BITS) - 1);
    return new CreationOrder(era, inEra >>> PLACE_BITS, (int) (inEra & (PLACES - 1)));
  }
}
