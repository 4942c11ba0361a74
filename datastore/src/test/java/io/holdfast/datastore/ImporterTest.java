package io.holdfast.datastore;

import static io.holdfast.datastore.DatastoreTest.assertCode;
import static io.holdfast.datastore.Shop.BUYER;
import static io.holdfast.datastore.Shop.CUSTOMER;
import static io.holdfast.datastore.Shop.ORDER;
import static io.holdfast.datastore.Shop.customer;
import static io.holdfast.datastore.Shop.order;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.datastore.DatastoreException.Code;
import io.holdfast.datastore.StoredItems.StoredItem;
import io.holdfast.datastore.shop.Order;
import io.holdfast.store.Backend;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.MemoryProvider;
import io.holdfast.store.Mutation;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ImporterTest {
  private final Store store = Shop.emptyStore();

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void loadedItemsComeFirstInTheOrderOfTheirNumbers() {
    Importer load = Importer.begin(store);
    load.add(ORDER, 30, order("a", "", 1));
    load.add(ORDER, 5, order("z", "", 1));
    load.add(ORDER, 7_000_000_000L, order("m", "", 1));
    load.finish();
    try (Datastore shop = Shop.open(store)) {
      Items<Order> orders = shop.items(ORDER);
      orders.create(order("0", "", 1));
      orders.update("z", o -> o.toBuilder().setCents(2).build());
      assertEquals(List.of("z", "a", "m", "0"), numbers(orders.list()));
      assertEquals(Optional.of(new CreationOrder(0, 5, 0)), shop.snapshot().order(ORDER, "z"));
    }
  }

  private static List<String> numbers(List<Order> orders) {
    return orders.stream().map(Order::getNumber).toList();
  }

  @Test
  void anUnfinishedLoadKeepsTheStoreShutUntilItIsClearedAndLoadedAgain() {
    Importer load = Importer.begin(store);
    for (int i = 0; i < 3 * store.limits().operationsMax(); i++) {
      load.add(ORDER, i, order("" + i, "", i));
    }
    StoreException.Unusable open =
        assertThrows(StoreException.Unusable.class, () -> Shop.open(store));
    assertEquals(StoreException.Reason.INCOMPLETE, open.reason());
    StoreException.Unusable begin =
        assertThrows(StoreException.Unusable.class, () -> Importer.begin(store));
    assertEquals(StoreException.Reason.INCOMPLETE, begin.reason());
    assertTrue(Importer.clearIncomplete(store) > 0);
    assertEquals(0, store.count(KeyRange.all()));
    assertCode(Code.FAILED_PRECONDITION, load::finish);
    Importer.begin(store).finish();
    Shop.open(store).close();
  }

  @Test
  void theNextCommitIsPutTogetherWhileOneIsWritten() {
    TappedBackend backend = new TappedBackend();
    try (Store tapped = Store.over(backend, Duration.ofMinutes(2))) {
      Importer load = Importer.begin(tapped);
      CountDownLatch held = new CountDownLatch(1);
      backend.beforeCommit = request -> await(held);
      int items = 3 * tapped.limits().operationsMax() / 2 / rowsOf(order("7", "", 1));
      for (int i = 0; i < items; i++) {
        load.add(ORDER, i, order("" + i, "", i)); // half of them while the first half is held
      }
      assertEquals(0, StoredItems.of(tapped, ORDER).count());
      held.countDown();
      load.finish();
      assertEquals(items, StoredItems.of(tapped, ORDER).count());
    }
  }

  private static int rowsOf(Order order) {
    return 1 + ORDER.rowsOf(order).size();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertTrue(latch.await(60, TimeUnit.SECONDS));
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void commitThatFailsIsToldAndCanBeSentAgain() {
    TappedBackend backend = new TappedBackend();
    try (Store tapped = Store.over(backend, Duration.ofSeconds(30))) {
      Importer load = Importer.begin(tapped);
      load.add(ORDER, 1, order("1", "", 1));
      for (RuntimeException failure :
          List.of(
              new StoreException.Unavailable("the test said so", null),
              new IllegalStateException("the test said so"))) {
        backend.beforeCommit =
            request -> {
              throw failure;
            };
        assertSame(failure, assertThrows(RuntimeException.class, load::flush));
      }
      backend.beforeCommit = request -> {};
      load.add(ORDER, 2, order("2", "", 1));
      load.finish();
      assertEquals(2, StoredItems.of(tapped, ORDER).count());
    }
  }

  @Test
  void commitOfWhichNobodyCouldTellIsNotTakenForThatOfSomebodyElse() {
    List<RuntimeException> after = new ArrayList<>();
    Backend unsure =
        new ForwardingBackend(new MemoryProvider().open(StoreConfig.of("memory:unsure"))) {
          @Override
          public Position commit(CommitRequest request, Deadline deadline) {
            Position position = super.commit(request, deadline);
            if (!after.isEmpty()) {
              throw after.remove(0);
            }
            return position;
          }
        };
    try (Store own = Store.over(unsure, Duration.ofSeconds(20))) {
      Importer load = Importer.begin(own, "source");
      load.add(ORDER, 1, order("1", "", 1));
      after.add(new StoreException.UnknownOutcome("nobody can tell", null));
      assertThrows(StoreException.UnknownOutcome.class, load::flush);
      load.flush();
      load.add(ORDER, 2, order("2", "", 2));
      Importer other = Importer.resume(own, "source").orElseThrow();
      assertEquals(1, other.resumedAfter());
      assertCode(Code.FAILED_PRECONDITION, load::flush);
      other.add(ORDER, 1, order("1", "", 1));
      other.add(ORDER, 2, order("2", "", 2));
      other.flush();
      assertCode(Code.FAILED_PRECONDITION, load::flush);
      other.finish();
      assertEquals(2, StoredItems.of(own, ORDER).count());
    }
  }

  @Test
  void aLoadThatWasCutOffGoesOnWithTheSameItemsAndLoadsEachOnce() {
    int items = 3 * store.limits().operationsMax();
    String tooLong = "n".repeat(store.limits().valueBytesMax());
    Importer cut = Importer.begin(store, "shop");
    for (int i = 0; i < items / 2; i++) {
      cut.add(ORDER, i, order("" + i, "", i));
    }
    assertThrows(
        StoreException.LimitExceeded.class, () -> cut.add(ORDER, 0, order(tooLong, "", 1)));
    cut.add(ORDER, items, order("last before the cut", "", 1));
    cut.flush();
    assertEquals(Optional.empty(), Importer.resume(store, "another shop"));
    Importer load = Importer.resume(store, "shop").orElseThrow();
    assertEquals(items / 2 + 2, load.resumedAfter());
    for (int i = 0; i < items / 2; i++) {
      load.add(ORDER, i, order("" + i, "", i));
    }
    assertThrows(
        StoreException.LimitExceeded.class, () -> load.add(ORDER, 0, order(tooLong, "", 1)));
    load.add(ORDER, items, order("last before the cut", "", 1));
    for (int i = items / 2; i < items; i++) {
      load.add(ORDER, i, order("" + i, "", i));
    }
    cut.add(ORDER, items + 1, order("late", "", 1));
    assertCode(Code.FAILED_PRECONDITION, cut::flush);
    load.finish();
    assertEquals(items + 1, StoredItems.of(store, ORDER).count());
    assertEquals(Optional.empty(), Importer.resume(store, "shop"));
    Shop.open(store).close();
  }

  @Test
  void aLoadThatDidNotNameItsSourceOrIsHalfClearedDoesNotGoOn() {
    TappedBackend tapped = new TappedBackend();
    try (Store shared = Store.over(tapped, Duration.ofSeconds(10))) {
      Importer.begin(shared).add(ORDER, 1, order("1", "", 1));
      assertEquals(Optional.empty(), Importer.resume(shared, ""));
      Importer.clearIncomplete(shared);
      Importer load = Importer.begin(shared, "shop");
      load.add(ORDER, 1, order("1", "", 1));
      load.flush();
      runOnce(
          tapped,
          write -> write.isDelete() && write.key().equals(StoreInfo.INCOMPLETE),
          () -> assertEquals(Optional.empty(), Importer.resume(shared, "shop")));
      Importer.clearIncomplete(shared);
      assertEquals(0, shared.count(KeyRange.all()));
    }
  }

  private static void runOnce(TappedBackend tapped, Predicate<Mutation> before, Runnable other) {
    tapped.beforeCommit =
        request -> {
          if (request.mutations().stream().anyMatch(before)) {
            tapped.beforeCommit = next -> {};
            other.run();
          }
        };
  }

  @Test
  void aLoadThatStillRunsCannotWriteIntoAStoreThatIsBeingCleared() {
    TappedBackend tapped = new TappedBackend();
    try (Store shared = Store.over(tapped, Duration.ofSeconds(10))) {
      Importer load = Importer.begin(shared);
      load.add(ORDER, 1, order("written", "", 1));
      load.flush();
      load.add(ORDER, 2, order("late", "", 1));
      runOnce(
          tapped,
          write -> write.isDelete() && write.key().equals(StoreInfo.INCOMPLETE),
          () -> assertCode(Code.FAILED_PRECONDITION, load::flush));
      Importer.clearIncomplete(shared);
      assertEquals(0, shared.count(KeyRange.all()));
    }
  }

  @Test
  void clearingEndsWhereSomebodyElseHasClearedAndLoadsAnew() {
    TappedBackend tapped = new TappedBackend();
    try (Store shared = Store.over(tapped, Duration.ofSeconds(10))) {
      Importer old = Importer.begin(shared);
      old.add(ORDER, 1, order("old", "", 1));
      old.flush();
      runOnce(
          tapped,
          write -> write.isDelete() && !write.key().equals(StoreInfo.INCOMPLETE),
          () -> {
            Importer.clearIncomplete(shared);
            Importer load = Importer.begin(shared);
            load.add(ORDER, 1, order("new", "", 1));
            load.flush();
          });
      assertCode(Code.FAILED_PRECONDITION, () -> Importer.clearIncomplete(shared));
      assertEquals(1, StoredItems.of(shared, ORDER).count());
      assertTrue(StoreInfo.loadBegunAt(shared).isPresent());
    }
  }

  @Test
  void aStoreWithDataIsRefusedAndKept() {
    store.put(Key.ofBytes(new byte[] {(byte) 0xFF, 1}), new byte[0]);
    assertCode(Code.FAILED_PRECONDITION, () -> Importer.begin(store));
    assertCode(Code.FAILED_PRECONDITION, () -> Importer.clearIncomplete(store));
    assertEquals(1, store.count(KeyRange.all()));
  }

  @Test
  void batchesFillTheLimitsButNeverPassThem() {
    int items = 2 * store.limits().operationsMax() + 7;
    long before = store.status().head().revision().number();
    Importer load = Importer.begin(store);
    load.add(CUSTOMER, 1, customer("ann", "a@x"));
    for (int i = 0; i < items; i++) {
      load.add(ORDER, i, order("" + i, "ann", i));
    }
    load.finish();
    long commits = store.status().head().revision().number() - before;
    // Three keys an order, and one condition a batch; and the commits that set and remove the mark.
    long least = 2 + (3L * items + 2) / (store.limits().operationsMax() - 1) + 1;
    assertTrue(commits == least || commits == least + 1, commits + " commits, not " + least);
    try (Datastore shop = Shop.open(store)) {
      assertEquals(items, shop.snapshot().count(ORDER.by(BUYER, "ann")));
      assertCode(Code.FAILED_PRECONDITION, () -> shop.items(CUSTOMER).delete("ann"));
      assertCode(Code.ALREADY_EXISTS, () -> shop.items(CUSTOMER).create(customer("bob", "a@x")));
    }
  }

  @Test
  void twiceTheSameIdIsRefusedAlsoInAnotherBatch() {
    Importer load = Importer.begin(store);
    load.add(ORDER, 1, order("1", "", 1));
    assertCode(Code.ALREADY_EXISTS, () -> load.add(ORDER, 2, order("1", "", 1)));
    int items = store.limits().operationsMax();
    for (int i = 2; i < items; i++) {
      load.add(ORDER, i, order("" + i, "", 1));
    }
    load.add(ORDER, 9, order("3", "", 1));
    DatastoreException e = assertCode(Code.ALREADY_EXISTS, load::finish);
    assertEquals("order \"3\" was loaded before", e.getMessage());
  }

  @Test
  void twiceTheSameUniqueValueIsRefusedAlsoInAnotherBatch() {
    Importer load = Importer.begin(store);
    load.add(CUSTOMER, 1, customer("ann", "a@x"));
    assertCode(Code.ALREADY_EXISTS, () -> load.add(CUSTOMER, 2, customer("bob", "a@x")));
    for (int i = 0; i < store.limits().operationsMax(); i++) {
      load.add(ORDER, i, order("" + i, "", 1));
    }
    load.add(CUSTOMER, 3, customer("eve", "a@x"));
    assertCode(Code.ALREADY_EXISTS, load::finish);
  }

  @Test
  void aReferenceToNothingLeavesTheStoreIncomplete() {
    String longName = "n".repeat(2000);
    Importer load = Importer.begin(store);
    load.add(CUSTOMER, 1, customer("ann", ""));
    load.add(CUSTOMER, 2, customer(longName, ""));
    load.add(ORDER, 1, order("1", "ann", 1));
    load.add(ORDER, 2, order("2", "ann", 1));
    load.add(ORDER, 3, order("3", longName, 1));
    load.add(ORDER, 4, order("4", longName + "2", 1));
    DatastoreException e = assertCode(Code.FAILED_PRECONDITION, load::finish);
    assertTrue(e.getMessage().contains("refers to customer \"" + longName + "2\""));
    assertThrows(StoreException.Unusable.class, () -> Shop.open(store));
  }

  @Test
  void storedItemsComeByIdOrInCreationOrderWithLittleMemory() {
    Importer load = Importer.begin(store);
    for (int i = 0; i < 1000; i++) {
      load.add(ORDER, (i * 7919L) % 1000, order("" + i, "", i));
    }
    load.finish();
    try (Datastore shop = Shop.open(store)) {
      shop.items(ORDER).create(order("last", "", 1));
    }
    StoredItems<Order> stored = StoredItems.of(store, ORDER, 64);
    assertEquals(1001, stored.count());
    List<Long> revisions = new ArrayList<>();
    List<String> ids = new ArrayList<>();
    try (Stream<StoredItem<Order>> items = stored.inCreationOrder()) {
      items.forEach(
          item -> {
            revisions.add(item.order().revision());
            ids.add(item.message().getNumber());
          });
    }
    assertEquals(
        IntStream.range(0, 1000).mapToObj(i -> (long) i).toList(), revisions.subList(0, 1000));
    assertEquals("last", ids.get(1000));
    List<String> byId = new ArrayList<>();
    stored.byId().forEach(item -> byId.add(item.message().getNumber()));
    assertEquals(ids.stream().sorted().toList(), byId);
    assertEquals(7, stored.get("7").orElseThrow().message().getCents());
    assertEquals(Optional.empty(), stored.get("none"));
  }
}
