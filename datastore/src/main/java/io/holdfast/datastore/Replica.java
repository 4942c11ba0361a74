package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import io.holdfast.store.Backoff;
import io.holdfast.store.Deadline;
import io.holdfast.store.IndexKey;
import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Limits;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Transaction;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A store that one process at a time keeps equal to the records of another system, item by item and
 * in constant memory.
 *
 * <pre>{@code
 * try (Replica replica = Replica.hold(store, "the old shop", Replica.LEASE, false)) {
 *   replica.put(ORDER, row.number(), row.order());
 *   replica.delete(ORDER, "7");
 *   replica.flush();
 * }
 * }</pre>
 *
 * <p>Items keep the places in the order of creation that they have elsewhere, as with an {@link
 * Importer}. References are not checked: what is referred to is to be put before, and deleted
 * after, what refers to it. What lies in an item's place and cannot be read is replaced. Others may
 * read the store meanwhile; what they write is no concern of the replica until it puts or deletes
 * the same item. To be used by one thread.
 */
public final class Replica implements AutoCloseable {
  /** How long a holder is waited for that does not move, unless something else is chosen. */
  public static final Duration LEASE = Duration.ofSeconds(15);

  private static final int ELSEWHERE = 0; // the era of what was brought along
  private static final byte[] NOTHING = {};
  private static final int ATTEMPTS = 20;

  private final Store store;
  private final ReplicaGuard guard;
  private final int era;
  private final Map<Key, Step<?>> steps = new LinkedHashMap<>();

  private Replica(Store store, ReplicaGuard guard) {
    this.store = store;
    this.guard = guard;
    this.era = StoreInfo.era(store);
  }

  /**
   * Takes hold of a store, which stays the caller's to close. It may be empty, and be loaded by an
   * {@link Importer} while it is held.
   *
   * @param source whose records it is to hold, for {@link #sourceOf}
   * @param lease how long a holder must be silent to be taken for dead; the same for all
   * @param takeOver whether to take the store from a holder that may be alive, which then ends
   * @throws ReplicaHeldException if another process holds the store
   */
  public static Replica hold(Store store, String source, Duration lease, boolean takeOver) {
    ReplicaGuard guard = ReplicaGuard.take(store, source, lease, takeOver);
    try {
      return new Replica(store, guard);
    } catch (RuntimeException | Error e) {
      guard.close();
      throw e;
    }
  }

  /** Whose records a store holds; empty if it was never held. */
  public static Optional<String> sourceOf(Store store) {
    return ReplicaGuard.sourceOf(store);
  }

  /** Whether this is the first time that the store is held. */
  public boolean isFirst() {
    return !guard.wasMarked();
  }

  /**
   * Has an item be in the store as it is here, at the place of its number; with the next {@link
   * #flush}.
   *
   * @param number its place among what was brought along
   * @throws DatastoreException with {@code INVALID_ARGUMENT} if an index cannot hold its values
   */
  public <M extends MessageLite> void put(ItemType<M> type, long number, M item) {
    add(new Step<>(type, type.idOf(item), item, number, false, null));
  }

  /** As {@link #put}, but an item that is there stays at its place. */
  public <M extends MessageLite> void putInItsPlace(ItemType<M> type, long number, M item) {
    add(new Step<>(type, type.idOf(item), item, number, true, null));
  }

  /** Has no item be in the store with an id; with the next {@link #flush}. */
  public <M extends MessageLite> void delete(ItemType<M> type, String id) {
    add(new Step<>(type, id, null, 0, false, null));
  }

  /**
   * Has an item be in the store as it is here, or none, and just its rows in indexes, where those
   * may be wrong that are there; with the next {@link #flush}.
   *
   * @param number as for {@link #put}
   * @param item null if there is to be none
   * @param rows the rows that the store has for the id, as {@link StoredItems#forEachRow} gives
   *     them
   */
  public <M extends MessageLite> void mend(
      ItemType<M> type, String id, long number, M item, Set<Key> rows) {
    add(new Step<>(type, id, item, number, false, Set.copyOf(rows)));
  }

  private <M extends MessageLite> void add(Step<M> step) {
    if (step.item != null) {
      step.type.requireIndexable(step.item);
    }
    Key key = View.keyOf(step.type, step.id);
    steps.remove(key);
    steps.put(key, step);
  }

  /** How many items wait for {@link #flush}. */
  public int waiting() {
    return steps.size();
  }

  /** Forgets what waits for {@link #flush}. */
  public void forget() {
    steps.clear();
  }

