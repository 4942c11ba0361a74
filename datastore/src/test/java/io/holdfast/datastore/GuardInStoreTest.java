package io.holdfast.datastore;

import static io.holdfast.datastore.Shop.customer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.datastore.shop.Customer;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Guards that only the store keeps. */
final class GuardInStoreTest {
  private static final Index<Customer> EMAIL = Index.guardInStore("email", Customer::getEmail);
  private static final ItemType<Customer> GUARDED =
      ItemType.builder("guarded", Customer.parser()).id(Customer::getName).index(EMAIL).build();

  private final Store store = Shop.emptyStore();
  private final Datastore datastore = Datastore.open(store, GUARDED);

  @AfterEach
  void close() {
    datastore.close();
    store.close();
  }

  private void createAlone(ItemTransaction tx, String name) {
    tx.expectNone(GUARDED, EMAIL, "a@b");
    tx.create(GUARDED, customer(name, "a@b"));
  }

  @Test
  void aTransactionCommitsOnlyIfNoOtherItemHasTheValue() {
    datastore.write(tx -> createAlone(tx, "anna"));
    try (Datastore hurried =
        Datastore.builder(store).type(GUARDED).timeout(Duration.ofSeconds(1)).open()) {
      Hurried.refused(
          StoreException.Conflict.class, () -> hurried.write(tx -> createAlone(tx, "berta")));
    }
    assertTrue(datastore.items(GUARDED).get("berta").isEmpty());
  }

  @Test
  void itsOwnWritesAreNoOthers() {
    datastore.write(tx -> createAlone(tx, "anna"));
    datastore.write(
        tx -> {
          tx.delete(GUARDED, "anna");
          createAlone(tx, "berta");
        });
    assertEquals(1, datastore.items(GUARDED).count());
  }

  @Test
  void memoryCannotBeAsked() {
    assertThrows(IllegalArgumentException.class, () -> GUARDED.by(EMAIL, "a@b"));
    assertThrows(
        IllegalArgumentException.class,
        () -> datastore.compute(tx -> tx.isNone(GUARDED, EMAIL, "a@b")));
  }

  @Test
  void aLookUpIsNoGuard() {
    assertThrows(
        IllegalArgumentException.class,
        () -> datastore.write(tx -> tx.expectNone(Shop.ORDER, Shop.CENTS, 7)));
  }
}
