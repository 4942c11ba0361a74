package io.holdfast.conformance;

import io.holdfast.conformance.Observation.Outcome;
import io.holdfast.conformance.Observation.Read;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;

/** Runs random transactions on few keys and writes down what it saw. */
final class Client {
  private static final int PAUSE_NANOS_MAX = 200_000;

  private final String name;
  private final Store store;
  private final SplittableRandom random;
  private final int keys;
  private final CountDownLatch end = new CountDownLatch(1);
  private int written;

  Client(String name, Store store, long seed, int keys) {
    this.name = name;
    this.store = store;
    this.random = new SplittableRandom(seed);
    this.keys = keys;
  }

  List<Observation> run(int transactions) {
    List<Observation> seen = new ArrayList<>();
    try {
      for (int i = 0; i < transactions; i++) {
        seen.add(transaction());
      }
    } finally {
      end.countDown();
    }
    return seen;
  }

  void awaitEnd() throws InterruptedException {
    end.await();
  }

  /** A transaction that writes one key. */
  Observation write(Key key) {
    long invoked = System.nanoTime();
    try (Transaction tx = store.begin()) {
      tx.put(key, Bytes.bytes(name));
      return end(tx, invoked, List.of(), Map.of(key, Optional.of(name)));
    }
  }

  private Observation transaction() {
    List<Read> reads = new ArrayList<>();
    Map<Key, Optional<String>> writes = new TreeMap<>();
    long invoked = System.nanoTime();
    try (Transaction tx = store.begin()) {
      for (int i = random.nextInt(3); i > 0; i--) {
        reads.add(read(tx));
        LockSupport.parkNanos(random.nextInt(PAUSE_NANOS_MAX)); // lets others in between
      }
      if (reads.isEmpty() || random.nextInt(4) > 0) {
        for (int i = 1 + random.nextInt(2); i > 0; i--) {
          write(tx, writes);
        }
        if (writes.values().stream().allMatch(Optional::isEmpty)) {
          put(tx, writes, key()); // so that the commit is a change, whatever others delete
        }
      }
      return end(tx, invoked, reads, writes);
    }
  }

  private Read read(Transaction tx) {
    Key key = key();
    int choice = random.nextInt(4);
    if (choice < 2) {
      Optional<KeyValue> entry = tx.get(key);
      Map<Key, String> found = new TreeMap<>();
      entry.ifPresent(e -> found.put(key, Bytes.text(e)));
      return new Read(KeyRange.single(key), found, found.size());
    }
    KeyRange range = random.nextBoolean() ? KeyRange.prefix(Bytes.key("c")) : KeyRange.from(key);
    if (choice == 2) {
      return new Read(range, null, tx.count(range));
    }
    Page page = tx.get(range);
    Map<Key, String> found = new TreeMap<>();
    page.entries().forEach(entry -> found.put(entry.key(), Bytes.text(entry)));
    return new Read(range, found, found.size());
  }

  private void write(Transaction tx, Map<Key, Optional<String>> writes) {
    Key key = key();
    if (random.nextInt(4) == 0) {
      tx.delete(key);
      writes.put(key, Optional.empty());
    } else {
      put(tx, writes, key);
    }
  }

  private void put(Transaction tx, Map<Key, Optional<String>> writes, Key key) {
    String value = name + ", write " + written++;
    tx.put(key, Bytes.bytes(value));
    writes.put(key, Optional.of(value));
  }

  private Key key() {
    return Bytes.key("c" + random.nextInt(keys));
  }

  private Observation end(
      Transaction tx, long invoked, List<Read> reads, Map<Key, Optional<String>> writes) {
    Outcome outcome;
    Position position = null;
    try {
      position = tx.commit();
      outcome = Outcome.COMMITTED;
    } catch (StoreException.Conflict e) {
      outcome = Outcome.REFUSED;
    } catch (StoreException.UnknownOutcome e) {
      outcome = Outcome.UNKNOWN;
    }
    return new Observation(name, invoked, System.nanoTime(), reads, writes, outcome, position);
  }
}
