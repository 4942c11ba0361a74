package io.holdfast.datastore;

import static io.holdfast.datastore.Shop.order;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.datastore.shop.Order;
import io.holdfast.store.Key;
import io.holdfast.store.Store;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What index functions give is found as it is, or refused before anything is written. */
final class IndexValuesTest {
  private static final Duration LEASE = Duration.ofMinutes(1);

  private final Store store = Shop.emptyStore();

  @AfterEach
  void close() {
    store.close();
  }

  private static ItemType<Order> type(Index<Order> index) {
    return ItemType.builder("order", Order.parser()).id(Order::getNumber).index(index).build();
  }

  private static Key path(Order order) {
    Key path = Key.of(order.getCustomer());
    for (String tag : order.getTagsList()) {
      path = path.append(tag);
    }
    return order.getCents() == 0 ? path : path.append(order.getCents());
  }

  private static List<String> numbers(List<Order> orders) {
    return orders.stream().map(Order::getNumber).toList();
  }

  @Test
  void valueIsNotTakenForALongerOneThatBeginsAlike() {
    Index<Order> path = Index.lookUp("path", IndexValuesTest::path);
    ItemType<Order> type = type(path);
    try (Datastore shop = Datastore.open(store, type)) {
      Items<Order> orders = shop.items(type);
      orders.create(order("long", "a", 0, "b"));
      orders.create(order("numbered", "a", 1));
      orders.create(order("short", "a", 0));
      View now = shop.snapshot();
      assertEquals(List.of("short"), numbers(now.list(type.by(path, Key.of("a")))));
      assertEquals(1, now.count(type.by(path, Key.of("a"))));
      assertEquals(List.of("numbered"), numbers(now.list(type.by(path, Key.of("a", 1)))));
      assertEquals(
          List.of("short", "long", "numbered"),
          numbers(now.list(type.between(path, Key.of("a"), Key.of("b")))));
    }
  }

  @Test
  void uniqueValueIsNotTakenByALongerOneThatBeginsAlike() {
    Index<Order> path = Index.unique("path", IndexValuesTest::path);
    ItemType<Order> type = type(path);
    try (Datastore shop = Datastore.open(store, type)) {
      Items<Order> orders = shop.items(type);
      orders.create(order("long", "a", 0, "b"));
      orders.create(order("short", "a", 0));
      DatastoreTest.assertCode(
          DatastoreException.Code.ALREADY_EXISTS, () -> orders.create(order("again", "a", 0)));
    }
  }

  @Test
  void whatNoKeyCanHoldIsRefusedBeforeItIsWritten() {
    ItemType<Order> type = type(Index.lookUp("bytes", Order::getCustomerBytes));
    try (Datastore shop = Datastore.open(store, type)) {
      Items<Order> orders = shop.items(type);
      DatastoreTest.assertCode(
          DatastoreException.Code.INVALID_ARGUMENT, () -> orders.create(order("1", "a", 0)));
      assertEquals(0, store.count(type.keys()));
      assertEquals(Optional.empty(), orders.get("1"));
      assertEquals(0, shop.state().drifts());
    }
  }

  @Test
  void whatComesFromElsewhereIsRefusedLikewise() {
    ItemType<Order> type = type(Index.lookUp("bytes", Order::getCustomerBytes));
    Order order = order("1", "a", 0);
    try (Replica replica = Replica.hold(store, "elsewhere", LEASE, false)) {
      DatastoreTest.assertCode(
          DatastoreException.Code.INVALID_ARGUMENT, () -> replica.put(type, 1, order));
      assertEquals(0, replica.waiting());
    }
    try (Store other = Shop.emptyStore()) {
      Importer load = Importer.begin(other);
      DatastoreTest.assertCode(
          DatastoreException.Code.INVALID_ARGUMENT, () -> load.add(type, 1, order));
      load.finish();
      assertEquals(0, other.count(type.keys()));
    }
  }

  @Test
  void nullAmongSeveralIsNoValue() {
    Index<Order> some =
        Index.lookUpEach(
            "some", order -> Arrays.asList(order.getCents() == 0 ? null : order.getCents(), 7L));
    ItemType<Order> type = type(some);
    try (Datastore shop = Datastore.open(store, type)) {
      Items<Order> orders = shop.items(type);
      orders.create(order("1", "a", 0));
      assertTrue(orders.get("1").isPresent());
      assertEquals(List.of("1"), numbers(orders.list(some, 7L)));
    }
  }

  @Test
  void namesWithDotsAreToldApart() {
    Index<Order> one = Index.lookUp("b.c", Order::getCents);
    Index<Order> other = Index.lookUp("c", Order::getCents);
    ItemType<Order> shorter =
        ItemType.builder("a", Order.parser()).id(Order::getNumber).index(one).build();
    ItemType<Order> longer =
        ItemType.builder("a.b", Order.parser()).id(Order::getNumber).index(other).build();
    try (Datastore shop = Datastore.open(store, shorter, longer)) {
      shop.items(shorter).create(order("1", "", 5));
      assertEquals(1, shop.items(shorter).list(one, 5).size());
      assertEquals(0, shop.items(longer).list(other, 5).size());
    }
  }
}
