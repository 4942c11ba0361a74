package io.holdfast.datastore;

import static io.holdfast.datastore.Shop.BUYER;
import static io.holdfast.datastore.Shop.CUSTOMER;
import static io.holdfast.datastore.Shop.ORDER;
import static io.holdfast.datastore.Shop.customer;
import static io.holdfast.datastore.Shop.order;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.shop.Order;
import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class ReplicaTest {
  private static final Duration LEASE = Duration.ofMillis(500);

  private final Store store = Shop.emptyStore();

  @AfterEach
  void close() {
    store.close();
  }

  private Replica hold() {
    return Replica.hold(store, "elsewhere", LEASE, false);
  }

  @Test
  void itemsAndTheirIndexRowsBecomeWhatWasPut() {
    try (Replica replica = hold()) {
      replica.put(CUSTOMER, 2, customer("ann", "a@x"));
      replica.put(CUSTOMER, 1, customer("bob", "b@x"));
      replica.put(ORDER, 9, order("7", "ann", 5));
      assertEquals(3, replica.flush());
      replica.put(ORDER, 9, order("7", "bob", 6));
      replica.delete(CUSTOMER, "ann");
      replica.delete(CUSTOMER, "nobody");
      assertEquals(2, replica.flush());
      try (Datastore shop = Shop.open(store)) {
        View view = shop.snapshot();
        assertEquals(List.of(customer("bob", "b@x")), view.list(CUSTOMER.all()));
        assertEquals(List.of(order("7", "bob", 6)), view.list(ORDER.by(BUYER, "bob")));
        // The rows of indexes hold constraints: what they say is tried.
        shop.items(CUSTOMER).create(customer("cid", "a@x"));
        assertThrows(
            DatastoreException.class, () -> shop.items(CUSTOMER).create(customer("d", "b@x")));
        assertThrows(DatastoreException.class, () -> shop.items(CUSTOMER).delete("bob"));
      }
    }
  }

  @Test
  void rowsOfIndexesAreMendedAlsoWhereTheItemIsIntact() {
    Order intact = order("7", "ann", 5);
    try (Replica replica = hold()) {
      replica.put(CUSTOMER, 1, customer("ann", "a@x"));
      replica.put(ORDER, 9, intact);
      replica.flush();
      Map<String, Set<Key>> rows = rows(ORDER);
      assertEquals(Map.of("7", ORDER.rowsOf(intact)), rows);
      store.delete(rows.get("7").iterator().next());
      for (Order other : List.of(order("7", "bob", 8), order("8", "bob", 8))) {
        ORDER.rowsOf(other).forEach(row -> store.put(row, new byte[0]));
      }
      rows = rows(ORDER);
      replica.mend(ORDER, "7", 9, intact, rows.get("7"));
      replica.mend(ORDER, "8", 0, null, rows.get("8"));
      assertEquals(2, replica.flush());
      assertEquals(Map.of("7", ORDER.rowsOf(intact)), rows(ORDER));
    }
  }

  private Map<String, Set<Key>> rows(ItemType<?> type) {
    Map<String, Set<Key>> rows = new HashMap<>();
    StoredItems.of(store, type)
        .forEachRow((id, row) -> rows.computeIfAbsent(id, any -> new HashSet<>()).add(row));
    return rows;
  }

  @Test
  void rowsOfItemsWithIdsThatAreTooLongForKeysAreFoundAsWell() {
    String longId = "x".repeat(600);
    String other = longId + "y";
    try (Replica replica = hold()) {
      replica.put(CUSTOMER, 1, customer(longId, "a@x"));
      replica.put(CUSTOMER, 2, customer(other, "b@x"));
      replica.flush();
      assertEquals(Set.of(longId, other), rows(CUSTOMER).keySet());
      store.put(CUSTOMER.keyOf(longId), new byte[] {1});
      replica.put(CUSTOMER, 1, customer(longId, "c@x"));
      replica.flush();
      assertEquals(
          Map.of(
              longId, CUSTOMER.rowsOf(customer(longId, "c@x")),
              other, CUSTOMER.rowsOf(customer(other, "b@x"))),
          rows(CUSTOMER));
    }
  }

  @Test
  void whatIsThereAlreadyIsNotWritten() {
    try (Replica replica = hold()) {
      replica.put(CUSTOMER, 1, customer("ann", "a@x"));
      assertEquals(1, replica.flush());
      replica.put(CUSTOMER, 1, customer("ann", "a@x"));
      replica.delete(CUSTOMER, "bob");
      assertEquals(0, replica.flush());
      replica.put(CUSTOMER, 2, customer("ann", "a@x"));
      assertEquals(1, replica.flush());
      replica.putInItsPlace(CUSTOMER, 3, customer("ann", "a@x"));
      assertEquals(0, replica.flush());
    }
  }

  @Test
  void moreThanACommitTakesIsWrittenInSeveral() {
    int many = 3 * store.limits().operationsMax();
    try (Replica replica = hold()) {
      for (int i = 0; i < many; i++) {
        replica.put(CUSTOMER, i + 1L, customer("c" + i, i + "@x"));
      }
      assertEquals(many, replica.flush());
      assertEquals(many, StoredItems.of(store, CUSTOMER).count());
    }
  }

  @Test
  void oneAtATimeHoldsAStore() {
    try (Replica first = hold()) {
      assertTrue(first.isFirst());
      assertThrows(ReplicaHeldException.class, this::hold);
      try (Replica second = Replica.hold(store, "elsewhere", LEASE, true)) {
        assertFalse(second.isFirst());
        first.put(CUSTOMER, 1, customer("ann", "a@x"));
        assertThrows(ReplicaHeldException.class, first::flush);
        second.put(CUSTOMER, 1, customer("bob", "b@x"));
        assertEquals(1, second.flush());
      }
    }
    assertEquals(Optional.of("elsewhere"), Replica.sourceOf(store));
    hold().close();
  }

  @Test
  void holderThatIsSilentForALeaseIsTakenForDead() {
    // Its lease is so long that its next beat is never seen.
    try (Replica dead = Replica.hold(store, "elsewhere", Duration.ofHours(1), false);
        Replica next = hold()) {
      dead.put(CUSTOMER, 1, customer("ann", "a@x"));
      assertThrows(ReplicaHeldException.class, dead::flush);
      assertEquals(0, next.flush());
    }
  }

  @Test
  void holderThatGoesWhileItIsWatchedIsFollowedAtOnce() throws Exception {
    Duration lease = Duration.ofMinutes(1); // within its first seconds no beat is seen
    Replica first = Replica.hold(store, "elsewhere", lease, false);
    FutureTask<Replica> next =
        new FutureTask<>(() -> Replica.hold(store, "elsewhere", lease, false));
    Thread waiting = new Thread(next);
    waiting.start();
    Deadline deadline = Deadline.after(Duration.ofSeconds(20));
    while (waiting.getState() != Thread.State.TIMED_WAITING) {
      deadline.check("the next one to watch the holder");
      Thread.onSpinWait();
    }
    first.close();
    next.get(5, TimeUnit.MINUTES).close();
  }

  @Test
  void holderGoesOnToShowThatItLivesAfterDefect() {
    TappedBackend backend = new TappedBackend();
    AtomicInteger beats = new AtomicInteger();
    try (Store tapped = Store.over(backend, Duration.ofSeconds(10));
        Replica replica = Replica.hold(tapped, "elsewhere", LEASE, false)) {
      backend.beforeCommit =
          request -> {
            if (beats.incrementAndGet() == 1) {
              throw new NoClassDefFoundError("the test said so");
            }
          };
      Deadline deadline = Deadline.after(Duration.ofSeconds(20));
      while (beats.get() < 2) {
        deadline.check("the beat behind the one that failed");
        Thread.onSpinWait();
      }
      assertThrows(
          ReplicaHeldException.class, () -> Replica.hold(tapped, "elsewhere", LEASE, false));
      assertEquals(0, replica.flush());
    }
  }

  @Test
  void holderIsToldThatTheStoreHasLostCommitsThoughASignOfLifeWasToldFirst() {
    TappedBackend backend = new TappedBackend();
    AtomicInteger beats = new AtomicInteger();
    try (Store tapped = Store.over(backend, Duration.ofSeconds(10));
        Replica replica = Replica.hold(tapped, "elsewhere", LEASE, false)) {
      backend.beforeCommit =
          request -> {
            if (beats.incrementAndGet() == 1) {
              throw new StoreException.Diverged("the test said so");
            }
          };
      Deadline deadline = Deadline.after(Duration.ofSeconds(20));
      while (beats.get() < 2) {
        deadline.check("the beat behind the one that was told");
        Thread.onSpinWait();
      }
      assertThrows(StoreException.Diverged.class, replica::flush);
      assertEquals(0, replica.flush());
    }
  }

  @Test
  void storeCanBeHeldWhileItIsLoadedAndCleared() {
    try (Replica replica = hold()) {
      Importer load = Importer.begin(store, "a source");
      load.add(CUSTOMER, 1, customer("ann", "a@x"));
      load.flush();
      assertTrue(Importer.clearIncomplete(store) > 0);
      Importer again = Importer.begin(store, "a source");
      again.add(CUSTOMER, 1, customer("ann", "a@x"));
      again.finish();
      replica.put(CUSTOMER, 2, customer("bob", "b@x"));
      assertEquals(1, replica.flush());
      assertTrue(store.count(KeyRange.all()) > 2);
    }
  }

  @Test
  void whatSomebodyElseWroteMeanwhileIsReplacedWhole() {
    try (Replica replica = hold();
        Datastore shop = Shop.open(store)) {
      shop.items(CUSTOMER).create(customer("ann", "hers@x"));
      replica.put(CUSTOMER, 1, customer("ann", "a@x"));
      assertEquals(1, replica.flush());
      shop.at(Freshness.LINEARIZABLE);
      shop.items(CUSTOMER).create(customer("bob", "hers@x"));
      assertThrows(
          DatastoreException.class, () -> shop.items(CUSTOMER).create(customer("c", "a@x")));
    }
  }
}
