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
import io.holdfast.store.Store;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
}
