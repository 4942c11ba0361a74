package io.holdfast.datastore;

import static io.holdfast.datastore.Shop.BUYER;
import static io.holdfast.datastore.Shop.CUSTOMER;
import static io.holdfast.datastore.Shop.LIKE;
import static io.holdfast.datastore.Shop.ORDER;
import static io.holdfast.datastore.Shop.customer;
import static io.holdfast.datastore.Shop.order;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.DatastoreException.Code;
import io.holdfast.datastore.shop.Customer;
import io.holdfast.datastore.shop.Order;
import io.holdfast.store.IndexKey;
import io.holdfast.store.Key;
import io.holdfast.store.Store;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Several data stores on one store race each other; each has a memory of its own. */
final class ConcurrencyTest {
  private static final int RIVALS = 4;
  private static final int SECONDS = 60;

  @TempDir private Path folder;

  /** Data stores on one store, and as many threads. */
  private final class Rivals implements AutoCloseable {
    private final String url;
    private final List<Runnable> closers = new ArrayList<>();
    private final List<Datastore> shops = new ArrayList<>();
    private final ExecutorService threads = Executors.newFixedThreadPool(RIVALS + 1);
    private final CyclicBarrier start = new CyclicBarrier(RIVALS);

    Rivals(String scheme) {
      url =
          scheme + ":" + (scheme.equals("memory") ? UUID.randomUUID() : folder.resolve("shop.db"));
      for (int i = 0; i < RIVALS; i++) {
        Store store = Store.open(url);
        closers.add(store::close);
        Datastore shop = Shop.open(store);
        closers.add(0, shop::close);
        shops.add(shop);
      }
    }

    Datastore shop(int rival) {
      return shops.get(rival);
    }

    /** Lets all rivals do something at the same moment; their results, null for a refusal. */
    <T> List<T> race(Code refusal, Function<Datastore, T> body) throws Exception {
      List<Future<T>> running = new ArrayList<>();
      for (Datastore shop : shops) {
        Callable<T> rival =
            () -> {
              start.await(SECONDS, TimeUnit.SECONDS);
              try {
                return body.apply(shop);
              } catch (DatastoreException e) {
                assertEquals(refusal, e.code(), e.getMessage());
                return null;
              }
            };
        running.add(threads.submit(rival));
      }
      List<T> results = new ArrayList<>();
      for (Future<T> one : running) {
        results.add(one.get(SECONDS, TimeUnit.SECONDS));
      }
      return results;
    }

    @Override
    public void close() {
      threads.shutdownNow();
      closers.forEach(Runnable::run);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "sqlite"})
  void oneOfManyGetsTheUniqueValue(String scheme) throws Exception {
    try (Rivals rivals = new Rivals(scheme)) {
      for (int round = 0; round < 20; round++) {
        String email = round + "@x";
        List<Customer> created =
            rivals.race(
                Code.ALREADY_EXISTS,
                shop -> shop.items(CUSTOMER).create(customer("" + UUID.randomUUID(), email)));
        assertEquals(1, created.stream().filter(c -> c != null).count());
      }
      assertEquals(20, rivals.shop(0).at(Freshness.LINEARIZABLE).count(CUSTOMER.all()));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "sqlite"})
  void whatNobodyHasIsCreatedOnce(String scheme) throws Exception {
    try (Rivals rivals = new Rivals(scheme)) {
      for (int round = 0; round < 20; round++) {
        long cents = round;
        List<String> numbers =
            rivals.race(
                null, shop -> shop.compute(tx -> createOrReturn(tx, cents).getNumber()).value());
        assertEquals(1, new HashSet<>(numbers).size(), "all get the same order");
      }
      View now = rivals.shop(0).at(Freshness.LINEARIZABLE);
      assertEquals(20, now.count(ORDER.all()));
    }
  }

