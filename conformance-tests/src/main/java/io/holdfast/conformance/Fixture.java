package io.holdfast.conformance;

import io.holdfast.store.Backend;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Status;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** The store of one test: its handles, and what can happen to its data. */
final class Fixture {
  private final Supplier<StoreHarness> harnesses;
  private final Settings settings;
  private final int historyCommits;
  private final StoreHarness harness;
  private final List<Backend> handles = new ArrayList<>();
  private final List<Fixture> others = new ArrayList<>();

  private Journal journal = new Journal();
  private Store store;
  private Position first;
  private List<KeyValue> entriesAtFirst;

  /** New data with one handle; {@code historyCommits} 0 leaves the history as it is by default. */
  Fixture(Supplier<StoreHarness> harnesses, Settings settings, int historyCommits) {
    this.harnesses = harnesses;
    this.settings = settings;
    this.historyCommits = historyCommits;
    this.harness = harnesses.get();
    begin();
  }

  private void begin() {
    journal = new Journal();
    store = open();
    first = store.status().head();
    entriesAtFirst = Scan.of(store, KeyRange.all());
  }

  /** The first handle. */
  Store store() {
    return store;
  }

  /** One more handle on the same data. */
  Store open() {
    return Store.over(backend(), patience().multipliedBy(2));
  }

  /** One more handle on the same data, without the front. */
  Backend backend() {
    Backend backend = new RecordedBackend(harness.open(place()), journal);
    handles.add(backend);
    return backend;
  }

  /** The URL of the data. */
  StoreConfig place() {
    StoreConfig place = harness.place();
    return historyCommits == 0 ? place : place.withHistoryCommits(historyCommits);
  }

  /** Other data in a store of the same kind, audited and deleted as this one. */
  Fixture other() {
    Fixture other = new Fixture(harnesses, settings, historyCommits);
    others.add(other);
    return other;
  }

  /** Other data that are not audited: to be discarded by the caller. */
  Fixture scratch() {
    return new Fixture(harnesses, settings, historyCommits);
  }

  /** Closes and deletes without an audit. */
  void discard() {
    closeHandles();
    harness.close();
  }

  /** Closes every handle, and opens a new first one. */
  Store restart() {
    closeHandles();
    store = open();
    return store;
  }

  /** Closes every handle, makes a backup, and opens a new first handle. */
  Store save() {
    closeHandles();
    harness.save();
    store = open();
    return store;
  }

  /** Closes every handle, puts the backup back, and opens a new first handle. */
  Store restore() {
    closeHandles();
    harness.restore();
    begin();
    return store;
  }

  /** Writes until the history begins above a position; the commits that it took. */
  List<Position> trimAbove(Position position) {
    byte[] value = Bytes.bytes("trim");
    List<Position> written = new ArrayList<>();
    await(
        "the history to be trimmed above " + position + ", being set to keep " + historyCommits,
        () -> {
          for (int i = 0; i < historyCommits; i++) {
            written.add(store.put(Bytes.key("trim"), value));
          }
          return store.status().oldest().isAfter(position.revision());
        });
    return written;
  }

  /** Waits until something is so; fails when it does not become so in time. */
  void await(String what, BooleanSupplier condition) {
    long deadline = System.nanoTime() + patience().toNanos();
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        throw new AssertionError("waited " + patience() + " in vain for " + what);
      }
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
    }
  }

  /** Whether the store gives commits that it combines one revision. */
  boolean sharesRevisions() {
    return harness.sharesRevisions();
  }

  /** How long to wait for what must happen. */
  Duration patience() {
    return settings.patience();
  }

  /** How the kit runs. */
  Settings settings() {
    return settings;
  }

  /** Where the history stood when the test began, or when its data were put back. */
  Position first() {
    return first;
  }

  List<KeyValue> entriesAtFirst() {
    return entriesAtFirst;
  }

  Journal journal() {
    return journal;
  }

  void closeHandles() {
    handles.forEach(Backend::close);
    handles.clear();
  }

  /** Ends the test: closes, proves the whole store, deletes the data. */
  void end() {
    try {
      others.forEach(Fixture::end);
      closeHandles();
      new Audit(this).run();
    } finally {
      discard();
    }
  }

  /** The head, the oldest revision and the limits, as the first handle tells them. */
  Status status() {
    return store.status();
  }
}
