package io.holdfast.datastore.spire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.holdfast.cache.Freshness;
import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.DatastoreException;
import io.holdfast.datastore.DatastoreException.Code;
import io.holdfast.datastore.Importer;
import io.holdfast.datastore.proto.AttestedNodeEvent;
import io.holdfast.datastore.spire.Events.Event;
import io.holdfast.store.Store;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.UUID;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The numbers of events. */
final class EventsTest {
  private final Store store = Store.open("memory:" + UUID.randomUUID());
  private Instant now = Instant.parse("2030-01-01T00:00:00Z");
  private Datastore datastore;
  private SpireDatastore spire;

  private void open() {
    InstantSource clock = () -> now;
    datastore = Datastore.builder(store).types(SpireTypes.all()).open();
    spire = SpireDatastore.of(datastore, clock);
  }

  @AfterEach
  void close() {
    datastore.close();
    store.close();
  }

  private void write(int events) {
    for (int i = 0; i < events; i++) {
      spire.nodeSelectors().set("spiffe://a.test/agent", List.of());
    }
  }

  private List<Long> ids(long greaterThan, long lessThan) {
    return spire.nodeEvents().list(Freshness.LINEARIZABLE, greaterThan, lessThan).stream()
        .map(Event::id)
        .toList();
  }

  private static List<Long> range(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  private void importEvents(long... numbers) {
    Importer load = Importer.begin(store);
    for (long number : numbers) {
      AttestedNodeEvent event =
          AttestedNodeEvent.newBuilder().setEventId(number).setSpiffeId("n" + number).build();
      load.add(SpireTypes.NODE_EVENT, number, event);
    }
    load.finish();
  }

  @Test
  void noEventHasANumberBeyondThoseOfSixtyThreeBits() {
    open();
    write(1);
    for (long number : new long[] {0, 2, Long.MAX_VALUE, Long.MIN_VALUE, -1}) {
      var refusal = assertThrows(DatastoreException.class, () -> spire.nodeEvents().fetch(number));
      assertEquals(Code.NOT_FOUND, refusal.code(), "number " + number);
    }
  }

  @Test
  void countUpFromOne() {
    open();
    write(5);
    assertEquals(range(1, 5), ids(0, 0));
    assertEquals(range(3, 5), ids(2, 0));
    assertEquals(range(1, 2), ids(0, 3));
    assertEquals(List.of(), ids(5, 0));
    for (long number : new long[] {Long.MAX_VALUE - 1, Long.MAX_VALUE, Long.MIN_VALUE, -1}) {
      assertEquals(List.of(), ids(number, 0));
      assertEquals(range(1, 5), ids(0, number));
    }
  }

  @Test
  void goOnBehindThoseThatWereBroughtAlong() {
    importEvents(3, 17, 900);
    open();
    assertEquals(List.of(3L, 17L, 900L), ids(0, 0));
    write(2);
    assertEquals(List.of(3L, 17L, 900L, 901L, 902L), ids(0, 0));
    assertEquals(List.of(17L, 900L, 901L, 902L), ids(3, 0));
    assertEquals(List.of(900L, 901L, 902L), ids(18, 0));
    assertEquals(List.of(902L), ids(901, 0));
    assertEquals(new Event(17, "n17"), spire.nodeEvents().fetch(17));
    assertEquals(902, spire.nodeEvents().fetch(902).id());
  }

  @Test
  void staySoWhenTheFirstArePruned() {
    importEvents(3, 17);
    open();
    write(3);
    now = now.plusSeconds(3600);
    write(3);
    spire.nodeEvents().prune(Duration.ofMinutes(30));
    assertEquals(range(21, 23), ids(0, 0));
    assertEquals(range(22, 23), ids(21, 0));
    assertEquals(range(21, 22), ids(0, 23));
    for (long gone : new long[] {1, 3, 17, 20, 24}) {
      var refusal = assertThrows(DatastoreException.class, () -> spire.nodeEvents().fetch(gone));
      assertEquals(Code.NOT_FOUND, refusal.code());
    }
  }

  @Test
  void areNotGivenAgainAfterAllWerePruned() {
    open();
    write(4);
    for (int round = 0; round < 3; round++) {
      spire.nodeEvents().prune(Duration.ofHours(-1));
      assertEquals(List.of(), ids(0, 0));
      write(1);
      assertEquals(List.of(5L + round), ids(0, 0));
    }
  }

  @Test
  void countOnThroughAPruneOfManyCommits() {
    open();
    int many = 5_000;
    datastore.write(
        tx -> {
          for (int i = 0; i < many; i++) {
            spire.nodeEvents().add(tx, "n");
          }
        });
    now = now.plusSeconds(3600);
    write(2);
    assertEquals(range(4_990, 5_002), ids(4_989, 0));
    spire.nodeEvents().prune(Duration.ofMinutes(1));
    assertEquals(range(5_001, 5_002), ids(0, 0));
    assertEquals(3, datastore.snapshot().count(SpireTypes.NODE_EVENT.all()));
  }

  @Test
  void refuseTwoBounds() {
    open();
    var refusal = assertThrows(DatastoreException.class, () -> ids(1, 2));
    assertEquals(Code.UNKNOWN, refusal.code());
  }
}
