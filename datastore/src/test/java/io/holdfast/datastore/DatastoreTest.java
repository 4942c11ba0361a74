package io.holdfast.datastore;

import static io.holdfast.datastore.Shop.BUYER;
import static io.holdfast.datastore.Shop.CENTS;
import static io.holdfast.datastore.Shop.CUSTOMER;
import static io.holdfast.datastore.Shop.EMAIL;
import static io.holdfast.datastore.Shop.LIKE;
import static io.holdfast.datastore.Shop.ORDER;
import static io.holdfast.datastore.Shop.TAG;
import static io.holdfast.datastore.Shop.customer;
import static io.holdfast.datastore.Shop.order;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.cache.Changes;
import io.holdfast.cache.Drift;
import io.holdfast.cache.Freshness;
import io.holdfast.datastore.DatastoreException.Code;
import io.holdfast.datastore.shop.Customer;
import io.holdfast.datastore.shop.Order;
import io.holdfast.store.Committed;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

final class DatastoreTest {
  private final Store store = Shop.emptyStore();
  private final Datastore shop = Shop.open(store);
  private final Items<Customer> customers = shop.items(CUSTOMER);
  private final Items<Order> orders = shop.items(ORDER);

  @AfterEach
  void close() {
    shop.close();
    store.close();
  }

  static DatastoreException assertCode(Code code, Executable call) {
    DatastoreException e = assertThrows(DatastoreException.class, call);
    assertEquals(code, e.code(), e.getMessage());
    return e;
  }

  @Test
  void ownWritesAreVisibleWhenTheyReturn() {
    for (int i = 0; i < 200; i++) {
      orders.create(order("" + i, "", i));
      assertEquals(i, orders.get("" + i).orElseThrow().getCents());
      orders.update("" + i, o -> o.toBuilder().setCents(-1).build());
      assertEquals(-1, orders.get("" + i).orElseThrow().getCents());
      orders.delete("" + i);
      assertEquals(Optional.empty(), orders.get("" + i));
    }
  }

  @Test
  void createRefusesAnIdThatIsTaken() {
    orders.create(order("1", "", 5));
    DatastoreException e = assertCode(Code.ALREADY_EXISTS, () -> orders.create(order("1", "", 6)));
    assertEquals("order \"1\" already exists", e.getMessage());
    assertEquals(5, orders.get("1").orElseThrow().getCents());
  }

  @Test
  void updateAndDeleteRefuseAnIdThatIsFree() {
    assertCode(Code.NOT_FOUND, () -> orders.update("1", o -> o));
    assertCode(Code.NOT_FOUND, () -> orders.delete("1"));
  }

  @Test
  void updateMayNotChangeTheId() {
    orders.create(order("1", "", 5));
    assertCode(
        Code.INVALID_ARGUMENT, () -> orders.update("1", o -> o.toBuilder().setNumber("2").build()));
  }

  @Test
  void putCreatesOrReplacesAndKeepsThePlaceInTheList() {
    orders.put(order("b", "", 1));
    orders.put(order("a", "", 2));
    orders.put(order("b", "", 3));
    assertEquals(List.of(order("b", "", 3), order("a", "", 2)), orders.list());
  }

  @Test
  void listsAreInCreationOrderAcrossAndInsideCommits() {
    orders.create(order("9", "", 1));
    shop.write(
        tx -> {
          tx.create(ORDER, order("z", "", 1));
          tx.create(CUSTOMER, customer("between", ""));
          tx.create(ORDER, order("a", "", 1));
          tx.create(ORDER, order("m", "", 1));
        });
    orders.create(order("0", "", 1));
    orders.update("z", o -> o.toBuilder().setCents(2).build());
    assertEquals(List.of("9", "z", "a", "m", "0"), numbers(orders.list()));
  }

  private static List<String> numbers(List<Order> orders) {
    return orders.stream().map(Order::getNumber).toList();
  }

  @Test
  void whatIsCreatedAgainGoesToTheEnd() {
    orders.create(order("1", "", 1));
    orders.create(order("2", "", 1));
    orders.delete("1");
    orders.create(order("1", "", 1));
    assertEquals(List.of("2", "1"), numbers(orders.list()));
  }

