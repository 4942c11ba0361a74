package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.etcd.jetcd.api.Event;
import io.etcd.jetcd.api.WatchResponse;
import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.WithEtcd;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A real etcd tears large commits when it catches a watch up; they arrive whole: rule W2. */
@WithEtcd
final class FragmentsTest {
  private static final int COMMITS = 12;
  private static final int KEYS = 100;
  private static final int VALUE_BYTES = 10_000;

  private final String url;
  private final Store store;

  FragmentsTest(Etcd etcd) {
    url = EtcdHarness.url(etcd);
    store = Store.open(url);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private List<Position> writeLargeCommits() {
    List<Position> written = new ArrayList<>();
    for (int i = 0; i < COMMITS; i++) {
      written.add(
          store.transact(
              tx -> {
                for (int key = 0; key < KEYS; key++) {
                  tx.put(Key.of("k", key), new byte[VALUE_BYTES]);
                }
              }));
    }
    return written;
  }

  @Test
  void w2largeCommitsThatEtcdTearsArriveWhole() throws Exception {
    Position start = store.status().head();
    List<Position> written = writeLargeCommits();
    assertTrue(torn(start, written.get(COMMITS - 1)) > 0, "revisions that go on in a next message");
    List<Position> seen = new ArrayList<>();
    try (Watch watch = store.watch(KeyRange.all(), start)) {
      while (seen.size() < COMMITS) {
        Optional<WatchBatch> batch = watch.next(Await.PATIENCE);
        assertEquals(KEYS, batch.orElseThrow().events().size(), "events of " + batch);
        seen.add(batch.get().position());
      }
    }
    assertEquals(written, seen);
  }

  /** How many messages of a bare watch end inside of a revision. */
  private int torn(Position start, Position end) throws Exception {
    Keyspace keyspace = Keyspace.of(EtcdSettings.of(StoreConfig.of(url)));
    Members members = keyspace.members();
    members.prepare(members.current(), Deadline.after(Await.PATIENCE));
    long from = start.revision().number() + 1;
    int torn = 0;
    try (members;
        WatchCall call =
            new WatchCall(members.current(), members.login(), keyspace.layout(), from)) {
      long reached = 0;
      boolean ended = false;
      while (!ended) {
        WatchResponse message = call.poll(Await.PATIENCE.toNanos());
        List<Event> events = message.getEventsList();
        if (!events.isEmpty()) {
          torn += events.get(0).getKv().getModRevision() == reached ? 1 : 0;
          reached = events.get(events.size() - 1).getKv().getModRevision();
          boolean goesOn = message.getUnknownFields().hasField(Assembler.FRAGMENT_OF_RESPONSE);
          ended = reached == end.revision().number() && !goesOn;
        }
      }
    }
    return torn;
  }
}