  /**
   * Writes what was put and deleted since the last time, in that order and in as few commits as it
   * takes. If it fails, {@code flush} can be called again, or all be forgotten.
   *
   * @return how many items have changed by it
   * @throws ReplicaHeldException if another process has taken the store over
   * @throws StoreException.Diverged once, also where nothing waits to be written, if the store has
   *     lost commits, as in a failover: what was written before may be gone
   */
  public int flush() {
    guard.requireSameHistory();
    int changed = 0;
    Backoff backoff = Backoff.between(Duration.ofMillis(1), Duration.ofMillis(200));
    for (int attempt = 1; !steps.isEmpty(); attempt++) {
      try (Transaction tx = store.begin()) {
        guard.guard(tx);
        Batch batch = new Batch(store.limits());
        batch.fill(tx);
        if (batch.changed > 0) {
          tx.commit();
        }
        changed += batch.changed;
        batch.done.forEach(steps::remove);
        attempt = 0;
      } catch (StoreException.Conflict e) {
        guard.requireHeld(e);
        if (attempt == ATTEMPTS) {
          throw e;
        }
        backoff.pause("after " + e, Deadline.after(Duration.ofSeconds(1)));
      }
    }
    return changed;
  }

  /** Gives the store free for the next holder. */
  @Override
  public void close() {
    guard.close();
  }

  /** The steps that fit into one commit. */
  private final class Batch {
    private final Limits limits;
    private final List<Key> done = new ArrayList<>();
    private long operations = 1; // the mark is a condition
    private long bytes;
    private int changed;

    Batch(Limits limits) {
      this.limits = limits;
    }

    void fill(Transaction tx) {
      for (Map.Entry<Key, Step<?>> step : steps.entrySet()) {
        boolean isPossible = step.getKey().length() <= limits.keyBytesMax();
        if (isPossible && !take(tx, step.getKey(), step.getValue())) {
          return;
        }
        done.add(step.getKey());
      }
    }

    private boolean take(Transaction tx, Key key, Step<?> step) {
      Optional<KeyValue> stored = store.get(key);
      Map<Key, Optional<byte[]>> writes = step.writes(key, stored, era, store);
      long size = writes.entrySet().stream().mapToLong(Batch::bytes).sum();
      boolean fits =
          operations + writes.size() <= limits.operationsMax()
              && bytes + size <= limits.transactionBytesMax();
      if (changed > 0 && !fits) {
        return false;
      }
      if (!writes.isEmpty()) {
        stored.ifPresentOrElse(
            found -> tx.expect(key, found.modified()), () -> tx.expectAbsent(key));
        writes.forEach(
            (written, value) ->
                value.ifPresentOrElse(bytes -> tx.put(written, bytes), () -> tx.delete(written)));
        operations += writes.size();
        bytes += size;
        changed++;
      }
      return true;
    }

    private static long bytes(Map.Entry<Key, Optional<byte[]>> write) {
      return write.getKey().length()
          + write.getValue().map(value -> (long) value.length).orElse(0L);
    }
  }

  /**
   * What is to become of an item.
   *
   * @param item null if it is to be deleted
   * @param rows the rows that are there; null if they are those of the item that is there
   */
  private record Step<M extends MessageLite>(
      ItemType<M> type, String id, M item, long number, boolean staysInPlace, Set<Key> rows) {

    /** The writes that this takes; empty for a deletion. None if all is well. */
    Map<Key, Optional<byte[]>> writes(Key key, Optional<KeyValue> stored, int era, Store store) {
      Item<M> was = stored.map(found -> read(found, era)).orElse(null);
      byte[] value = value(was);
      Map<Key, Optional<byte[]>> writes = new LinkedHashMap<>();
      if (stored.isPresent() ? !isEqual(stored.get(), value) : value != null) {
        writes.put(key, Optional.ofNullable(value));
      }
      Set<Key> rowsBefore = rows != null ? rows : rowsBefore(key, stored.isPresent(), was, store);
      Set<Key> rowsAfter = item == null ? Set.of() : type.rowsOf(item);
      rowsBefore.stream()
          .filter(row -> !rowsAfter.contains(row))
          .forEach(row -> writes.put(row, Optional.empty()));
      rowsAfter.stream()
          .filter(row -> !rowsBefore.contains(row))
          .forEach(row -> writes.put(row, Optional.of(NOTHING)));
      return writes;
    }

    /** The item that is there; null if it is none, or another one. */
    private Item<M> read(KeyValue found, int era) {
      try {
        return Item.decode(type, era, found);
      } catch (DatastoreException e) {
        return null;
      }
    }

    /** Which rows an item has that cannot be read, only the rows themselves tell. */
    private Set<Key> rowsBefore(Key key, boolean isThere, Item<M> was, Store store) {
      if (!isThere) {
        return Set.of();
      }
      if (was != null) {
        return type.rowsOf(was.message());
      }
      Set<Key> found = new LinkedHashSet<>();
      StoredItems.of(store, type)
          .forEachRow(
              (named, row) -> {
                if (IndexKey.parse(row).orElseThrow().item().toKey().equals(key)) {
                  found.add(row);
                }
              });
      return found;
    }

    private byte[] value(Item<M> was) {
      if (item == null) {
        return null;
      }
      return staysInPlace && was != null
          ? was.encodeUpdate(item)
          : Item.encode(item, new CreationOrder(ELSEWHERE, number, 0));
    }

    private static boolean isEqual(KeyValue stored, byte[] value) {
      return value != null && stored.valueBuffer().equals(ByteBuffer.wrap(value));
    }
  }
}