  @Test
  void indexesFindWhatHasTheValueInCreationOrder() {
    customers.create(customer("ann", "a@x"));
    customers.create(customer("bob", "b@x"));
    orders.create(order("3", "ann", 30, "red", "large"));
    orders.create(order("1", "bob", 10, "red"));
    orders.create(order("2", "ann", 20, "re", "red\0"));
    assertEquals(List.of("3", "2"), numbers(orders.list(BUYER, "ann")));
    assertEquals(List.of("3", "1"), numbers(orders.list(TAG, "red")));
    assertEquals(List.of("2"), numbers(orders.list(TAG, "re")));
    assertEquals(List.of(), orders.list(TAG, "blue"));
    assertEquals("ann", customers.list(EMAIL, "a@x").get(0).getName());
    View now = shop.snapshot();
    assertEquals(List.of("1", "2"), numbers(now.list(ORDER.between(CENTS, 10, 30))));
    assertEquals(List.of("2", "3", "1"), numbers(now.list(ORDER.between(TAG, "r", "s"))));
    assertEquals(2, now.count(ORDER.by(TAG, "red")));
    assertEquals(1, now.count(ORDER.by(TAG, "red").filter(o -> o.getCents() > 10)));
    assertEquals(3, now.count(ORDER.all()));
    assertEquals(2, now.count(ORDER.between(CENTS, 10, 30)));
  }

  @Test
  void indexesFollowUpdatesAndDeletes() {
    orders.create(order("1", "", 10, "red"));
    orders.update("1", o -> o.toBuilder().clearTags().addTags("blue").build());
    assertEquals(List.of(), orders.list(TAG, "red"));
    assertEquals(List.of("1"), numbers(orders.list(TAG, "blue")));
    orders.delete("1");
    assertEquals(List.of(), orders.list(TAG, "blue"));
  }

  @Test
  void aBetweenQueryGivesAnItemWithSeveralValuesOnce() {
    orders.create(order("1", "", 10, "a", "b", "c"));
    assertEquals(List.of("1"), numbers(shop.snapshot().list(ORDER.between(TAG, "a", "z"))));
    assertEquals(1, shop.snapshot().count(ORDER.between(TAG, "a", "z")));
  }

  @Test
  void aUniqueValueBelongsToOneItem() {
    customers.create(customer("ann", "a@x"));
    assertCode(Code.ALREADY_EXISTS, () -> customers.create(customer("bob", "a@x")));
    customers.create(customer("bob", "b@x"));
    assertCode(
        Code.ALREADY_EXISTS,
        () -> customers.update("bob", c -> c.toBuilder().setEmail("a@x").build()));
    customers.update("ann", c -> c.toBuilder().setEmail("a@x").build());
    customers.update("ann", c -> c.toBuilder().setEmail("c@x").build());
    customers.update("bob", c -> c.toBuilder().setEmail("a@x").build());
    customers.delete("bob");
    customers.create(customer("eve", "a@x"));
    customers.create(customer("none", ""));
    customers.create(customer("neither", ""));
  }

  @Test
  void uniqueValuesCanBeSwappedInOneCommit() {
    customers.create(customer("ann", "a@x"));
    customers.create(customer("bob", "b@x"));
    shop.write(
        tx -> {
          tx.update(CUSTOMER, "ann", c -> c.toBuilder().setEmail("b@x").build());
          tx.update(CUSTOMER, "bob", c -> c.toBuilder().setEmail("a@x").build());
        });
    assertEquals("b@x", customers.get("ann").orElseThrow().getEmail());
    assertCode(Code.ALREADY_EXISTS, () -> customers.create(customer("eve", "a@x")));
    assertCode(Code.ALREADY_EXISTS, () -> customers.create(customer("eve", "b@x")));
  }

  @Test
  void twoItemsOfOneCommitCannotShareAUniqueValue() {
    assertCode(
        Code.ALREADY_EXISTS,
        () ->
            shop.write(
                tx -> {
                  tx.create(CUSTOMER, customer("ann", "a@x"));
                  tx.create(CUSTOMER, customer("bob", "a@x"));
                }));
    assertEquals(0, customers.count());
    assertEquals(0, store.count(KeyRange.all()));
  }

