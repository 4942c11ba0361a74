package io.holdfast.conformance;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Supplier;

/** Many clients at once: what they saw must be one strict order, and watches must tell it. */
interface ConcurrencyContract extends StoreContract {
  @Rule({"C4", "C2", "C3", "C5", "R1", "W1", "W2", "W3"})
  default void concurrentHistoriesAreStrictlySerializable(Fixture fixture) throws Exception {
    runClients(fixture, 4, fixture.settings().scaled(120), 6, fixture::open);
  }

  @Rule({"C4", "C2", "C3", "C5", "R1", "W1", "W2", "W3"})
  default void historiesOfOneHandleAreStrictlySerializable(Fixture fixture) throws Exception {
    runClients(fixture, 6, fixture.settings().scaled(60), 12, fixture::store);
  }

  @Rule({"C4", "C2", "C3", "C5", "R1", "W1", "W2", "W3"})
  default void historiesOfFewKeysAreStrictlySerializable(Fixture fixture) throws Exception {
    runClients(fixture, 3, fixture.settings().scaled(120), 2, fixture::open);
  }

  private static void runClients(
      Fixture fixture, int clients, int transactions, int keys, Supplier<Store> handles)
      throws Exception {
    long seed = fixture.settings().seed();
    Position start = fixture.status().head();
    List<Callable<List<?>>> work = new ArrayList<>();
    List<Client> running = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      Client client = new Client("client " + i, handles.get(), seed + i, keys);
      running.add(client);
      work.add(() -> client.run(transactions));
    }
    String marker = "the end";
    List<List<WatchBatch>> watched = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      Watch watch = fixture.open().watch(KeyRange.all(), start);
      work.add(() -> follow(watch, marker, fixture));
    }
    work.add(() -> finish(fixture.store(), running, marker));
    List<List<?>> results = Together.run(work);
    List<Observation> observations = new ArrayList<>();
    for (List<?> result : results) {
      if (result.isEmpty() || result.get(0) instanceof Observation) {
        result.forEach(seen -> observations.add((Observation) seen));
      } else {
        watched.add(result.stream().map(WatchBatch.class::cast).toList());
      }
    }
    List<String> anomalies =
        HistoryChecker.check(
            start, observations, watched, values(fixture.store()), fixture.sharesRevisions());
    assertTrue(
        anomalies.isEmpty(),
        () ->
            anomalies.get(0)
                + "\n  and "
                + (anomalies.size() - 1)
                + " more in a history of "
                + observations.size()
                + " transactions; the clients' choices are those of"
                + " -Dholdfast.conformance.seed="
                + seed);
  }

  private static List<WatchBatch> follow(Watch watch, String marker, Fixture fixture) {
    List<WatchBatch> batches = new ArrayList<>();
    Key end = Bytes.key(marker);
    try (watch) {
      while (batches.isEmpty()
          || batches.get(batches.size() - 1).events().stream()
              .noneMatch(event -> event.key().equals(end))) {
        batches.add(
            watch
                .next(fixture.patience())
                .orElseThrow(
                    () ->
                        new AssertionError(
                            "[W1] a watch delivered nothing for " + fixture.patience())));
      }
    }
    return batches;
  }

  /** Waits for the clients, and writes the commit at which the watches end. */
  private static List<Observation> finish(Store store, List<Client> clients, String marker)
      throws InterruptedException {
    for (Client client : clients) {
      client.awaitEnd();
    }
    Client last = new Client("the last client", store, 0, 1);
    return List.of(last.write(Bytes.key(marker)));
  }

  private static NavigableMap<Key, String> values(Store store) {
    NavigableMap<Key, String> values = new TreeMap<>();
    Scan.of(store, KeyRange.all()).forEach(entry -> values.put(entry.key(), Bytes.text(entry)));
    return values;
  }
}
