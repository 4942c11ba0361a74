package io.holdfast.datastore;

import com.google.protobuf.MessageLite;
import io.holdfast.cache.Drift;
import io.holdfast.cache.Entry;
import io.holdfast.cache.Freshness;
import io.holdfast.cache.LagBound;
import io.holdfast.cache.Mirror;
import io.holdfast.cache.MirrorState;
import io.holdfast.cache.Subscription;
import io.holdfast.cache.Verification;
import io.holdfast.cache.WarmStart;
import io.holdfast.store.Backoff;
import io.holdfast.store.Committed;
import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Typed records of a store: read from memory, written in one round trip, with indexes.
 *
 * <pre>{@code
 * try (Datastore shop = Datastore.open(store, ORDER)) {
 *   Items<Order> orders = shop.items(ORDER);
 *   orders.create(order);
 *   Order same = orders.get("7").orElseThrow();
 *   View now = shop.snapshot();                          // everything, at one commit
 *   List<Order> mine = now.list(ORDER.by(CUSTOMER, "c42"));
 *   shop.at(Freshness.LINEARIZABLE).get(ORDER, "7");     // with all that anybody was told
 *   shop.write(tx -> {                                   // several items, one commit
 *     tx.delete(ORDER, "7");
 *     tx.create(ORDER, next);
 *   });
 * }
 * }</pre>
 *
 * <p>Reads are as new as the memory is: milliseconds behind the store, but never without what this
 * data store has itself acknowledged. {@link #at} asks for more. Writes hold whatever memory says:
 * they commit only if what they relied on is still true. Safe for use by many threads; several data
 * stores, in one process or many, may work on one store.
 */
public final class Datastore implements AutoCloseable {
  private static final Duration FIRST_PAUSE = Duration.ofNanos(50_000);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(50);

  private final Store store;
  private final Mirror<Item<?>> mirror;
  private final Set<ItemType<?>> types;
  private final Constraints constraints;
  private final Duration timeout;

  private Datastore(Builder builder) {
    this.store = builder.store;
    this.types = Set.copyOf(builder.types.values());
    this.constraints = new Constraints(types);
    this.timeout = builder.timeout;
    this.mirror = builder.mirror(StoreInfo.era(store));
  }

  /** Opens a data store with the usual settings; see {@link Builder}. */
  public static Datastore open(Store store, ItemType<?>... types) {
    return builder(store).types(List.of(types)).open();
  }

  /** Begins a data store over a store, which stays the caller's to close. */
  public static Builder builder(Store store) {
    return new Builder(store);
  }

  /** The items of one type. */
  public <M extends MessageLite> Items<M> items(ItemType<M> type) {
    View.checkType(type, types);
    return new Items<>(this, type);
  }

  /** Everything as memory has it now; costs nothing. */
  public View snapshot() {
    return new View(mirror.snapshot(), types);
  }

  /**
   * Everything, at least as new as asked for, waiting for it if need be.
   *
   * @throws StoreException.Timeout if it did not become that new within the timeout
   */
  public View at(Freshness freshness) {
    return new View(mirror.snapshot(freshness, timeout), types);
  }

  /**
   * Everything as memory has it, if it is not farther behind the store than a bound, or what the
   * bound says otherwise; {@link View#lag} tells how far behind a marked view is.
   *
   * @throws StoreException.Timeout if memory did not catch up within the timeout
   * @throws StoreException.Unavailable if the bound says so
   */
  public View within(LagBound bound) {
    return new View(mirror.snapshot(bound, timeout), types);
  }

  /** How the memory is doing. */
  public MirrorState state() {
    return mirror.state();
  }

  /**
   * Compares the memory with the store now, and tells the drift listener of each difference.
   *
   * @throws StoreException.Timeout if that did not end within the timeout
   */
  public Verification verify() {
    return mirror.verifyNow(timeout);
  }

  Subscription<Item<?>> subscribe(ItemType<?> type) {
    return mirror.subscribe(type.keys());
  }

  Set<ItemType<?>> types() {
    return types;
  }

  /** As {@link #compute}, for a body without a result. */
  public Position write(Consumer<ItemTransaction> body) {
    return compute(
            tx -> {
              body.accept(tx);
              return true;
            })
        .position();
  }

  /**
   * Reads and writes items in one commit, and returns when memory shows it.
   *
   * <p>The body runs again when the items it used have changed, and before an answer that rests on
   * memory alone is given (an exception, or a result without a write), with memory as new as the
   * store. So it should do nothing but use the transaction.
   *
   * @return what the body returned, and where the commit stands
   * @throws DatastoreException from the body or the constraints
   * @throws NotVisibleYetException if it is committed, but memory did not show it within the
   *     timeout
   * @throws StoreException.Conflict if the last attempt that could begin, with a tenth of the
   *     timeout left for it, ended in a conflict; nothing was written
   * @throws StoreException.Timeout if the store did not answer, or memory did not follow it, in
   *     time; nothing was written
   * @throws StoreException.UnknownOutcome if nobody can tell whether it is committed
   */
  public <T> Committed<T> compute(Function<ItemTransaction, T> body) {
    Deadline deadline = Deadline.after(timeout);
    Deadline lastBegin = deadline.lastBegin();
    Backoff backoff = Backoff.between(FIRST_PAUSE, LONGEST_PAUSE);
    View view = snapshot();
    boolean viewIsCurrent = false;
    while (true) {
      ItemTransaction tx = new ItemTransaction(view);
      try {
        T value = runIn(tx, body);
        if (tx.hasWrites()) {
          Position position = tx.commit(store.within(deadline.remaining()), constraints);
          return new Committed<>(value, awaitVisible(position, deadline));
        }
        if (viewIsCurrent) {
          return new Committed<>(value, view.position());
        }
      } catch (StoreException.Conflict conflict) {
        if (viewIsCurrent) {
          tx.requireNoStrayRows(store.within(deadline.remaining()));
        }
        backoff.pause("after " + conflict, lastBegin);
        if (lastBegin.hasPassed()) {
          throw conflict;
        }
      } catch (StoreException | NotVisibleYetException e) {
        throw e;
      } catch (RuntimeException e) {
        if (viewIsCurrent) {
          throw e;
        }
      }
      view = new View(mirror.snapshot(Freshness.LINEARIZABLE, deadline.remaining()), types);
      viewIsCurrent = true;
    }
  }

  private static <T> T runIn(ItemTransaction tx, Function<ItemTransaction, T> body) {
    try {
      return body.apply(tx);
    } finally {
      tx.end();
    }
  }

  private Position awaitVisible(Position position, Deadline deadline) {
    try {
      mirror.snapshot(Freshness.atLeast(position), deadline.remaining());
      return position;
    } catch (StoreException e) {
      throw new NotVisibleYetException(position, e);
    }
  }

  /** Ends the threads that keep memory up to date; the store stays open. Idempotent. */
  @Override
  public void close() {
    mirror.close();
  }

  /** Makes an item of what is stored under a key. */
  private static final class Decoder implements Function<KeyValue, Item<?>> {
    private final NavigableMap<Key, ItemType<?>> typesByFirstKey = new TreeMap<>();
    private final int era;

    Decoder(Collection<ItemType<?>> types, int era) {
      types.forEach(type -> typesByFirstKey.put(type.keys().start().orElseThrow(), type));
      this.era = era;
    }

    @Override
    public Item<?> apply(KeyValue stored) {
      return Item.decode(typesByFirstKey.floorEntry(stored.key()).getValue(), era, stored);
    }
  }

  /** Collects the settings of a {@link Datastore}. */
  public static final class Builder {
    private final Store store;
    private final Map<String, ItemType<?>> types = new LinkedHashMap<>();
    private Duration timeout = Duration.ofSeconds(10);
    private Duration loadTimeout = Duration.ofMinutes(5);
    private Duration verifyEvery = Duration.ofMinutes(2);
    private boolean repair = true;
    private LagBound lagBound; // null: none
    private WarmStart warmStart; // null: none
    private final List<ItemType<?>> offDisk = new ArrayList<>();
    private Consumer<Drift> onDrift = drift -> {};
    private Consumer<MirrorState> onState = state -> {};

    private Builder(Store store) {
      this.store = Objects.requireNonNull(store, "store");
    }

    /** Adds an item type; all types that it refers to must be added as well. */
    public Builder type(ItemType<?> type) {
      if (types.putIfAbsent(type.name(), type) != null) {
        throw new IllegalArgumentException("there are two item types " + type);
      }
      return this;
    }

    /** Adds item types. */
    public Builder types(Collection<? extends ItemType<?>> several) {
      several.forEach(this::type);
      return this;
    }

    /** How long a call may take; 10 s by default. */
    public Builder timeout(Duration duration) {
      this.timeout = Objects.requireNonNull(duration, "duration");
      return this;
    }

    /** How long {@link #open} may take to load everything; 5 min by default. */
    public Builder loadTimeout(Duration duration) {
      this.loadTimeout = Objects.requireNonNull(duration, "duration");
      return this;
    }

    /**
     * How often memory is compared with the store: at first, and again after a finding, every 2 min
     * by default, and up to eight times as seldom while nothing is found; zero is never.
     */
    public Builder verifyEvery(Duration interval) {
      this.verifyEvery = Objects.requireNonNull(interval, "interval");
      return this;
    }

    /** Whether a difference is repaired in memory; it is by default. */
    public Builder repair(boolean yes) {
      this.repair = yes;
      return this;
    }

    /**
     * How far memory may be behind the store, and what reads do beyond that; no bound unless set.
     */
    public Builder lagBound(LagBound bound) {
      this.lagBound = Objects.requireNonNull(bound, "bound");
      return this;
    }

    /**
     * Starts from a file on this machine, and leaves one for the next start. Only the owner of the
     * process may read it; types whose values must not be on disk are named with {@link
     * #keepOffDisk}. Quick if all types tell their {@link ItemType.Builder#indexVersion}.
     */
    public Builder warmStart(WarmStart from) {
      this.warmStart = Objects.requireNonNull(from, "from");
      return this;
    }

    /** Leaves the items of a type out of the file of {@link #warmStart}. */
    public Builder keepOffDisk(ItemType<?> type) {
      offDisk.add(type);
      return this;
    }

    /**
     * Who is told of each difference between memory and store: by a thread that keeps memory up to
     * date, so it must be quick and not call the data store back. What it throws is logged.
     */
    public Builder onDrift(Consumer<Drift> listener) {
      this.onDrift = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /** Who is told when memory starts or stops following the store; as for {@link #onDrift}. */
    public Builder onState(Consumer<MirrorState> listener) {
      this.onState = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /**
     * Loads everything into memory.
     *
     * @throws StoreException.Unusable if a load into the store was begun and never finished
     * @throws StoreException.Timeout if loading did not end within its timeout
     */
    public Datastore open() {
      if (types.isEmpty()) {
        throw new IllegalArgumentException("a data store needs at least one item type");
      }
      StoreInfo.requireComplete(store);
      Datastore datastore = new Datastore(this);
      try {
        datastore.mirror.awaitReady(loadTimeout);
        return datastore;
      } catch (RuntimeException | Error e) {
        datastore.close();
        throw e;
      }
    }

    private Mirror<Item<?>> mirror(int era) {
      Mirror.Builder<Item<?>> builder =
          Mirror.of(store, new Decoder(types.values(), era))
              .index(index(Query.CREATION, item -> List.of(item.keyInCreationOrder())))
              .tags(Tags::of)
              .decodeOnUse()
              .secretKeys(this::isSecret)
              .maxWait(timeout)
              .verifyEvery(verifyEvery)
              .repair(repair)
              .onDrift(onDrift)
              .onState(onState);
      if (lagBound != null) {
        builder.lagBound(lagBound);
      }
      if (warmStart != null) {
        WarmStart start = warmStart;
        for (ItemType<?> type : offDisk) {
          start = start.without(type.keys());
        }
        builder.warmStart(start);
        indexVersion(era).ifPresent(builder::indexVersion);
      }
      for (ItemType<?> type : types.values()) {
        builder.range(type.keys());
        addIndexes(builder, type);
      }
      return builder.open();
    }

    private boolean isSecret(Key key) {
      return types.values().stream().anyMatch(type -> type.isSecret() && type.keys().contains(key));
    }

    /** All that the index keys of items depend on; empty where a type does not tell. */
    private Optional<String> indexVersion(int era) {
      if (types.values().stream().anyMatch(type -> type.indexVersion() == 0)) {
        return Optional.empty();
      }
      return Optional.of(
          types.values().stream()
              .map(type -> ", " + type.name() + " " + type.indexVersion())
              .sorted()
              .collect(Collectors.joining("", "keys " + Item.KEYS_VERSION + ", era " + era, "")));
    }

    private static <M extends MessageLite> void addIndexes(
        Mirror.Builder<Item<?>> builder, ItemType<M> type) {
      for (Index<M> index : type.indexes()) {
        if (index.isInMemory()) {
          builder.index(
              new io.holdfast.cache.Index<>(
                  type.nameOf(index),
                  entry ->
                      entry.value().type() == type
                          ? View.item(type, entry).keysIn(index)
                          : List.of()));
        }
      }
    }

    private static io.holdfast.cache.Index<Item<?>> index(
        String name, Function<Item<?>, Collection<Key>> keys) {
      return new io.holdfast.cache.Index<>(name, (Entry<Item<?>> e) -> keys.apply(e.value()));
    }
  }
}