  @Test
  void valuesCanBeBytesOrHaveSeveralParts() {
    Index<Order> bytes = Index.unique("bytes", o -> o.getCustomer().getBytes(UTF_8));
    Index<Order> parts =
        Index.unique("parts", o -> Key.of(o.getCents(), o.getTagsCount(), o.getCustomer()));
    ItemType<Order> type =
        ItemType.builder("coded", Order.parser())
            .id(Order::getNumber)
            .index(bytes)
            .index(parts)
            .build();
    try (Datastore coded = Datastore.open(store, type)) {
      coded.items(type).create(order("1", "a\0", 1));
      coded.items(type).update("1", o -> o.toBuilder().addTags("t").build());
      assertCode(Code.ALREADY_EXISTS, () -> coded.items(type).create(order("2", "a\0", 2)));
      coded.items(type).create(order("2", "a", 1));
      View now = coded.snapshot();
      assertEquals(List.of("2"), numbers(now.list(type.by(bytes, new byte[] {'a'}))));
      assertEquals(List.of("1"), numbers(now.list(type.by(parts, Key.of(1, 1, "a\0")))));
      coded.items(type).delete("1");
      coded.items(type).delete("2");
      assertEquals(0, store.count(KeyRange.all()), "no row is left behind");
    }
  }

  @Test
  void aGuardTellsThatNoneHasAValueButForbidsNone() {
    orders.create(order("1", "", 5));
    orders.create(order("2", "", 5));
    shop.write(
        tx -> {
          assertFalse(tx.isNone(ORDER, LIKE, Key.of("", 5)));
          tx.delete(ORDER, "1");
          tx.delete(ORDER, "2");
          assertTrue(tx.isNone(ORDER, LIKE, Key.of("", 5)));
          tx.create(ORDER, order("3", "", 5));
          assertFalse(tx.isNone(ORDER, LIKE, Key.of("", 5)));
          assertTrue(tx.isNone(ORDER, LIKE, Key.of("", 6)));
          tx.create(ORDER, order("4", "", 6));
        });
    assertEquals(List.of("3", "4"), numbers(orders.list()));
    assertThrows(
        IllegalArgumentException.class, () -> shop.write(tx -> tx.isNone(ORDER, TAG, "red")));
  }

  @Test
  void aReferenceNeedsItsTarget() {
    assertCode(Code.FAILED_PRECONDITION, () -> orders.create(order("1", "ann", 1)));
    orders.create(order("1", "", 1));
    assertCode(
        Code.FAILED_PRECONDITION,
        () -> orders.update("1", o -> o.toBuilder().setCustomer("ann").build()));
    customers.create(customer("ann", ""));
    orders.update("1", o -> o.toBuilder().setCustomer("ann").build());
    assertCode(Code.FAILED_PRECONDITION, () -> customers.delete("ann"));
    orders.update("1", o -> o.toBuilder().clearCustomer().build());
    customers.delete("ann");
  }

  @Test
  void whatBelongsTogetherIsCreatedAndDeletedInAnyOrder() {
    shop.write(
        tx -> {
          tx.create(ORDER, order("1", "ann", 1));
          tx.create(ORDER, order("2", "ann", 1));
          tx.create(CUSTOMER, customer("ann", ""));
        });
    assertEquals(2, shop.snapshot().count(ORDER.by(BUYER, "ann")));
    shop.write(
        tx -> {
          tx.delete(CUSTOMER, "ann");
          tx.list(ORDER.by(BUYER, "ann")).forEach(o -> tx.delete(ORDER, o.getNumber()));
        });
    assertEquals(0, store.count(KeyRange.all()), "no row is left behind");
  }

  @Test
  void deletingATargetLeavesNoReferenceThatTheSameCommitMakes() {
    customers.create(customer("ann", ""));
    assertCode(
        Code.FAILED_PRECONDITION,
        () ->
            shop.write(
                tx -> {
                  tx.create(ORDER, order("1", "ann", 1));
                  tx.delete(CUSTOMER, "ann");
                }));
    assertTrue(customers.get("ann").isPresent());
  }

