package io.holdfast.datastore;

import static io.holdfast.datastore.DatastoreTest.assertCode;
import static io.holdfast.datastore.Shop.ORDER;
import static io.holdfast.datastore.Shop.TAG;
import static io.holdfast.datastore.Shop.order;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.datastore.DatastoreException.Code;
import io.holdfast.datastore.shop.Order;
import io.holdfast.store.Store;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class PagesTest {
  private final Store store = Shop.emptyStore();
  private final Datastore shop = Shop.open(store);
  private final Items<Order> orders = shop.items(ORDER);

  @AfterEach
  void close() {
    shop.close();
    store.close();
  }

  private void create(int from, int to) {
    shop.write(
        tx -> {
          for (int i = from; i < to; i++) {
            tx.create(ORDER, order("" + i, "", i, i % 2 == 0 ? "even" : "odd"));
          }
        });
  }

  private static List<String> numbers(Slice<Order> slice) {
    return slice.items().stream().map(Order::getNumber).toList();
  }

  private static List<String> range(int from, int to, int step) {
    return IntStream.range(from, to)
        .filter(i -> (i - from) % step == 0)
        .mapToObj(Integer::toString)
        .toList();
  }

  /** Turns all pages of a query. */
  private List<String> turn(Query<Order> query, int itemsMax) {
    List<String> seen = new ArrayList<>();
    Optional<String> token = Optional.of("");
    while (token.isPresent()) {
      Slice<Order> slice = shop.snapshot().page(query, token.get(), itemsMax);
      seen.addAll(numbers(slice));
      token = slice.next();
    }
    return seen;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 9, 10, 11, 1000})
  void pagesGiveEveryItemOnce(int itemsMax) {
    create(0, 5);
    create(5, 10);
    assertEquals(range(0, 10, 1), turn(ORDER.all(), itemsMax));
    assertEquals(range(1, 10, 2), turn(ORDER.by(TAG, "odd"), itemsMax));
    assertEquals(range(0, 10, 2), turn(ORDER.all().filter(o -> o.getCents() % 2 == 0), itemsMax));
    assertEquals(List.of(), turn(ORDER.by(TAG, "none"), itemsMax));
  }

  @Test
  void theLastPageHasNoToken() {
    create(0, 4);
    Slice<Order> first = orders.page("", 2);
    assertEquals(List.of("0", "1"), numbers(first));
    Slice<Order> last = orders.page(first.next().orElseThrow(), 2);
    assertEquals(List.of("2", "3"), numbers(last));
    assertEquals(Optional.empty(), last.next());
    Query<Order> few = ORDER.all().filter(o -> o.getCents() == 0);
    assertEquals(Optional.empty(), shop.snapshot().page(few, "", 1).next());
  }

  @Test
  void whatIsCreatedMeanwhileComesAtTheEnd() {
    create(10, 14);
    Slice<Order> first = orders.page("", 2);
    create(0, 2);
    Slice<Order> second = orders.page(first.next().orElseThrow(), 3);
    assertEquals(List.of("12", "13", "0"), numbers(second));
    create(90, 91);
    Slice<Order> third = orders.page(second.next().orElseThrow(), 3);
    assertEquals(List.of("1", "90"), numbers(third));
  }

  @Test
  void whatIsDeletedMeanwhileHidesNothingElse() {
    create(0, 6);
    Slice<Order> first = orders.page("", 2);
    orders.delete("0");
    orders.delete("1");
    orders.delete("2");
    assertEquals(List.of("3", "4"), numbers(orders.page(first.next().orElseThrow(), 2)));
  }

  @Test
  void tokensWorkInAnotherProcess() {
    create(0, 4);
    String token = orders.page("", 2).next().orElseThrow();
    try (Datastore other = Shop.open(store)) {
      assertEquals(List.of("2", "3"), numbers(other.items(ORDER).page(token, 2)));
    }
  }

  @Test
  void aTokenOfAnotherListIsRefused() {
    create(0, 10);
    View now = shop.snapshot();
    String ofAll = now.page(ORDER.all(), "", 2).next().orElseThrow();
    String ofOdd = now.page(ORDER.by(TAG, "odd"), "", 2).next().orElseThrow();
    assertCode(Code.INVALID_ARGUMENT, () -> now.page(ORDER.by(TAG, "odd"), ofAll, 2));
    assertCode(Code.INVALID_ARGUMENT, () -> now.page(ORDER.by(TAG, "even"), ofOdd, 2));
    assertCode(Code.INVALID_ARGUMENT, () -> now.page(ORDER.all(), ofOdd, 2));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "7", "?", "AAAA", "FQE", "FQEC", " ", "\u20ac"})
  void whatIsNoTokenIsRefused(String token) {
    assertCode(Code.INVALID_ARGUMENT, () -> orders.page(token, 2));
  }

  @Test
  void aTokenThatSomebodyBentIsRefusedOrReadAsAPlaceInTheList() {
    create(0, 4);
    byte[] token =
        Base64.getUrlDecoder()
            .decode(orders.page("", 2).next().orElseThrow().getBytes(StandardCharsets.US_ASCII));
    for (int i = 0; i < token.length; i++) {
      byte[] bent = token.clone();
      bent[i] ^= 0x15;
      String text = Base64.getUrlEncoder().withoutPadding().encodeToString(bent);
      try {
        orders.page(text, 2);
      } catch (DatastoreException e) {
        assertEquals(Code.INVALID_ARGUMENT, e.code());
      }
    }
  }

  @Test
  void aPageHasRoomForAnItem() {
    assertCode(Code.INVALID_ARGUMENT, () -> orders.page("", 0));
    assertThrows(
        IllegalArgumentException.class,
        () -> shop.snapshot().page(ORDER.between(Shop.CENTS, 1, 2), "", 1));
  }
}
