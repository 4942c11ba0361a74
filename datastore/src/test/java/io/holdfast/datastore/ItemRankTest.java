package io.holdfast.datastore;

import static io.holdfast.datastore.Shop.ORDER;
import static io.holdfast.datastore.Shop.order;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.KeyValue;
import io.holdfast.store.Revision;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

final class ItemRankTest {
  @Provide
  Arbitrary<CreationOrder> places() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 130).edgeCases(e -> e.add(125, 126, 127)),
            Arbitraries.longs()
                .between(0, Long.MAX_VALUE)
                .edgeCases(e -> e.add((1L << 40) - 2, (1L << 40) - 1, 1L << 40)),
            Arbitraries.integers()
                .between(0, Integer.MAX_VALUE)
                .edgeCases(e -> e.add(65_534, 65_535, 65_536)))
        .as(CreationOrder::new);
  }

  private static Item<?> at(CreationOrder place) {
    byte[] value = Item.encode(order("7", "", 0), place);
    return Item.decode(
        ORDER, 1, KeyValue.of(ORDER.keyOf("7"), value, new Revision(1), new Revision(1)));
  }

  @Property
  void ranksAscendWithPlaces(
      @ForAll("places") CreationOrder one, @ForAll("places") CreationOrder other) {
    long rank = at(one).rank();
    assertNotEquals(0, rank);
    int order = one.compareTo(other);
    int byRank = Long.compare(rank, at(other).rank());
    assertTrue(byRank == 0 || byRank == Integer.signum(order), () -> one + " and " + other);
  }

  @Property
  void usualPlacesHaveRanksOfTheirOwn(@ForAll("places") CreationOrder place) {
    CreationOrder usual =
        new CreationOrder(place.era() % 100, place.revision() >>> 24, place.position() >>> 16);
    CreationOrder next = new CreationOrder(usual.era(), usual.revision(), usual.position() + 1);
    assertEquals(-1, Long.compare(at(usual).rank(), at(next).rank()));
  }
}
