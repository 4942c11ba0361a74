package io.holdfast.datastore.spire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.datastore.CreationOrder;
import io.holdfast.datastore.Placed;
import io.holdfast.datastore.proto.RegistrationEntry;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class ListingTest {
  /** In the order of their bytes; as strings, which are UTF-16, the last two would be swapped. */
  private static final List<String> IDS = List.of("a", "\uFF5E", "\uD83D\uDE00");

  private static Paged<RegistrationEntry> page(Optional<ListToken> start) {
    CreationOrder together = new CreationOrder(1, 7, 0);
    Stream<Placed<RegistrationEntry>> items =
        IDS.stream()
            .map(id -> RegistrationEntry.newBuilder().setEntryId(id).build())
            .map(entry -> new Placed<>(entry, together));
    return Listing.page(SpireTypes.ENTRY, items.toList(), start, 1);
  }

  @Test
  void whatWasCreatedTogetherIsPagedInTheOrderOfTheBytesOfIds() {
    Optional<ListToken> start = Optional.empty();
    for (String id : IDS) {
      Paged<RegistrationEntry> page = page(start);
      assertEquals(List.of(id), page.items().stream().map(RegistrationEntry::getEntryId).toList());
      start = ListToken.decode(SpireTypes.ENTRY, page.token());
    }
    assertEquals(List.of(), page(start).items());
  }
}
