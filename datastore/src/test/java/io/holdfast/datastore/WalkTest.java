package io.holdfast.datastore;

import static io.holdfast.datastore.Shop.ORDER;
import static io.holdfast.datastore.Shop.TAG;
import static io.holdfast.datastore.Shop.order;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.datastore.shop.Order;
import io.holdfast.store.Key;
import io.holdfast.store.Store;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

final class WalkTest {
  private static final List<String> TAGS = List.of("a", "b", "c", "d");

  /** An order that stands at a place, which others may share. */
  private record Stored(CreationOrder place, Set<String> tags) {}

  @Provide
  Arbitrary<CreationOrder> places() {
    return Combinators.combine(
            Arbitraries.integers().between(0, 1),
            Arbitraries.longs().between(0, 300),
            Arbitraries.integers().between(0, 1))
        .as(CreationOrder::new);
  }

  @Provide
  Arbitrary<List<Stored>> stored() {
    return Combinators.combine(places(), Arbitraries.of(TAGS).set())
        .as(Stored::new)
        .list()
        .ofMaxSize(300);
  }

  /** Puts them where they are to stand; numbers are given out in no order of the places. */
  private static Map<String, Stored> fill(Store store, List<Stored> orders) {
    Map<String, Stored> numbered = new LinkedHashMap<>();
    Map<Key, byte[]> values = new LinkedHashMap<>();
    for (Stored one : orders) {
      String number = "n" + numbered.size();
      Order order = order(number, "", 0, one.tags.toArray(String[]::new));
      values.put(ORDER.keyOf(number), Item.encode(order, one.place));
      numbered.put(number, one);
    }
    if (!values.isEmpty()) {
      store.put(values);
    }
    return numbered;
  }

  private static List<String> numbers(Walk<Order> walk) {
    List<String> numbers = new ArrayList<>();
    while (walk.next()) {
      numbers.add(walk.message().getNumber());
    }
    return numbers;
  }

  private static List<Query<Order>> queries(List<String> tags) {
    return tags.stream().map(tag -> ORDER.by(TAG, tag)).toList();
  }

  @Property(tries = 100)
  void givesWhatAnyQueryFindsOnceInTheOrderOfCreation(
      @ForAll("stored") List<Stored> orders,
      @ForAll @Size(max = 6) List<@net.jqwik.api.constraints.IntRange(max = 4) Integer> asked,
      @ForAll("places") CreationOrder from) {
    // The fifth tag is one that nothing has; a tag may be asked for twice.
    List<String> tags = asked.stream().map(i -> i == 4 ? "none" : TAGS.get(i)).toList();
    try (Store store = Shop.emptyStore()) {
      Map<String, Stored> numbered = fill(store, orders);
      Comparator<String> byPlace = Comparator.comparing(number -> numbered.get(number).place);
      List<String> expected =
          numbered.keySet().stream()
              .filter(number -> numbered.get(number).tags.stream().anyMatch(tags::contains))
              .filter(number -> numbered.get(number).place.compareTo(from) >= 0)
              .sorted(byPlace.thenComparing(ORDER::keyOf))
              .toList();
      try (Datastore shop = Shop.open(store)) {
        assertEquals(expected, numbers(shop.snapshot().walk(queries(tags), from)));
      }
    }
  }

  @Property(tries = 100)
  void findsInOtherIndexesWhatAWalkIsAt(
      @ForAll("stored") List<Stored> orders, @ForAll("places") CreationOrder from) {
    try (Store store = Shop.emptyStore()) {
      Map<String, Stored> numbered = fill(store, orders);
      Comparator<String> byPlace = Comparator.comparing(number -> numbered.get(number).place);
      List<String> expected =
          numbered.keySet().stream()
              .filter(number -> numbered.get(number).tags.containsAll(List.of("a", "c")))
              .filter(number -> numbered.get(number).place.compareTo(from) >= 0)
              .sorted(byPlace.thenComparing(ORDER::keyOf))
              .toList();
      try (Datastore shop = Shop.open(store)) {
        View view = shop.snapshot();
        var hasC = view.isFound(ORDER.by(TAG, "c"), from);
        assertEquals(expected, numbers(view.walk(queries(List.of("a")), from, hasC)));
        List<Query<Order>> some =
            List.of(ORDER.by(TAG, "c").filter(order -> order.getTagsCount() > 2));
        Walk<Order> rest = view.walk(some, from, view.isFound(ORDER.by(TAG, "a"), from));
        var filtered = view.isFound(some.get(0), from);
        assertEquals(rest.rest(), view.walk(queries(List.of("a")), from, filtered).rest());
      }
    }
  }

