package io.holdfast.examples;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.Index;
import io.holdfast.datastore.ItemType;
import io.holdfast.datastore.Items;
import io.holdfast.datastore.View;
import io.holdfast.store.Store;
import java.util.List;

/** A shop that keeps its orders in a database and reads them from memory; the README shows it. */
final class Shop {
  // README begins
  static final Index<Order> CUSTOMER = Index.lookUp("customer", Order::getCustomer);
  static final ItemType<Order> ORDER =
      ItemType.builder("order", Order.parser()).id(Order::getNumber).index(CUSTOMER).build();

  static int unpaidOrders(String url, String customer) { // "sqlite:shop.db", "memory:test", …
    try (Store store = Store.open(url);
        Datastore shop = Datastore.open(store, ORDER)) {
      Items<Order> orders = shop.items(ORDER);
      orders.create(Order.newBuilder().setNumber("7").setCustomer(customer).build());
      orders.create(Order.newBuilder().setNumber("8").setCustomer(customer).build());
      orders.update("7", order -> order.toBuilder().setPaid(true).build()); // one round trip

      Order seven = orders.get("7").orElseThrow(); // from memory, with this process's own writes
      View now = shop.snapshot(); // all types and indexes at one commit; no lock, no copy
      List<Order> open = now.list(ORDER.by(CUSTOMER, customer).filter(order -> !order.getPaid()));
      boolean current = shop.at(Freshness.LINEARIZABLE).get(ORDER, "7").equals(orders.get("7"));

      // Several records, one commit, strictly serializable.
      shop.write(
          tx -> {
            tx.delete(ORDER, "8");
            tx.put(ORDER, seven.toBuilder().setCustomer("nobody").build());
          });
      return current ? open.size() : -1;
    }
  }

  // README ends

  private Shop() {}
}
