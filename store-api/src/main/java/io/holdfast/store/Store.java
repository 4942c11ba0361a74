package io.holdfast.store;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * One ordered map from bytes to bytes with a single history of commits.
 *
 * <pre>{@code
 * try (Store store = Store.open("sqlite:shop.db")) {
 *   Position stocked = store.put(Key.of("stock", "bolt"), amount);
 *   store.transact(tx -> {
 *     KeyValue bolts = tx.get(Key.of("stock", "bolt")).orElseThrow();
 *     tx.put(bolts.key(), oneLess(bolts.value()));
 *     tx.expectAbsent(Key.of("order", 8));
 *     tx.put(Key.of("order", 8), order);
 *   });
 *   try (Watch watch = store.watch(KeyRange.under(Key.of("order")), stocked)) {
 *     WatchBatch commit = watch.next(Duration.ofSeconds(1)).orElseThrow();
 *   }
 * }
 * }</pre>
 *
 * <p>Reads are linearizable, transactions strictly serializable, a watch delivers every commit once
 * and in order. Deliberately small: no expiry, no locks, no secondary indexes, no reads of the
 * past, no streamed values. Records with indexes live one layer up, in the datastore.
 *
 * <p>Safe for use by many threads. Every call ends within the store's timeout ({@link #within}
 * gives a view with another one) or throws {@link StoreException.Timeout}. Arrays are copied.
 */
public final class Store implements AutoCloseable {
  private final Backend backend;
  private final Limits limits;
  private final Duration timeout;

  /** What this process last committed; a store that has lost it is not the same any more. */
  private final AtomicReference<Position> ownLast;

  private Store(
      Backend backend, Limits limits, Duration timeout, AtomicReference<Position> ownLast) {
    this.backend = backend;
    this.limits = limits;
    this.timeout = timeout;
    this.ownLast = ownLast;
  }

  /**
   * Opens the store of a URL, creating it where that is possible.
   *
   * @throws StoreException.Unusable when the URL is wrong or somebody has to mend something
   * @throws StoreException.Unavailable when a later attempt may succeed
   */
  public static Store open(String url) {
    return open(StoreConfig.of(url));
  }

  /** Opens the store of a configuration; see {@link #open(String)}. */
  public static Store open(StoreConfig config) {
    Duration timeout = config.timeout();
    return over(Providers.open(config, List.of()), timeout);
  }

  /**
   * The limits of the store that {@link #open(String)} would create, found out without creating it.
   *
   * @return empty if the store is there already, or if that cannot be told
   * @throws StoreException as {@link #open(String)}
   */
  public static Optional<Limits> limitsIfNew(String url) {
    return Providers.limitsIfNew(StoreConfig.of(url), List.of());
  }

  /** A store over a backend, which it closes: for those who write or wrap one. */
  public static Store over(Backend backend, Duration timeout) {
    try {
      Limits limits = backend.status(Deadline.after(timeout)).limits();
      return new Store(backend, limits, timeout, new AtomicReference<>());
    } catch (RuntimeException | Error e) {
      backend.close();
      throw e;
    }
  }

  /** The same store with another bound on the time of a call. */
  public Store within(Duration otherTimeout) {
    return new Store(backend, limits, Objects.requireNonNull(otherTimeout), ownLast);
  }

  /** What the store takes. */
  public Limits limits() {
    return limits;
  }

  /** Head, oldest revision and incarnation; linearizable. */
  public Status status() {
    return backend.status(deadline());
  }

  /** The value of a key. */
  public Optional<KeyValue> get(Key key) {
    limits.checkKey(key);
    return first(backend.read(KeyRange.single(key), 1, deadline()));
  }

  static Optional<KeyValue> first(Page page) {
    return page.entries().stream().findFirst();
  }

  /** The first page of a range, as large as the store makes pages. */
  public Page get(KeyRange range) {
    return get(range, limits.pageEntriesMax());
  }

