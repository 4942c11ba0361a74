package io.holdfast.cache;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.holdfast.store.Backoff;
import io.holdfast.store.Deadline;
import io.holdfast.store.Event;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bounded cache of single entries, for ranges that are too large for a {@link Mirror}; needs
 * Caffeine on the class path.
 *
 * <pre>{@code
 * try (RangeCache<Event> events =
 *     RangeCache.open(store, KeyRange.under(Key.of("event")), Event::parse, 64 << 20)) {
 *   Optional<Entry<Event>> one = events.get(Key.of("event", 7), Duration.ofSeconds(1));
 * }
 * }</pre>
 *
 * <p>What is not there is read from the store; what is there, also that a key is missing, is kept
 * up to date by the same watch that feeds the mirrors, so a key never goes back within one history.
 * As long as there is no watch (it is opened anew, the history was trimmed or is another one, the
 * store has not answered it for ten seconds), nothing is kept and each read goes to the store. A
 * read may be behind by what the watch has not told yet; {@link #get(Key, Freshness, Duration)}
 * asks for more.
 *
 * <p>Safe for use by many threads. The daemon thread {@code holdfast-cache-follower-N} ends with
 * {@link #close}, which leaves the store open.
 *
 * @param <V> the decoded values' type; immutable, since all readers share them
 */
public final class RangeCache<V> implements AutoCloseable {
  /**
   * What is known of a key.
   *
   * @param entry null when it is missing
   * @param at where in the history this is so
   * @param watched by what it is kept up to date; null: by nothing
   */
  private record Slot<V>(Entry<V> entry, Position at, PassedPositions watched) {}

  /** A read under way; what the watch tells meanwhile, or another reads, may be newer. */
  private static final class Reading<V> {
    int readers;
    Slot<V> told; // or read
    boolean isSpoilt; // the watch told what could not be decoded
  }

  private static final Logger LOG = LoggerFactory.getLogger(RangeCache.class);
  private static final AtomicInteger NUMBERS = new AtomicInteger();
  private static final Duration WAIT = Duration.ofMillis(250);
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(10);

  /** Nobody can tell how old what is kept has become when the watch gets no answer for so long. */
  static final Duration SILENCE_MAX = Duration.ofSeconds(10);

  private static final int SLOT_BYTES = 200; // what an entry takes besides key and value

  private final Store store;
  private final KeyRange range;
  private final Function<KeyValue, V> decoder;
  private final Duration silenceMax;
  private final Cache<Key, Slot<V>> slots;
  private final ConcurrentHashMap<Key, Reading<V>> readings = new ConcurrentHashMap<>();
  private final CountDownLatch stop = new CountDownLatch(1);
  private final Thread follower;

  /** Where the watch that is open has been; null while there is none. */
  private volatile PassedPositions watched;

  private RangeCache(
      Store store,
      KeyRange range,
      Function<KeyValue, V> decoder,
      long bytesMax,
      Duration silenceMax) {
    this.silenceMax = silenceMax;
    this.store = Objects.requireNonNull(store, "store");
    this.range = Objects.requireNonNull(range, "range");
    this.decoder = Objects.requireNonNull(decoder, "decoder");
    this.slots =
        Caffeine.newBuilder()
            .maximumWeight(bytesMax)
            .weigher((Key key, Slot<V> slot) -> bytes(key, slot))
            .executor(Runnable::run)
            .build();
    this.follower = new Thread(this::run, "holdfast-cache-follower-" + NUMBERS.incrementAndGet());
    follower.setDaemon(true);
  }

  /**
   * Opens a cache, empty at first.
   *
   * @param store stays the caller's, who closes it after the cache
   * @param decoder makes an immutable value of what is stored, never null; its exceptions go to the
   *     reader
   * @param bytesMax about how much memory is used, by keys and stored values and 200 bytes for each
   * @throws IllegalStateException if Caffeine is not on the class path
   */
  public static <V> RangeCache<V> open(
      Store store, KeyRange range, Function<KeyValue, V> decoder, long bytesMax) {
    return open(store, range, decoder, bytesMax, SILENCE_MAX);
  }

  /** The same, with another bound on how long the watch may get no answer; for tests. */
  static <V> RangeCache<V> open(
      Store store,
      KeyRange range,
      Function<KeyValue, V> decoder,
      long bytesMax,
      Duration silenceMax) {
    RangeCache<V> cache;
    try {
      cache = new RangeCache<>(store, range, decoder, bytesMax, silenceMax);
    } catch (NoClassDefFoundError e) {
      throw new IllegalStateException(
          "a range cache needs Caffeine: add com.github.ben-manes.caffeine:caffeine to the class"
              + " path",
          e);
    }
    cache.follower.start();
    return cache;
  }

  private static <V> int bytes(Key key, Slot<V> slot) {
    return SLOT_BYTES + key.length() + (slot.entry == null ? 0 : slot.entry.valueLength());
  }

  /** The entry of a key; empty when the store has none. From memory, if it is there. */
  public Optional<Entry<V>> get(Key key, Duration timeout) {
    return get(key, Freshness.CACHED, timeout);
  }

  /**
   * The entry of a key, at least as new as asked for. Linearizable is read from the store, and so
   * is whatever the watch has not come by yet, or not lately: at least a position then costs a
   * second question, whether it is of the store's history.
   *
   * @throws IllegalArgumentException if the key is outside of the cached range
   * @throws StoreException.Diverged when the position asked for is not of the store's history
   * @throws StoreException.Unavailable when the store answers with less than it has acknowledged
   * @throws StoreException.Timeout when the store did not answer in time
   * @throws StoreException.Closed when the cache or its store was closed
   */
  public Optional<Entry<V>> get(Key key, Freshness freshness, Duration timeout) {
    if (!range.contains(key)) {
      throw new IllegalArgumentException("The key is outside of what is cached: " + key);
    }
    if (stop.getCount() == 0) {
      throw new StoreException.Closed("the cache was closed");
    }
    PassedPositions now = watched; // first: what is found behind it is not older
    Position least = freshness.least();
    boolean suffices =
        now != null && (least == null ? freshness == Freshness.CACHED : now.has(least));
    Slot<V> known = suffices ? slots.getIfPresent(key) : null;
    if (known == null || known.watched != now) { // nobody tells what became of another watch's
      Deadline deadline = Deadline.after(timeout);
      known = read(key, deadline);
      checkIncludes(known.at, least, deadline);
    }
    return Optional.ofNullable(known.entry);
  }

  /** The store says whether what was asked for is of its history, unless that is plain to see. */
  private void checkIncludes(Position read, Position least, Deadline deadline) {
    if (least == null || least.equals(read)) {
      return;
    }
    try {
      Loader.present(store.within(deadline.remaining()), List.of(range), least, deadline);
    } catch (StoreException.TooOld e) {
      return; // so long ago that nobody can tell any more
    }
    if (least.isAfter(read)) {
      throw new StoreException.Unavailable(
          "the store was read at " + read + ", but " + least + " was asked for", null);
    }
  }

  /** How many keys are in memory, missing ones among them. */
  public long size() {
    return slots.estimatedSize();
  }

  private Slot<V> read(Key key, Deadline deadline) {
    PassedPositions begun = watched;
    readings.compute(key, (same, reading) -> begin(reading));
    Slot<V> found = null;
    try {
      Page page = store.within(deadline.remaining()).get(KeyRange.single(key), 1);
      List<KeyValue> entries = page.entries();
      Entry<V> entry = entries.isEmpty() ? null : decoded(entries.get(0));
      found = new Slot<>(entry, page.position(), begun);
      return found;
    } finally {
      Slot<V> read = found;
      readings.compute(key, (same, reading) -> end(key, reading, read));
    }
  }

  private Entry<V> decoded(KeyValue stored) {
    return new Entry<>(stored, decoder.apply(stored));
  }

  private static <V> Reading<V> begin(Reading<V> reading) {
    Reading<V> mine = reading == null ? new Reading<>() : reading;
    mine.readers++;
    return mine;
  }

  /**
   * Keeps what was read, or what the watch has told or another has read since, whichever is newer;
   * also where that was too large to be kept, so that this does not take the key back. If that
   * watch has ended meanwhile, nobody takes it for more than that: see {@link #get(Key, Freshness,
   * Duration)}.
   */
  private Reading<V> end(Key key, Reading<V> reading, Slot<V> read) {
    boolean followed = read != null && read.watched != null;
    if (followed && !reading.isSpoilt) {
      Slot<V> told = reading.told;
      Slot<V> newest = told != null && isNewer(told, read) ? told : read;
      if (told == null || told.watched != watched || isNewer(read, told)) {
        reading.told = read;
      }
      slots.asMap().merge(key, newest, (old, now) -> isNewer(old, now) ? old : now);
    }
    return --reading.readers == 0 ? null : reading;
  }

  private static <V> boolean isNewer(Slot<V> one, Slot<V> other) {
    return one.watched == other.watched && one.at.isAfter(other.at);
  }

  private void run() {
    Backoff backoff = Backoff.between(Duration.ofMillis(50), CLOSE_WAIT);
    do {
      try {
        follow(backoff);
      } catch (StoreException.Closed e) {
        return;
      } catch (StoreException.Interrupted e) {
        Thread.interrupted(); // if it has to stop, the latch says so
      } catch (RuntimeException | Error e) {
        String why = e.getClass().getSimpleName();
        Trace.tell(() -> LOG.warn("A cache begins anew: {}", why, Trace.of(e, true)));
      } finally {
        watched = null;
        slots.invalidateAll();
      }
    } while (!hasToStopWithin(backoff.next()));
  }

  private void follow(Backoff backoff) {
    Position head = store.status().head();
    try (FeedWatch watch = FeedWatch.open(store, List.of(range), head)) {
      PassedPositions passed = new PassedPositions();
      passed.add(head);
      watched = passed;
      backoff.reset();
      Deadline silence = Deadline.after(silenceMax);
      while (stop.getCount() > 0) {
        Optional<WatchBatch> batch = watch.next(WAIT);
        batch.ifPresent(told -> apply(told, passed));
        if (batch.isPresent() || watch.state() != Watch.State.RETRYING) {
          silence = Deadline.after(silenceMax);
        }
        silence.check("an answer of the store to its watch");
      }
    }
  }

  private void apply(WatchBatch batch, PassedPositions passed) {
    for (Event event : batch.events()) {
      Key key = event.key();
      Function<Key, Slot<V>> told = same -> slot(event, batch.position(), passed);
      readings.computeIfPresent(key, (same, reading) -> tell(reading, told.apply(same)));
      slots
          .asMap()
          .computeIfPresent(
              key, (same, old) -> batch.position().isAfter(old.at) ? told.apply(same) : old);
    }
    passed.add(batch.position());
  }

  private static <V> Reading<V> tell(Reading<V> reading, Slot<V> told) {
    boolean isOld = told != null && reading.told != null && isNewer(reading.told, told);
    reading.told = isOld ? reading.told : told;
    reading.isSpoilt = told == null;
    return reading;
  }

  /** Null, which forgets the key, if the value cannot be decoded. */
  private Slot<V> slot(Event event, Position at, PassedPositions passed) {
    try {
      return new Slot<>(event.now().map(this::decoded).orElse(null), at, passed);
    } catch (RuntimeException e) {
      return null;
    }
  }

  private boolean hasToStopWithin(Duration pause) {
    try {
      return stop.await(pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      return stop.getCount() == 0;
    }
  }

  /** Ends the thread and forgets everything; calls then say closed. Idempotent. */
  @Override
  public void close() {
    stop.countDown();
    follower.interrupt();
    try {
      follower.join(CLOSE_WAIT.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
