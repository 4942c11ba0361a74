package io.holdfast.cache;

import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Accounts whose balances always add up to the same sum, while threads move money between them.
 * Accounts are opened and closed meanwhile; each is indexed by the last digit of its balance.
 */
final class Bank implements AutoCloseable {
  static final KeyRange ACCOUNTS = KeyRange.under(Key.of("account"));
  static final Index<Long> BY_DIGIT =
      new Index<>("digit", e -> List.of(Key.of(Math.floorMod(e.value(), 10))));
  static final long SUM = 1_000_000;

  private static final long PAUSE_NANOS = 100_000;

  private final Store store;
  private final int accounts;
  private final Consumer<StoreException> onRefusal;
  private final AtomicBoolean stopped = new AtomicBoolean();
  private final AtomicLong moved = new AtomicLong();
  private final List<Thread> writers = new ArrayList<>();

  Bank(Store store, int accounts) {
    this(accounts, store, refusal -> {});
    Map<Key, byte[]> opened = new HashMap<>();
    for (int i = 0; i < accounts; i += 2) {
      opened.put(key(i), bytes(0));
    }
    opened.put(key(1), bytes(SUM));
    store.put(opened);
  }

  private Bank(int accounts, Store store, Consumer<StoreException> onRefusal) {
    this.store = store;
    this.accounts = accounts;
    this.onRefusal = onRefusal;
  }

  /** A bank that somebody else has opened. */
  static Bank attached(Store store, int accounts, Consumer<StoreException> onRefusal) {
    return new Bank(accounts, store, onRefusal);
  }

  Bank withWriters(int threads) {
    for (int i = 0; i < threads; i++) {
      int seed = i;
      Thread writer = new Thread(() -> write(new Random(seed)), "bank-" + i);
      writer.start();
      writers.add(writer);
    }
    return this;
  }

  private void write(Random random) {
    while (!stopped.get()) {
      move(random.nextInt(accounts), random.nextInt(accounts), random.nextInt(1000));
      // The memory store has one unfair lock: without a breath the mirror's watch gets no turn.
      LockSupport.parkNanos(PAUSE_NANOS);
    }
  }

  /** Moves an amount, or all there is to close the account; opens the other one if need be. */
  private void move(int from, int to, long amount) {
    if (from == to) {
      return;
    }
    try {
      store.transact(
          tx -> {
            long has = tx.get(key(from)).map(Bank::balance).orElse(0L);
            long other = tx.get(key(to)).map(Bank::balance).orElse(0L);
            if (amount > 900) {
              tx.delete(key(from));
              tx.put(key(to), bytes(other + has));
            } else {
              tx.put(key(from), bytes(has - amount));
              tx.put(key(to), bytes(other + amount));
            }
          });
      moved.incrementAndGet();
    } catch (StoreException e) {
      // A conflict too many, or the store is away or being exchanged: nothing was moved.
      onRefusal.accept(e);
    }
  }

  long moved() {
    return moved.get();
  }

  static Key key(int account) {
    return Key.of("account", account);
  }

  static long balance(KeyValue stored) {
    return stored.valueBuffer().getLong();
  }

  static byte[] bytes(long balance) {
    return ByteBuffer.allocate(Long.BYTES).putLong(balance).array();
  }

  /** What all accounts hold together, by the entries and by the index. */
  static List<Long> sums(Snapshot<Long> snapshot) {
    long byEntry = 0;
    for (Entry<Long> entry : snapshot.range(ACCOUNTS)) {
      byEntry += entry.value();
    }
    long byIndex = 0;
    for (Entry<Long> entry : snapshot.range(BY_DIGIT.name(), KeyRange.all())) {
      byIndex += entry.value();
    }
    return List.of(byEntry, byIndex);
  }

  @Override
  public void close() {
    stop();
  }

  /** Ends the writers. */
  void stop() {
    stopped.set(true);
    for (Thread writer : writers) {
      try {
        writer.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
