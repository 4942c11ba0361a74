package io.holdfast.datastore;

import static io.holdfast.datastore.Shop.BUYER;
import static io.holdfast.datastore.Shop.CENTS;
import static io.holdfast.datastore.Shop.CUSTOMER;
import static io.holdfast.datastore.Shop.EMAIL;
import static io.holdfast.datastore.Shop.ORDER;
import static io.holdfast.datastore.Shop.TAG;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.datastore.shop.Customer;
import io.holdfast.datastore.shop.Order;
import io.holdfast.store.IndexKey;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Store;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;

/** Holds a data store against two plain maps, over random commits. */
final class DatastoreModelTest {
  private static final List<String> NAMES = List.of("ann", "bob", "", "a\0");

  /** The items as they should be, in the order of creation. */
  private static final class Model {
    final Map<String, Customer> customers = new LinkedHashMap<>();
    final Map<String, Order> orders = new LinkedHashMap<>();

    Model() {}

    Model(Model other) {
      customers.putAll(other.customers);
      orders.putAll(other.orders);
    }

    /** Whether the constraints hold. */
    boolean isAllowed() {
      List<String> emails =
          customers.values().stream().map(Customer::getEmail).filter(e -> !e.isEmpty()).toList();
      return emails.size() == new TreeSet<>(emails).size()
          && orders.values().stream()
              .map(Order::getCustomer)
              .allMatch(name -> name.isEmpty() || customers.containsKey(name));
    }
  }

  /** One thing to do to an item, in the data store and in the model alike. */
  private record Step(boolean toCustomer, boolean delete, Customer customer, Order order) {
    void apply(ItemTransaction tx) {
      if (toCustomer) {
        apply(tx, CUSTOMER, customer, customer.getName());
      } else {
        apply(tx, ORDER, order, order.getNumber());
      }
    }

    private <M extends com.google.protobuf.MessageLite> void apply(
        ItemTransaction tx, ItemType<M> type, M message, String id) {
      if (!delete) {
        tx.put(type, message);
      } else if (tx.get(type, id).isPresent()) {
        tx.delete(type, id);
      }
    }

    void apply(Model model) {
      if (toCustomer) {
        apply(model.customers, customer.getName(), customer);
      } else {
        apply(model.orders, order.getNumber(), order);
      }
    }

    private <M> void apply(Map<String, M> items, String id, M message) {
      if (delete) {
        items.remove(id);
      } else {
        items.put(id, message);
      }
    }
  }

  @Provide
  Arbitrary<List<List<Step>>> commits() {
    Arbitrary<Customer> customers =
        Combinators.combine(Arbitraries.of(NAMES), Arbitraries.of("", "x", "y")).as(Shop::customer);
    Arbitrary<Order> orders =
        Combinators.combine(
                Arbitraries.of("1", "2", "3", "\0"),
                Arbitraries.of(NAMES),
                Arbitraries.of(-1L, 0L, 300L),
                Arbitraries.of("red", "re", "red\0"))
            .as(Shop::order);
    Arbitrary<Step> step =
        Combinators.combine(
                Arbitraries.of(true, false), Arbitraries.of(true, false, false), customers, orders)
            .as(Step::new);
    return step.list().ofMinSize(1).ofMaxSize(4).list().ofMinSize(1).ofMaxSize(25);
  }

  @Property(tries = 150)
  void theDatastoreIsAMapWithConstraints(
      @ForAll("commits") @Size(max = 25) List<List<Step>> commits) {
    try (Store store = Shop.emptyStore();
        Datastore shop = Shop.open(store)) {
      Model model = new Model();
      for (List<Step> commit : commits) {
        Model next = new Model(model);
        // What is deleted and put again in one commit keeps its place: so does this map.
        apply(commit, next, model);
        boolean committed = commit(shop, commit);
        assertEquals(next.isAllowed(), committed, commit::toString);
        if (committed) {
          model = next;
        }
        assertSame(model, shop.snapshot());
      }
      assertRows(model, store);
      try (Datastore loadedAnew = Shop.open(store)) {
        assertSame(model, loadedAnew.snapshot());
      }
    }
  }

  private static void apply(List<Step> commit, Model next, Model before) {
    commit.forEach(step -> step.apply(next));
    keepPlaces(before.customers, next.customers);
    keepPlaces(before.orders, next.orders);
  }

  private static <M> void keepPlaces(Map<String, M> before, Map<String, M> next) {
    Map<String, M> sorted = new LinkedHashMap<>();
    before.keySet().stream().filter(next::containsKey).forEach(id -> sorted.put(id, next.get(id)));
    next.forEach(sorted::putIfAbsent);
    next.clear();
    next.putAll(sorted);
  }

  private static boolean commit(Datastore shop, List<Step> steps) {
    try {
      shop.write(tx -> steps.forEach(step -> step.apply(tx)));
      return true;
    } catch (DatastoreException refused) {
      return false;
    }
  }

  private static void assertSame(Model model, View view) {
    assertEquals(List.copyOf(model.customers.values()), view.list(CUSTOMER.all()));
    assertEquals(List.copyOf(model.orders.values()), view.list(ORDER.all()));
    for (String name : NAMES) {
      List<Order> expected =
          model.orders.values().stream()
              .filter(o -> !name.isEmpty() && o.getCustomer().equals(name))
              .toList();
      assertEquals(expected, view.list(ORDER.by(BUYER, name)));
      assertEquals(expected.size(), view.count(ORDER.by(BUYER, name)));
    }
    for (String tag : List.of("red", "re", "red\0")) {
      assertEquals(
          model.orders.values().stream().filter(o -> o.getTagsList().contains(tag)).toList(),
          view.list(ORDER.by(TAG, tag)));
    }
    assertEquals(
        model.orders.values().stream().filter(o -> o.getCents() < 300).count(),
        view.count(ORDER.between(CENTS, -5, 300)));
    for (Customer one : model.customers.values()) {
      if (!one.getEmail().isEmpty()) {
        assertEquals(List.of(one), view.list(CUSTOMER.by(EMAIL, one.getEmail())));
      }
    }
  }

  private static String likeRow(Order order) {
    return UTF_8.decode(Key.of(order.getCustomer(), order.getCents()).asByteBuffer()).toString();
  }

  /** The store holds one key for each item and each value that constrains, and no other. */
  private static void assertRows(Model model, Store store) {
    List<String> expected = new ArrayList<>();
    model.customers.values().stream()
        .filter(c -> !c.getEmail().isEmpty())
        .forEach(c -> expected.add("email " + c.getEmail() + " " + c.getName()));
    model.orders.values().stream()
        .filter(o -> !o.getCustomer().isEmpty())
        .forEach(o -> expected.add("buyer " + o.getCustomer() + " " + o.getNumber()));
    model.orders.values().forEach(o -> expected.add("like " + likeRow(o) + " " + o.getNumber()));
    List<String> rows = new ArrayList<>();
    for (String type : List.of("customer", "order")) {
      for (var row : store.get(IndexKey.all(type)).entries()) {
        IndexKey key = IndexKey.parse(row.key()).orElseThrow();
        Object value = key.value() instanceof ByteBuffer bytes ? UTF_8.decode(bytes) : key.value();
        rows.add(key.field() + " " + value + " " + key.id());
      }
    }
    assertEquals(expected.stream().sorted().toList(), rows.stream().sorted().toList());
    int items = model.customers.size() + model.orders.size();
    assertEquals(items + rows.size(), store.count(KeyRange.all()));
  }
}
