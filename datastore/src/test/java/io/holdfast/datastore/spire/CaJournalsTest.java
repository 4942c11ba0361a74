package io.holdfast.datastore.spire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.Importer;
import io.holdfast.datastore.proto.CAJournal;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Condition;
import io.holdfast.store.Deadline;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.Key;
import io.holdfast.store.MemoryProvider;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Numbers of journals are made of revisions, which stores may share among some commits. */
final class CaJournalsTest {
  private final List<CommitRequest> commits = new ArrayList<>();

  private final class Recorded extends ForwardingBackend {
    Recorded() {
      super(new MemoryProvider().open(StoreConfig.of("memory:" + UUID.randomUUID())));
    }

    @Override
    public Position commit(CommitRequest request, Deadline deadline) {
      commits.add(request);
      return super.commit(request, deadline);
    }
  }

  private static Set<Key> expectedAbsent(CommitRequest request) {
    return request.conditions().stream()
        .filter(Condition.KeyAbsent.class::isInstance)
        .map(condition -> ((Condition.KeyAbsent) condition).key())
        .collect(Collectors.toSet());
  }

  @Test
  void twoCreationsExpectOneKeyAbsentSoThatTheyNeverShareARevision() {
    try (Store store = Store.over(new Recorded(), Duration.ofSeconds(10));
        Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
      CaJournals journals = SpireDatastore.of(datastore).caJournals();
      commits.clear();
      journals.set(CAJournal.newBuilder().setActiveX509AuthorityId("one").build());
      journals.set(CAJournal.newBuilder().setActiveX509AuthorityId("two").build());
      Set<Key> both = expectedAbsent(commits.get(0));
      both.retainAll(expectedAbsent(commits.get(commits.size() - 1)));
      assertFalse(both.isEmpty(), "keys that both creations expect to be absent");
    }
  }

  @Test
  void journalsKeepTheirNumbersAlsoFromDatabasesWhoseIdsHave64Bits() {
    List<Long> numbers = List.of(7L, 1L << 40, 900_000_000_000_000_001L);
    try (Store store = Store.open("memory:" + UUID.randomUUID())) {
      Importer load = Importer.begin(store);
      for (long number : numbers) {
        load.add(SpireTypes.CA_JOURNAL, number, journal(number, "old"));
      }
      load.finish();
      try (Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
        CaJournals journals = SpireDatastore.of(datastore).caJournals();
        for (long number : numbers) {
          journals.set(journal(number, "new " + number));
          assertEquals(number, journals.fetch("new " + number).orElseThrow().getId());
        }
        assertEquals(numbers, journals.list().stream().map(CAJournal::getId).toList());
      }
    }
  }

  private static CAJournal journal(long number, String authority) {
    return CAJournal.newBuilder().setId(number).setActiveX509AuthorityId(authority).build();
  }
}