  @Test
  void aTransactionSeesItsOwnWrites() {
    orders.create(order("1", "", 1, "red"));
    orders.create(order("2", "", 1, "red"));
    shop.write(
        tx -> {
          tx.update(ORDER, "1", o -> o.toBuilder().setCents(7).build());
          tx.delete(ORDER, "2");
          tx.create(ORDER, order("3", "", 3, "red"));
          tx.create(ORDER, order("4", "", 3, "blue"));
          assertEquals(7, tx.get(ORDER, "1").orElseThrow().getCents());
          assertEquals(Optional.empty(), tx.get(ORDER, "2"));
          assertEquals(List.of("1", "3"), numbers(tx.list(ORDER.by(TAG, "red"))));
          tx.delete(ORDER, "4");
        });
    assertEquals(List.of("1", "3"), numbers(orders.list()));
  }

  @Test
  void anExceptionLeavesNoTrace() {
    assertThrows(
        IllegalStateException.class,
        () ->
            shop.write(
                tx -> {
                  tx.create(ORDER, order("1", "", 1));
                  throw new IllegalStateException("the body's own");
                }));
    assertEquals(0, orders.count());
  }

  @Test
  void aTransactionThatWritesNothingTellsWhereItRead() {
    Position written = shop.write(tx -> tx.create(ORDER, order("1", "", 1)));
    Committed<Long> read = shop.compute(tx -> tx.get(ORDER, "1").orElseThrow().getCents());
    assertEquals(1, read.value());
    assertEquals(written, read.position());
  }

  @Test
  void anAnswerThatDecidesRestsOnTheStoreNotOnMemory() {
    try (Datastore other = Shop.open(store)) {
      for (int i = 0; i < 100; i++) {
        String id = "" + i;
        other.items(ORDER).create(order(id, "", 1));
        assertCode(Code.ALREADY_EXISTS, () -> orders.create(order(id, "", 2)));
        other.items(ORDER).delete(id);
        assertCode(Code.NOT_FOUND, () -> orders.delete(id));
        other.items(ORDER).create(order(id, "", 1));
        assertEquals(
            Optional.of(1L), shop.compute(tx -> tx.get(ORDER, id)).value().map(Order::getCents));
        orders.update(id, o -> o.toBuilder().setCents(3).build());
        assertEquals(3, other.at(Freshness.LINEARIZABLE).get(ORDER, id).orElseThrow().getCents());
      }
    }
  }

  @Test
  void aViewStaysAsItWas() {
    orders.create(order("1", "", 1, "red"));
    View before = shop.snapshot();
    orders.create(order("2", "", 1, "red"));
    orders.delete("1");
    assertEquals(List.of("1"), numbers(before.list(ORDER.by(TAG, "red"))));
    assertEquals(1, before.count(ORDER.all()));
    assertTrue(before.get(ORDER, "1").isPresent());
    assertTrue(shop.snapshot().position().isAfter(before.position()));
  }

  @Test
  void subscribersGetEachCommitWhole() {
    try (ItemChanges<Order> changes = orders.subscribe()) {
      assertEquals(0, changes.start().count(ORDER.all()));
      shop.write(
          tx -> {
            tx.create(ORDER, order("1", "", 1));
            tx.create(ORDER, order("2", "", 2));
          });
      customers.create(customer("ann", ""));
      orders.update("1", o -> o.toBuilder().setCents(7).build());
      orders.delete("2");
      List<ItemChanges.Step<Order>> steps = new ArrayList<>();
      while (steps.size() < 3) {
        steps.add(changes.next(Duration.ofSeconds(10)).orElseThrow());
      }
      assertEquals(Changes.Kind.COMMIT, steps.get(0).kind());
      assertEquals(2, steps.get(0).items().size());
      assertEquals(1, steps.get(1).items().get(0).before().orElseThrow().getCents());
      assertEquals(7, steps.get(1).items().get(0).after().orElseThrow().getCents());
      assertEquals(Optional.empty(), steps.get(2).items().get(0).after());
      assertEquals(1, steps.get(2).view().count(ORDER.all()));
      assertEquals(1, changes.start().count(ORDER.all()));
      assertEquals(Optional.empty(), changes.next(Duration.ofMillis(1)));
    }
  }