  private static Order createOrReturn(ItemTransaction tx, long cents) {
    Key like = Key.of("", cents);
    return tx.isNone(ORDER, LIKE, like)
        ? tx.create(ORDER, order("" + UUID.randomUUID(), "", cents))
        : tx.list(ORDER.by(LIKE, like)).get(0);
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "sqlite"})
  void oneOfManyGetsTheId(String scheme) throws Exception {
    try (Rivals rivals = new Rivals(scheme)) {
      for (int round = 0; round < 20; round++) {
        String id = "" + round;
        List<Order> created =
            rivals.race(Code.ALREADY_EXISTS, shop -> shop.items(ORDER).create(order(id, "", 1)));
        assertEquals(1, created.stream().filter(o -> o != null).count());
        List<Order> deleted = rivals.race(Code.NOT_FOUND, shop -> shop.items(ORDER).delete(id));
        assertEquals(1, deleted.stream().filter(o -> o != null).count());
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "sqlite"})
  void noUpdateIsLost(String scheme) throws Exception {
    try (Rivals rivals = new Rivals(scheme)) {
      rivals.shop(0).items(ORDER).create(order("1", "", 0));
      rivals.race(
          null,
          shop -> {
            Order last = null;
            for (int i = 0; i < 25; i++) {
              last =
                  shop.items(ORDER)
                      .update("1", o -> o.toBuilder().setCents(o.getCents() + 1).build());
            }
            return last;
          });
      Order now = rivals.shop(0).at(Freshness.LINEARIZABLE).get(ORDER, "1").orElseThrow();
      assertEquals(25 * RIVALS, now.getCents());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "sqlite"})
  void noOrphanIsLeftBehind(String scheme) throws Exception {
    try (Rivals rivals = new Rivals(scheme)) {
      for (int round = 0; round < 20; round++) {
        rivals.shop(0).items(CUSTOMER).create(customer("ann", ""));
        AtomicBoolean deletes = new AtomicBoolean(true);
        rivals.race(
            Code.FAILED_PRECONDITION,
            shop ->
                deletes.getAndSet(false)
                    ? shop.items(CUSTOMER).delete("ann")
                    : shop.items(ORDER).create(order("" + UUID.randomUUID(), "ann", 1)));
        rivals
            .shop(1)
            .write(
                tx -> {
                  boolean target = tx.get(CUSTOMER, "ann").isPresent();
                  List<Order> users = tx.list(ORDER.by(BUYER, "ann"));
                  assertTrue(
                      target || users.isEmpty(), "orders of a customer who is gone: " + users);
                  users.forEach(o -> tx.delete(ORDER, o.getNumber()));
                  if (target) {
                    tx.delete(CUSTOMER, "ann");
                  }
                });
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "sqlite"})
  void pagesStayWholeWhileOthersCreate(String scheme) throws Exception {
    try (Rivals rivals = new Rivals(scheme)) {
      Set<String> old = new HashSet<>();
      for (int i = 0; i < 40; i++) {
        rivals.shop(0).items(ORDER).create(order("old" + i, "", 1));
        old.add("old" + i);
      }
      AtomicBoolean reads = new AtomicBoolean(true);
      AtomicBoolean done = new AtomicBoolean();
      List<List<String>> seen =
          rivals.race(
              null,
              shop -> {
                if (reads.getAndSet(false)) {
                  List<String> turned = turn(shop);
                  done.set(true);
                  return turned;
                }
                while (!done.get()) {
                  shop.items(ORDER).create(order("" + UUID.randomUUID(), "", 1));
                }
                return List.of();
              });
      List<String> turned = seen.stream().filter(s -> !s.isEmpty()).findFirst().orElseThrow();
      assertEquals(new HashSet<>(turned).size(), turned.size(), "no item twice");
      assertTrue(turned.containsAll(old));
    }
  }

  private static List<String> turn(Datastore shop) {
    shop.at(Freshness.LINEARIZABLE); // else its memory may lack what another one has created
    List<String> seen = new ArrayList<>();
    Optional<String> token = Optional.of("");
    while (token.isPresent()) {
      Slice<Order> slice = shop.items(ORDER).page(token.get(), 3);
      slice.items().forEach(o -> seen.add(o.getNumber()));
      token = seen.size() < 500 ? slice.next() : Optional.empty();
    }
    return seen;
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "sqlite"})
  void rowsAndItemsAgreeAfterARace(String scheme) throws Exception {
    try (Rivals rivals = new Rivals(scheme)) {
      rivals
          .shop(0)
          .write(
              tx -> {
                tx.create(CUSTOMER, customer("ann", ""));
                tx.create(CUSTOMER, customer("bob", ""));
              });
      rivals.race(
          null,
          shop -> {
            for (int i = 0; i < 20; i++) {
              String id = "" + i % 3;
              String buyer = i % 2 == 0 ? "ann" : "bob";
              shop.items(ORDER).put(order(id, buyer, i));
            }
            return true;
          });
      try (Store store = Store.open(rivals.url)) {
        Set<String> rows = new HashSet<>();
        for (var row : store.get(IndexKey.all("order", "buyer")).entries()) {
          IndexKey key = IndexKey.parse(row.key()).orElseThrow();
          rows.add(key.id() + " " + key.value());
        }
        Set<String> expected = new HashSet<>();
        StoredItems.of(store, ORDER)
            .byId()
            .forEach(o -> expected.add(o.message().getNumber() + " " + o.message().getCustomer()));
        assertEquals(expected, rows);
      }
    }
  }
}