  @Test
  void aWalkStaysInItsView() {
    try (Store store = Shop.emptyStore();
        Datastore shop = Shop.open(store)) {
      create(shop, 0, 200);
      Walk<Order> walk = shop.snapshot().walk(queries(List.of("a", "b")), CreationOrder.FIRST);
      assertTrue(walk.next());
      shop.write(
          tx -> {
            tx.delete(ORDER, "n0");
            tx.delete(ORDER, "n150");
            tx.update(ORDER, "n199", o -> o.toBuilder().clearTags().build());
          });
      create(shop, 200, 210);
      assertEquals("n0", walk.message().getNumber());
      assertEquals(199, numbers(walk).size());
      Walk<Order> after = shop.snapshot().walk(queries(List.of("a", "b")), CreationOrder.FIRST);
      assertEquals(207, numbers(after).size());
    }
  }

  private static void create(Datastore shop, int from, int to) {
    shop.write(
        tx -> {
          for (int i = from; i < to; i++) {
            tx.create(ORDER, order("n" + i, "", i, i % 2 == 0 ? "a" : "b"));
          }
        });
  }

  @Test
  void whatAConditionOrAFilterRefusesIsPassedOver() {
    try (Store store = Shop.emptyStore();
        Datastore shop = Shop.open(store)) {
      create(shop, 0, 100);
      View view = shop.snapshot();
      Walk<Order> byCondition =
          view.walk(
              queries(List.of("a", "b")),
              CreationOrder.FIRST,
              walk -> walk.message().getCents() >= 98);
      assertEquals(List.of("n98", "n99"), numbers(byCondition));
      Query<Order> filtered = ORDER.by(TAG, "a").filter(order -> order.getCents() > 90);
      Walk<Order> byFilter = view.walk(List.of(filtered, filtered), new CreationOrder(0, 0, 1));
      assertEquals(List.of("n92", "n94", "n96", "n98"), numbers(byFilter));
    }
  }

  @Test
  void thereIsNoItemBeforeAndBehind() {
    try (Store store = Shop.emptyStore();
        Datastore shop = Shop.open(store)) {
      create(shop, 0, 1);
      Walk<Order> walk = shop.snapshot().walk(List.of(ORDER.all()), CreationOrder.FIRST);
      assertThrows(NoSuchElementException.class, walk::message);
      assertTrue(walk.next());
      assertEquals("n0", walk.message().getNumber());
      assertEquals(0, walk.sketch(), "the type has none");
      assertFalse(walk.next());
      assertFalse(walk.next());
      assertThrows(NoSuchElementException.class, walk::order);
      var placed = shop.snapshot().walk(List.of(ORDER.all()), CreationOrder.FIRST).placed();
      var items = placed.iterator();
      assertTrue(items.hasNext());
      assertTrue(items.hasNext());
      assertEquals("n0", items.next().message().getNumber());
      assertFalse(items.hasNext());
      assertThrows(NoSuchElementException.class, items::next);
    }
  }

  @Test
  void valuesBetweenTwoAreInNoOrderOfCreation() {
    try (Store store = Shop.emptyStore();
        Datastore shop = Shop.open(store)) {
      List<Query<Order>> between = List.of(ORDER.between(Shop.CENTS, 1, 5));
      assertThrows(
          IllegalArgumentException.class, () -> shop.snapshot().walk(between, CreationOrder.FIRST));
    }
  }
}