  @Test
  void longAndOddIdsAndValuesWork() {
    String longId = "ö".repeat(2000);
    customers.create(customer(longId, "x".repeat(3000) + "1"));
    customers.create(customer(longId + "2", "x".repeat(3000) + "2"));
    assertCode(Code.ALREADY_EXISTS, () -> customers.create(customer("c", "x".repeat(3000) + "1")));
    orders.create(order("", longId, 1, "", "\0", "\n"));
    assertCode(Code.FAILED_PRECONDITION, () -> customers.delete(longId));
    customers.delete(longId + "2");
    assertEquals(longId, orders.list(TAG, "\0").get(0).getCustomer());
    assertEquals(longId, customers.get(longId).orElseThrow().getName());
    assertCode(Code.INVALID_ARGUMENT, () -> orders.get("\uD800"));
  }

  @Test
  void whatCannotBeReadIsAlertedAndLeftOut() {
    List<Drift> drifts = new CopyOnWriteArrayList<>();
    orders.create(order("1", "", 1));
    store.put(ORDER.keyOf("2"), new byte[] {(byte) 0xFF});
    try (Datastore other =
        Datastore.builder(store).type(ORDER).type(CUSTOMER).onDrift(drifts::add).open()) {
      assertEquals(1, other.items(ORDER).count());
      assertEquals(Drift.Kind.UNDECODABLE, drifts.get(0).kind());
    }
  }

  @Test
  void whatLiesUnderAnotherKeyThanItsOwnIsLeftOutAsWell() {
    List<Drift> drifts = new CopyOnWriteArrayList<>();
    orders.create(order("1", "", 1));
    byte[] value = store.get(ORDER.keyOf("1")).orElseThrow().value();
    store.put(ORDER.keyOf("2"), value);
    try (Datastore other =
        Datastore.builder(store).type(ORDER).type(CUSTOMER).onDrift(drifts::add).open()) {
      Items<Order> items = other.items(ORDER);
      items.delete("1");
      assertEquals(List.of(), items.list(CENTS, 1L));
      assertEquals(List.of(), items.list());
      assertEquals(Optional.empty(), items.get("2"));
      assertCode(Code.DATA_LOSS, () -> items.delete("2"));
      assertEquals(Drift.Kind.UNDECODABLE, drifts.get(0).kind());
    }
  }

  @Test
  void whatCannotBeReadIsSaidToWhoeverWritesIt() {
    store.put(ORDER.keyOf("2"), new byte[] {(byte) 0xFF});
    for (Executable write :
        List.<Executable>of(
            () -> orders.put(order("2", "", 1)),
            () -> orders.delete("2"),
            () -> shop.compute(tx -> tx.get(ORDER, "2")))) {
      assertEquals(
          "what is stored as order \"2\" cannot be read: mend or delete its key",
          assertCode(Code.DATA_LOSS, write).getMessage());
    }
    store.delete(ORDER.keyOf("2"));
    orders.create(order("2", "", 1));
    assertEquals(1, orders.count());
  }

  @Test
  void rowOfAnItemThatCannotBeReadIsToldToWhomItIsInTheWay() {
    customers.create(customer("ann", "a@x"));
    customers.create(customer("bob", ""));
    orders.create(order("1", "bob", 1));
    store.put(CUSTOMER.keyOf("ann"), new byte[] {(byte) 0xFF});
    store.put(ORDER.keyOf("1"), new byte[] {(byte) 0xFF});
    assertEquals(
        "index email has a row of customer \"ann\", which is not there or cannot be read:"
            + " mend or delete it",
        assertCode(Code.DATA_LOSS, () -> customers.create(customer("cid", "a@x"))).getMessage());
    assertCode(Code.DATA_LOSS, () -> customers.delete("bob"));
    store.delete(ORDER.keyOf("1"));
    assertCode(Code.DATA_LOSS, () -> customers.delete("bob"));
    ORDER.rowsOf(order("1", "bob", 1)).forEach(store::delete);
    customers.delete("bob");
  }

