package io.holdfast.datastore.spire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.datastore.proto.RegistrationEntry;
import io.holdfast.datastore.proto.Selector;
import io.holdfast.store.Store;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Holds lists of entries against a loop over all of them that compares sets. */
final class EntrySearchTest {
  private static final int ENTRIES = 400;
  private static final int FILTERS = 150;
  private static final int ROUNDS = 4;
  private static final int CHANGES = 30;

  private final Store store = Store.open("memory:" + UUID.randomUUID());
  private final Datastore datastore = Datastore.open(store, all());
  private final Entries entries = SpireDatastore.of(datastore).entries();

  private static io.holdfast.datastore.ItemType<?>[] all() {
    return SpireTypes.all().toArray(io.holdfast.datastore.ItemType<?>[]::new);
  }

  @AfterEach
  void close() {
    datastore.close();
    store.close();
  }

  private static String domain(int i) {
    return "spiffe://partner-" + i + ".example";
  }

  private static Selector selector(int i) {
    return Selector.newBuilder().setType(i % 3 == 0 ? "k8s" : "unix").setValue("v" + i).build();
  }

  private static <T> List<T> some(Random random, int most, java.util.function.IntFunction<T> of) {
    return random.ints(random.nextInt(most + 1), 0, 8).mapToObj(of).toList();
  }

  private static RegistrationEntry entry(Random random, int number) {
    return RegistrationEntry.newBuilder()
        .setEntryId("e" + number)
        .setParentId("spiffe://example.org/p" + random.nextInt(20))
        .setSpiffeId("spiffe://example.org/s" + random.nextInt(40))
        .setHint(random.nextInt(4) == 0 ? "h" + random.nextInt(3) : "")
        .setDownstream(random.nextInt(10) == 0)
        .addAllSelectors(some(random, 5, EntrySearchTest::selector)) // some of them twice
        .addAllFederatesWith(new HashSet<>(some(random, 2, EntrySearchTest::domain)))
        .build();
  }

  private void fill(Random random) {
    datastore.write(
        tx ->
            IntStream.range(0, 8)
                .mapToObj(i -> Bundle.newBuilder().setTrustDomainId(domain(i)).build())
                .forEach(bundle -> tx.create(SpireTypes.BUNDLE, bundle)));
    for (int first = 0; first < ENTRIES; first += 40) {
      int from = first;
      datastore.write(
          tx ->
              IntStream.range(from, from + 40)
                  .mapToObj(i -> entry(random, i))
                  .forEach(entry -> tx.create(SpireTypes.ENTRY, entry)));
    }
  }

  private static EntryFilter filter(Random random) {
    EntryFilter filter = EntryFilter.ALL;
    RegistrationEntry like = entry(random, 0);
    int conditions = random.nextInt(64) & ~(1 << random.nextInt(6)); // none, some, not all
    Match[] matches = Match.values();
    filter = (conditions & 1) == 0 ? filter : filter.parentId(like.getParentId());
    filter = (conditions & 2) == 0 ? filter : filter.spiffeId(like.getSpiffeId());
    filter = (conditions & 4) == 0 ? filter : filter.hint(like.getHint());
    filter = (conditions & 8) == 0 ? filter : filter.downstream(like.getDownstream());
    if ((conditions & 16) != 0 && like.getSelectorsCount() > 0) {
      filter = filter.selectors(like.getSelectorsList(), matches[random.nextInt(4)]);
    }
    if ((conditions & 32) != 0) {
      filter = filter.federatesWith(like.getFederatesWithList(), matches[random.nextInt(4)]);
    }
    return filter;
  }

  private static <T> boolean matches(Set<T> has, Set<T> asked, Match match) {
    return switch (match) {
      case EXACT -> has.equals(asked);
      case SUBSET -> !has.isEmpty() && asked.containsAll(has);
      case SUPERSET -> has.containsAll(asked);
      case ANY -> !Collections.disjoint(has, asked);
    };
  }

  private static boolean isFound(RegistrationEntry entry, EntryFilter filter) {
    return filter.parentId().map(entry.getParentId()::equals).orElse(true)
        && filter.spiffeId().map(entry.getSpiffeId()::equals).orElse(true)
        && filter.hint().map(entry.getHint()::equals).orElse(true)
        && filter.downstream().map(yes -> yes == entry.getDownstream()).orElse(true)
        && filter
            .selectors()
            .map(
                asked ->
                    matches(new HashSet<>(entry.getSelectorsList()), asked.values(), asked.match()))
            .orElse(true)
        && filter
            .federatesWith()
            .map(
                asked ->
                    matches(
                        new HashSet<>(entry.getFederatesWithList()), asked.values(), asked.match()))
            .orElse(true);
  }

  private List<RegistrationEntry> pages(EntryFilter filter, int size) {
    List<RegistrationEntry> all = new ArrayList<>();
    Paged<RegistrationEntry> page = entries.list(Freshness.CACHED, filter, new Paging("", size));
    while (!page.items().isEmpty()) {
      all.addAll(page.items());
      page = entries.list(Freshness.CACHED, filter, new Paging(page.token(), size));
    }
    return all;
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void everyFilterFindsWhatALoopOverAllFinds(long seed) {
    Random random = new Random(seed);
    fill(random);
    for (int round = 0; round < ROUNDS; round++) {
      change(random);
      List<RegistrationEntry> all = datastore.snapshot().list(SpireTypes.ENTRY.all());
      assertEquals(all, entries.list(Freshness.CACHED, EntryFilter.ALL));
      for (int i = 0; i < FILTERS; i++) {
        EntryFilter filter = filter(random);
        List<RegistrationEntry> expected =
            all.stream().filter(entry -> isFound(entry, filter)).toList();
        assertEquals(expected, entries.list(Freshness.CACHED, filter));
        assertEquals(expected.size(), entries.count(Freshness.CACHED, filter));
        assertEquals(expected, pages(filter, 1 + random.nextInt(20)));
      }
    }
  }

  /** What grew with the square of their number would not fit into memory. */
  @ParameterizedTest
  @EnumSource
  void tensOfThousandsOfValuesMayBeAskedFor(Match match) {
    fill(new Random(1));
    List<RegistrationEntry> all = datastore.snapshot().list(SpireTypes.ENTRY.all());
    var numbers = IntStream.range(0, 100_000);
    EntryFilter many =
        match == Match.EXACT
            ? EntryFilter.ALL.federatesWith(
                numbers.mapToObj(EntrySearchTest::domain).toList(), match)
            : EntryFilter.ALL.selectors(
                numbers.mapToObj(EntrySearchTest::selector).toList(), match);
    List<RegistrationEntry> expected = all.stream().filter(entry -> isFound(entry, many)).toList();
    assertEquals(expected, entries.list(Freshness.CACHED, many));
    assertEquals(expected.size(), entries.count(Freshness.CACHED, many));
  }

  /** Lists of before have left beside the indexes what they have gathered. */
  private void change(Random random) {
    for (int i = 0; i < CHANGES; i++) {
      String id = "e" + random.nextInt(ENTRIES);
      RegistrationEntry other = entry(random, 0).toBuilder().setEntryId(id).build();
      datastore.write(
          tx -> {
            if (random.nextInt(3) > 0) {
              tx.put(SpireTypes.ENTRY, other);
            } else if (tx.get(SpireTypes.ENTRY, id).isPresent()) {
              tx.delete(SpireTypes.ENTRY, id);
            }
          });
    }
  }
}
