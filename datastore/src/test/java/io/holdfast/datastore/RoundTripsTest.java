package io.holdfast.datastore;

import static io.holdfast.datastore.DatastoreTest.assertCode;
import static io.holdfast.datastore.Shop.CUSTOMER;
import static io.holdfast.datastore.Shop.ORDER;
import static io.holdfast.datastore.Shop.TAG;
import static io.holdfast.datastore.Shop.customer;
import static io.holdfast.datastore.Shop.order;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.DatastoreException.Code;
import io.holdfast.datastore.shop.Order;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What calls cost in questions to the store, and what they say when memory does not follow. */
final class RoundTripsTest {
  private final TappedBackend backend = new TappedBackend();
  private final Store store = Store.over(backend, Duration.ofSeconds(10));
  private final Datastore shop =
      Datastore.builder(store).type(CUSTOMER).type(ORDER).verifyEvery(Duration.ZERO).open();
  private final Items<Order> orders = shop.items(ORDER);

  @BeforeEach
  void prepare() {
    shop.items(CUSTOMER).create(customer("ann", "a@x"));
    orders.create(order("1", "ann", 1, "red"));
    backend.calls.set(0);
  }

  @AfterEach
  void close() {
    backend.releaseWatch();
    shop.close();
    store.close();
  }

  private void assertCalls(int expected, Runnable body) {
    backend.calls.set(0);
    body.run();
    assertEquals(expected, backend.calls.get());
  }

  @Test
  void readsAskTheStoreNothing() {
    assertCalls(
        0,
        () -> {
          orders.get("1");
          orders.get("none");
          orders.list(TAG, "red");
          orders.page("", 10);
          orders.count();
        });
  }

  @Test
  void aLinearizableReadAsksForOneNumber() {
    assertCalls(1, () -> shop.at(Freshness.LINEARIZABLE));
  }

  @Test
  void writesTakeOneRoundTrip() {
    assertCalls(1, () -> orders.create(order("2", "ann", 1)));
    assertCalls(1, () -> orders.update("2", o -> o.toBuilder().setCents(5).build()));
    assertCalls(1, () -> orders.delete("2"));
    assertCalls(1, () -> shop.items(CUSTOMER).create(customer("bob", "b@x")));
    assertCalls(
        1,
        () ->
            shop.write(
                tx -> {
                  tx.create(CUSTOMER, customer("eve", ""));
                  tx.create(ORDER, order("3", "eve", 1));
                  tx.update(ORDER, "1", o -> o.toBuilder().setCustomer("eve").build());
                }));
  }

  @Test
  void anAnswerThatDecidesAsksForOneNumber() {
    assertCalls(1, () -> assertCode(Code.NOT_FOUND, () -> orders.delete("none")));
    assertCalls(1, () -> assertCode(Code.ALREADY_EXISTS, () -> orders.create(order("1", "", 1))));
    assertCalls(1, () -> shop.compute(tx -> tx.get(ORDER, "none")));
  }

  private Datastore openImpatient() {
    return Datastore.builder(store)
        .type(CUSTOMER)
        .type(ORDER)
        .timeout(Duration.ofMillis(500))
        .open();
  }

  @Test
  void aWriteThatMemoryDoesNotShowSaysThatItIsCommitted() {
    try (Datastore impatient = openImpatient()) {
      backend.holdWatch();
      NotVisibleYetException e =
          Hurried.refused(
              NotVisibleYetException.class,
              () -> impatient.items(ORDER).create(order("2", "ann", 1)));
      assertEquals(store.status().head(), e.position());
      assertTrue(store.get(ORDER.keyOf("2")).isPresent());
      assertEquals(1, impatient.items(ORDER).count(), "memory stands still");
      backend.releaseWatch();
      assertEquals(2, shop.at(Freshness.atLeast(e.position())).count(ORDER.all()));
    }
  }

  @Test
  void aWriteOnStaleMemoryIsNotCommitted() {
    try (Datastore one = openImpatient();
        Datastore other = openImpatient()) {
      backend.holdWatch();
      Hurried.refused(
          NotVisibleYetException.class,
          () -> other.items(ORDER).update("1", o -> o.toBuilder().setCents(2).build()));
      Hurried.refused(
          StoreException.Timeout.class,
          () -> one.items(ORDER).update("1", o -> o.toBuilder().setCents(9).build()));
      backend.releaseWatch();
      orders.update("1", o -> o.toBuilder().setCents(o.getCents() + 10).build());
      assertEquals(12, orders.get("1").orElseThrow().getCents());
    }
  }
}