  @Test
  void whatAnIndexRefusesIsNotWritten() {
    Index<Order> strict = Index.lookUp("strict", o -> 1 / o.getCents());
    Index<Order> odd = Index.lookUp("odd", o -> o.getCents() == 7 ? new Object() : 1);
    ItemType<Order> type =
        ItemType.builder("strict", Order.parser())
            .id(Order::getNumber)
            .index(strict)
            .index(odd)
            .build();
    try (Datastore other = Datastore.open(store, type)) {
      Items<Order> items = other.items(type);
      assertThrows(ArithmeticException.class, () -> items.create(order("1", "", 0)));
      assertCode(Code.INVALID_ARGUMENT, () -> items.create(order("1", "", 7)));
      assertEquals(Optional.empty(), store.get(type.keyOf("1")));
      items.create(order("1", "", 1));
      assertEquals(0, other.state().drifts());
    }
  }

  @Test
  void aTransactionThatIsKeptIsRefused() {
    List<ItemTransaction> kept = new ArrayList<>();
    shop.write(
        tx -> {
          kept.add(tx);
          tx.create(ORDER, order("1", "", 1));
        });
    ItemTransaction old = kept.get(0);
    for (Executable use :
        List.<Executable>of(
            () -> old.put(ORDER, order("2", "", 1)),
            () -> old.get(ORDER, "1"),
            () -> old.delete(ORDER, "1"),
            () -> old.list(ORDER.all()),
            () -> old.expectNone(CUSTOMER, EMAIL, "a@x"))) {
      assertEquals(
          "the transaction has ended: use it inside its body only",
          assertThrows(IllegalStateException.class, use).getMessage());
    }
  }

  @Test
  void verificationFindsNothingWrong() {
    customers.create(customer("ann", "a@x"));
    orders.create(order("1", "ann", 1, "red"));
    shop.verify();
    assertEquals(0, shop.state().drifts());
  }

  @Test
  void secretIdsAppearInNoMessage() {
    ItemType<Order> secret =
        ItemType.builder("secret", Order.parser()).id(Order::getNumber).secret().build();
    try (Datastore secrets = Datastore.open(store, secret)) {
      Items<Order> items = secrets.items(secret);
      items.create(order("hush", "", 1));
      DatastoreException taken =
          assertCode(Code.ALREADY_EXISTS, () -> items.create(order("hush", "", 1)));
      assertFalse(taken.getMessage().contains("hush"));
      assertThrows(IllegalArgumentException.class, () -> items.page("", 10));
      assertEquals(1, items.list().size());
    }
  }

  @Test
  void wrongUseIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> Datastore.open(store));
    assertThrows(IllegalArgumentException.class, () -> Datastore.open(store, ORDER));
    assertThrows(IllegalArgumentException.class, () -> Datastore.open(store, ORDER, ORDER));
    assertThrows(IllegalArgumentException.class, () -> ORDER.by(Index.lookUp("x", o -> 1), 1));
    assertThrows(
        IllegalArgumentException.class, () -> ItemType.builder("holdfast.x", Order.parser()));
    assertThrows(NullPointerException.class, () -> ItemType.builder("x", Order.parser()).build());
    ItemType<Order> another =
        ItemType.builder("another", Order.parser()).id(Order::getNumber).build();
    assertThrows(IllegalArgumentException.class, () -> shop.items(another));
    assertThrows(IllegalArgumentException.class, () -> shop.snapshot().get(another, "1"));
    ItemType<Order> namesake =
        ItemType.builder("order", Order.parser()).id(Order::getNumber).build();
    assertEquals(
        "the data store was opened with another item type order: keep it in a constant",
        assertThrows(IllegalArgumentException.class, () -> shop.items(namesake)).getMessage());
    ItemType.Builder<Order> nameless =
        ItemType.builder("x", Order.parser()).id(Order::getNumber).index(Index.unique("", o -> 1));
    assertThrows(IllegalArgumentException.class, nameless::build);
  }

  @Test
  void aClosedDatastoreSaysSo() {
    shop.close();
    shop.close();
    assertThrows(StoreException.Closed.class, () -> orders.get("1"));
    assertThrows(StoreException.Closed.class, () -> orders.create(order("1", "", 1)));
    assertEquals(0, store.count(KeyRange.all()), "the store stays open");
  }
}
