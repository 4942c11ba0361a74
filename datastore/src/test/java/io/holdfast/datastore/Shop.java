package io.holdfast.datastore;

import io.holdfast.datastore.shop.Customer;
import io.holdfast.datastore.shop.Order;
import io.holdfast.store.Key;
import io.holdfast.store.Store;
import java.util.List;
import java.util.UUID;

/** A small model with every sort of index. */
final class Shop {
  static final Index<Customer> EMAIL =
      Index.unique("email", c -> c.getEmail().isEmpty() ? null : c.getEmail());
  static final ItemType<Customer> CUSTOMER =
      ItemType.builder("customer", Customer.parser()).id(Customer::getName).index(EMAIL).build();

  static final Index<Order> BUYER =
      Index.reference(
          "buyer",
          CUSTOMER,
          order -> order.getCustomer().isEmpty() ? List.of() : List.of(order.getCustomer()));
  static final Index<Order> CENTS = Index.lookUp("cents", Order::getCents);
  static final Index<Order> TAG = Index.lookUpEach("tag", Order::getTagsList);
  static final Index<Order> LIKE =
      Index.guard("like", order -> Key.of(order.getCustomer(), order.getCents()));
  static final ItemType<Order> ORDER =
      ItemType.builder("order", Order.parser())
          .id(Order::getNumber)
          .index(BUYER)
          .index(CENTS)
          .index(TAG)
          .index(LIKE)
          .build();

  private Shop() {}

  static Store emptyStore() {
    return Store.open("memory:" + UUID.randomUUID());
  }

  static Datastore open(Store store) {
    return Datastore.open(store, CUSTOMER, ORDER);
  }

  static Customer customer(String name, String email) {
    return Customer.newBuilder().setName(name).setEmail(email).build();
  }

  static Order order(String number, String customer, long cents, String... tags) {
    return Order.newBuilder()
        .setNumber(number)
        .setCustomer(customer)
        .setCents(cents)
        .addAllTags(List.of(tags))
        .build();
  }
}