  /** The first page of a range, with at most {@code entriesMax} entries. */
  public Page get(KeyRange range, int entriesMax) {
    Objects.requireNonNull(range, "range");
    return backend.read(range, checkEntriesMax(entriesMax, limits), deadline());
  }

  static int checkEntriesMax(int entriesMax, Limits limits) {
    if (entriesMax < 1) {
      throw new IllegalArgumentException("a page has at least one entry: " + entriesMax);
    }
    return Math.min(entriesMax, limits.pageEntriesMax());
  }

  /** How many keys a range holds. */
  public long count(KeyRange range) {
    return backend.count(Objects.requireNonNull(range, "range"), deadline()).count();
  }

  /** Writes one key. */
  public Position put(Key key, byte[] value) {
    return transact(tx -> tx.put(key, value));
  }

  /** Writes several keys in one commit. */
  public Position put(Map<Key, byte[]> values) {
    return transact(tx -> values.forEach(tx::put));
  }

  /** Deletes one key; nothing happens when it is absent. */
  public Position delete(Key key) {
    return transact(tx -> tx.delete(key));
  }

  /**
   * Deletes a range in one commit.
   *
   * @return how many keys were deleted
   * @throws StoreException.LimitExceeded when they are more than one transaction takes; {@link
   *     #deletePaged} deletes those
   */
  public Committed<Long> delete(KeyRange range) {
    return compute(tx -> tx.delete(range));
  }

  /**
   * Deletes a range of any size, page by page: not in one commit, so that others can see it half
   * deleted, and what is put meanwhile behind the page at work is deleted too.
   *
   * @return how many keys were deleted
   */
  public long deletePaged(KeyRange range) {
    long deleted = 0;
    int keysThatFit = Math.max(1, limits.transactionBytesMax() / limits.keyBytesMax());
    int most = Math.min(limits.operationsMax(), keysThatFit);
    Optional<KeyRange> rest = Optional.of(range);
    while (rest.isPresent()) {
      KeyRange from = rest.get();
      Committed<Page> page =
          compute(
              tx -> {
                Page read = tx.get(from, most);
                read.entries().forEach(entry -> tx.delete(entry.key()));
                return read;
              });
      deleted += page.value().entries().size();
      rest = page.value().rest();
    }
    return deleted;
  }

  /** Begins a transaction; costs no round trip. Each of its calls has this store's timeout. */
  public Transaction begin() {
    return new Transaction(backend, limits, this::deadline, ownLast);
  }

  /**
   * Runs a body in a transaction and commits it, all within this store's timeout; on a conflict the
   * body runs again, so it should do nothing but use the transaction. An exception from the body
   * aborts.
   *
   * @return where the commit stands
   * @throws StoreException.Conflict when the last attempt that could begin, with a tenth of the
   *     timeout left for it, ended in a conflict; nothing was written
   * @throws StoreException.Timeout when the store did not answer in time; nothing was written
   */
  public Position transact(Consumer<Transaction> body) {
    return compute(
            tx -> {
              body.accept(tx);
              return true;
            })
        .position();
  }

  /** As {@link #transact}, for a body with a result. The body may run more than once. */
  public <T> Committed<T> compute(Function<Transaction, T> body) {
    Deadline deadline = deadline();
    return Retry.untilNoConflict(
        deadline, () -> new Transaction(backend, limits, () -> deadline, ownLast), body);
  }

  /** Watches one range from a position on; see {@link Watch}. */
  public Watch watch(KeyRange range, Position after) {
    return watch(List.of(range), after);
  }

  /** Watches several ranges from a position on, in one stream. */
  public Watch watch(List<KeyRange> ranges, Position after) {
    Objects.requireNonNull(after, "after");
    if (ranges.isEmpty()) {
      throw new IllegalArgumentException("watch at least one range");
    }
    List<KeyRange> copy = List.copyOf(ranges);
    return new ProvenWatch(backend.watch(copy, after, deadline()), copy, after);
  }

  private Deadline deadline() {
    return Deadline.after(timeout);
  }

  /** Ends all watches and threads of this store and its views. Idempotent. */
  @Override
  public void close() {
    backend.close();
  }
}
