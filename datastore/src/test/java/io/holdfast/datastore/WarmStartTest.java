package io.holdfast.datastore;

import static io.holdfast.datastore.Shop.CUSTOMER;
import static io.holdfast.datastore.Shop.ORDER;
import static io.holdfast.datastore.Shop.customer;
import static io.holdfast.datastore.Shop.order;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.cache.LagBound;
import io.holdfast.cache.WarmStart;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.datastore.shop.Order;
import io.holdfast.datastore.spire.SpireDatastore;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.Store;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A data store starts from the file that the one before left. */
final class WarmStartTest {
  private static final LagBound HOUR = LagBound.of(Duration.ofHours(1), LagBound.Beyond.FAIL);

  @TempDir private Path folder;

  private Datastore open(Store store, Path file) {
    return Datastore.builder(store)
        .types(List.of(CUSTOMER, ORDER))
        .warmStart(WarmStart.from(file))
        .keepOffDisk(CUSTOMER)
        .lagBound(HOUR)
        .open();
  }

  @Test
  void startsFromTheFileWithEverythingThatCameSince() throws IOException {
    Path file = folder.resolve("shop.mirror");
    try (Store store = Shop.emptyStore()) {
      try (Datastore shop = open(store, file)) {
        shop.items(CUSTOMER).create(customer("anna", "anna@example.org"));
        shop.items(ORDER).create(order("7", "anna", 100));
        assertFalse(shop.state().startedFromFile());
      }
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      assertTrue(text.contains("order"));
      assertFalse(text.contains("anna@example.org"));
      try (Datastore other = Shop.open(store)) {
        other.items(ORDER).create(order("8", "anna", 200));
      }
      try (Datastore shop = open(store, file)) {
        assertTrue(shop.state().startedFromFile());
        assertEquals(2, shop.within(HOUR).list(ORDER.all()).size());
        assertTrue(shop.within(HOUR).lag().isEmpty());
        assertEquals("anna", shop.items(CUSTOMER).get("anna").orElseThrow().getName());
        assertTrue(shop.verify().isClean());
      }
    }
  }

  private static Datastore openSpire(Store store, Path file) {
    return Datastore.builder(store)
        .types(SpireTypes.all())
        .warmStart(WarmStart.from(file))
        .keepOffDisk(SpireTypes.JOIN_TOKEN)
        .open();
  }

  @Test
  void spireStartsWithTheIndexesOfTheFile() {
    Path file = folder.resolve("spire.mirror");
    try (Store store = Shop.emptyStore()) {
      List<RegistrationEntry> created = new ArrayList<>();
      try (Datastore first = openSpire(store, file)) {
        SpireDatastore spire = SpireDatastore.of(first);
        spire.joinTokens().create("t", Instant.ofEpochSecond(7));
        for (int i = 0; i < 200; i++) {
          created.add(spire.entries().create(spireEntry(i)).entry());
        }
        first.items(SpireTypes.ENTRY).delete(created.remove(3).getEntryId());
      }
      try (Datastore other = Datastore.builder(store).types(SpireTypes.all()).open()) {
        created.add(SpireDatastore.of(other).entries().create(spireEntry(1000)).entry());
      }
      try (Datastore warm = openSpire(store, file)) {
        assertTrue(warm.state().startedFromFile());
        assertTrue(warm.state().ignoredFile().isEmpty());
        assertEquals(created, warm.items(SpireTypes.ENTRY).list());
        assertEquals(
            created.stream().filter(entry -> entry.getParentId().equals(parent(4))).toList(),
            warm.items(SpireTypes.ENTRY).list(SpireTypes.ENTRY_PARENT, parent(4)));
        assertEquals(1, warm.items(SpireTypes.JOIN_TOKEN).count());
        assertTrue(warm.verify().isClean());
      }
    }
  }

  private static String parent(int number) {
    return "spiffe://example.org/agent/" + number % 7;
  }

  private static RegistrationEntry spireEntry(int number) {
    return RegistrationEntry.newBuilder()
        .setParentId(parent(number))
        .setSpiffeId("spiffe://example.org/workload/" + number)
        .addSelectors(Selector.newBuilder().setType("unix").setValue("uid:" + number % 11))
        .build();
  }

  private static ItemType<Order> centsPlus(int more, int version) {
    Index<Order> cents = Index.lookUp("cents", order -> order.getCents() + more);
    ItemType.Builder<Order> type =
        ItemType.builder("order", Order.parser()).id(Order::getNumber).index(cents);
    return (version == 0 ? type : type.indexVersion(version)).build();
  }

  private static boolean isDistrusted(Store store, Path file, ItemType<Order> type, long value) {
    try (Datastore shop =
        Datastore.builder(store).type(type).warmStart(WarmStart.from(file)).open()) {
      shop.items(type).put(order("7", "", 100));
      assertEquals(1, shop.items(type).list(type.indexes().get(0), value).size());
      assertTrue(shop.verify().isClean());
      return shop.state().ignoredFile().isPresent();
    }
  }

  @Test
  void indexesOfAnotherVersionAreMadeAnewAndThoseOfTheSameAreCompared() {
    Path file = folder.resolve("shop.mirror");
    try (Store store = Shop.emptyStore()) {
      assertFalse(isDistrusted(store, file, centsPlus(0, 1), 100));
      assertFalse(isDistrusted(store, file, centsPlus(0, 1), 100));
      assertTrue(isDistrusted(store, file, centsPlus(1, 1), 101), "the version should be another");
      assertFalse(isDistrusted(store, file, centsPlus(2, 2), 102));
      assertFalse(isDistrusted(store, file, centsPlus(3, 0), 103));
      assertFalse(isDistrusted(store, file, centsPlus(4, 1), 104));
    }
  }
}
