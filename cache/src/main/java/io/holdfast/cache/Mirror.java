package io.holdfast.cache;

import io.holdfast.store.Deadline;
import io.holdfast.store.Key;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/**
 * An exact copy of some ranges of a store in memory: decoded, ordered, indexed, and checked.
 *
 * <pre>{@code
 * try (Mirror<Order> orders =
 *     Mirror.of(store, stored -> Order.parse(stored.valueBuffer()))
 *         .range(KeyRange.under(Key.of("order")))
 *         .index(new Index<>("customer", e -> List.of(Key.of(e.value().customer()))))
 *         .onDrift(drift -> alarm(drift))
 *         .open()) {
 *   Snapshot<Order> now = orders.snapshot();                       // one volatile read
 *   Entry<Order> seven = now.get(Key.of("order", 7)).orElseThrow();
 *   for (Entry<Order> one : now.range("customer", KeyRange.under(Key.of("c42")))) { ... }
 *   orders.snapshot(Freshness.LINEARIZABLE, Duration.ofSeconds(1)); // asks the store one number
 * }
 * }</pre>
 *
 * <p>A snapshot is the state after a whole commit, entries and indexes together. Snapshots follow
 * each other in commit order; readers never wait for writers, nor for a reload.
 *
 * <p>The mirror loads page by page while others write, and then follows a watch, each batch of
 * which must follow the one before. When that cannot go on (the history is trimmed or has another
 * token, a batch does not fit) the mirror is loaded anew, with growing pauses between attempts,
 * while readers go on reading the old state; {@link #state} says since when and why. Every now and
 * then it reads the store in pages, compares each key, value, revision and index entry with itself
 * as of the page's position, and mends what differs; each {@link Drift} is logged, counted and
 * told.
 *
 * <p>Safe for use by many threads. Its daemon threads, {@code holdfast-mirror-follower-N}, {@code
 * holdfast-mirror-verifier-N} and, for a {@link WarmStart}, {@code holdfast-mirror-file-N}, end
 * with {@link #close}, which leaves the store open. All mirrors of one {@link Store} object share
 * one watch of it, the questions of their linearizable readers, the pages and the rate of
 * verification, and {@code holdfast-mirror-pulse-N}, which asks for the head every second; those
 * that verify and mend themselves are also loaded from each other, where they hold the same.
 * Listeners are called on threads of such mirrors, or on that of a caller of {@link #verifyNow},
 * and must neither wait nor call the mirror back except for {@link #state}.
 *
 * @param <V> the decoded values' type; immutable, since all readers share them
 */
public final class Mirror<V> implements AutoCloseable {
  private static final AtomicInteger NUMBERS = new AtomicInteger();
  private static final Duration CLOSE_WAIT = Duration.ofSeconds(10);
  private static final Duration RECHECK_PAUSE = Duration.ofMillis(20);

  /** Up to where a mirror is called live that has no bound of its own. */
  private static final LagBound LIVE_BOUND =
      LagBound.of(Duration.ofSeconds(10), LagBound.Beyond.SERVE);

  private final Duration maxWait;
  private final Store store;
  private final LagBound bound; // null: reads take whatever there is
  private final Published<V> published;
  private final Pulse.Listener heard;
  private final WarmFile<V> file; // null: none
  private final Pulse pulse;
  private final Follower<V> follower;
  private final PageCheck<V> pageCheck;
  private final Verifier<V> verifier;
  private final CountDownLatch stop = new CountDownLatch(1);
  private final List<Thread> threads = new ArrayList<>();

  private Mirror(Builder<V> builder) {
    Layout<V> layout =
        new Layout<>(builder.ranges, builder.indexes, builder.secretKeys, builder.tags);
    Alerts alerts = new Alerts(builder.onDrift);
    Updater<V> updater = new Updater<>(layout, builder.decoder, builder.decodeOnUse, alerts);
    store = builder.store;
    maxWait = builder.maxWait;
    bound = builder.bound;
    InstantSource clock = InstantSource.system();
    published =
        new Published<>(
            updater, alerts, builder.onState, clock, bound == null ? LIVE_BOUND : bound);
    heard = published::heard;
    file =
        builder.warmStart == null
            ? null
            : new WarmFile<>(
                builder.warmStart,
                store,
                layout,
                layout.form(builder.indexVersion),
                updater,
                published,
                clock,
                stop,
                builder.warmSample);
    pulse = Pulse.join(store, heard);
    follower = new Follower<>(store, layout, published, file, pulse.neighbours(), stop);
    Consumer<Position> history = position -> Loader.present(store, layout.ranges(), position);
    pageCheck = new PageCheck<>(layout, published, alerts, builder.repair, history);
    verifier =
        new Verifier<>(
            layout,
            published,
            pageCheck,
            pulse.pages(),
            new IndexCheck<>(layout, updater, published, alerts, builder.repair),
            new VerifyPace(
                builder.every, builder.verifyRate, Verifier.PAGE_ENTRIES_MAX, pulse.turns()),
            follower::doubt,
            stop);
    boolean verifies = !builder.every.isZero();
    if (verifies) {
      pulse.pages().join(pageCheck);
    }
    if (verifies && builder.repair) {
      pulse.neighbours().join(published);
    }
    addThreads(verifies);
  }

  private void addThreads(boolean verifies) {
    int number = NUMBERS.incrementAndGet();
    threads.add(daemon(follower, "holdfast-mirror-follower-" + number));
    if (verifies) {
      threads.add(daemon(verifier, "holdfast-mirror-verifier-" + number));
    }
    if (file != null) {
      threads.add(daemon(file, "holdfast-mirror-file-" + number));
    }
  }

  private static Thread daemon(Runnable body, String name) {
    Thread thread = new Thread(body, name);
    thread.setDaemon(true);
    return thread;
  }

  /**
   * Begins to describe a mirror.
   *
   * @param store stays the caller's, who closes it after the mirror
   * @param decoder makes an immutable value of what is stored; safe for use by many threads. What
   *     it refuses with an exception or null is kept out of the snapshots and alerted as {@link
   *     Drift.Kind#UNDECODABLE}
   */
  public static <V> Builder<V> of(Store store, Function<KeyValue, V> decoder) {
    return new Builder<>(store, decoder);
  }

  /**
   * The newest snapshot: one volatile read, and another where the mirror has a {@link
   * Builder#lagBound}. Before the first load is finished, waits for it up to {@link
   * Builder#maxWait}.
   *
   * @throws StoreException.Timeout when the first load, or catching up, took longer
   * @throws StoreException.Unavailable when the mirror's bound says so
   * @throws StoreException.Closed when the mirror was closed
   */
  public Snapshot<V> snapshot() {
    if (bound != null) {
      return published.within(bound, Deadline.after(maxWait));
    }
    Snapshot<V> newest = published.newest();
    return newest != null ? newest : published.awaitLoaded(Deadline.after(maxWait));
  }

  /**
   * The newest snapshot, if the mirror is not farther behind than a bound, which goes before the
   * mirror's own.
   *
   * @throws StoreException.Timeout when the first load, or catching up, took longer
   * @throws StoreException.Unavailable when the bound says so
   * @throws StoreException.Closed when the mirror was closed
   */
  public Snapshot<V> snapshot(LagBound within, Duration timeout) {
    return published.within(within, Deadline.after(timeout));
  }

  /**
   * The newest entry of one key, at a hash map's price; empty when the store has none, or one that
   * cannot be decoded. The same as {@code snapshot().get(key)}: of the newest whole commit, never
   * older than what was read before, and with all that this process was acknowledged and the mirror
   * has reached. Two calls may see two commits; what belongs together is read from one snapshot.
   *
   * @throws IllegalArgumentException if the key is outside of the mirrored ranges
   * @throws StoreException.Timeout when the first load took longer than {@link Builder#maxWait}
   * @throws StoreException.Closed when the mirror was closed
   */
  public Optional<Entry<V>> get(Key key) {
    return snapshot().get(key);
  }

  /**
   * A snapshot at least as new as asked for.
   *
   * @throws StoreException.Timeout when the mirror did not get there in time
   * @throws StoreException.Diverged when the position asked for belongs to another history than
   *     what the mirror followed
   * @throws StoreException.Unavailable when the store cannot tell its head
   * @throws StoreException.Closed when the mirror or its store was closed
   */
  public Snapshot<V> snapshot(Freshness freshness, Duration timeout) {
    Deadline deadline = Deadline.after(timeout);
    if (freshness == Freshness.LINEARIZABLE) {
      return linearizable(deadline);
    }
    Snapshot<V> newest = published.newest();
    if (freshness == Freshness.CACHED) {
      return newest != null ? newest : published.awaitLoaded(deadline);
    }
    return atLeast(freshness.least(), deadline);
  }

  private Snapshot<V> atLeast(Position least, Deadline deadline) {
    try {
      return published.awaitReached(least, deadline);
    } catch (StoreException.Diverged e) {
      follower.doubt();
      throw e;
    }
  }

  /**
   * Asks for the head and waits for the mirror to reach it. A head below what the mirror had before
   * the question, or another token, means that one of the two is on a lost history: then the mirror
   * asks the store about its own position, and the reader asks again.
   */
  private Snapshot<V> linearizable(Deadline deadline) {
    while (true) {
      Snapshot<V> before = published.awaitLoaded(deadline);
      Position head = pulse.head(deadline);
      if (!before.position().isAfter(head)) {
        try {
          return published.awaitReached(head, deadline);
        } catch (StoreException.Diverged e) {
          deadline.check("a linearizable read");
        }
      }
      follower.doubt();
      published.awaitOtherThan(before, deadline, RECHECK_PAUSE);
    }
  }

  /**
   * Waits until the first load is finished.
   *
   * @throws StoreException.Timeout when it took longer
   */
  public void awaitReady(Duration timeout) {
    published.awaitLoaded(Deadline.after(timeout));
  }

  /** How the mirror is doing. */
  public MirrorState state() {
    return published.state();
  }

  /**
   * Compares everything with the store now, without rests, and mends what differs.
   *
   * @throws StoreException.Timeout when the pass did not come to its end in time; what it found
   *     until then was told
   */
  public Verification verifyNow(Duration timeout) {
    return verifier.verifyNow(Deadline.after(timeout));
  }

  /**
   * Subscribes to the changes of a range, from the newest snapshot on; waits for the first as
   * {@link #snapshot()} does. Of the range, what is not mirrored has no changes. Many threads may
   * subscribe; each gets a queue of its own.
   */
  public Subscription<V> subscribe(KeyRange range) {
    published.awaitLoaded(Deadline.after(maxWait));
    return published.subscribe(Objects.requireNonNull(range, "range"));
  }

  /** Corrupts the newest snapshot, so that tests can see it found. */
  void corrupt(UnaryOperator<Snapshot<V>> corruption) {
    published.mend(now -> Updater.Step.to(corruption.apply(now)));
  }

  private Mirror<V> start() {
    threads.forEach(Thread::start);
    return this;
  }

  /**
   * Ends the threads, the subscriptions and all waits; calls then say closed. Snapshots that were
   * taken stay usable. Idempotent.
   */
  @Override
  public void close() {
    Snapshot<V> last = published.newest();
    pulse.pages().leave(pageCheck);
    pulse.neighbours().leave(published);
    stop.countDown();
    threads.forEach(Thread::interrupt);
    published.close("");
    Deadline deadline = Deadline.after(CLOSE_WAIT);
    for (Thread thread : threads) {
      join(thread, deadline);
    }
    Pulse.leave(store, heard, deadline.remaining());
    if (file != null && last != null) {
      file.write(last);
    }
  }

  private static void join(Thread thread, Deadline deadline) {
    if (thread == Thread.currentThread()) {
      return;
    }
    try {
      thread.join(Math.max(1, deadline.remaining().toMillis()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Describes a mirror.
   *
   * @param <V> the decoded values' type
   */
  public static final class Builder<V> {
    private final Store store;
    private final Function<KeyValue, V> decoder;
    private final List<KeyRange> ranges = new ArrayList<>();
    private final List<Index<V>> indexes = new ArrayList<>();
    private Duration every = Duration.ofMinutes(2);
    private int verifyRate = 20_000;
    private Duration maxWait = Duration.ofSeconds(10);
    private boolean repair = true;
    private boolean decodeOnUse;
    private Predicate<Key> secretKeys; // null: none
    private Function<? super Entry<V>, int[]> tags; // null: none
    private LagBound bound; // null: none
    private WarmStart warmStart; // null: none
    private String indexVersion = ""; // empty: not known
    private int warmSample = WarmFile.SAMPLE;
    private Consumer<Drift> onDrift = drift -> {};
    private Consumer<MirrorState> onState = state -> {};

    private Builder(Store store, Function<KeyValue, V> decoder) {
      this.store = Objects.requireNonNull(store, "store");
      this.decoder = Objects.requireNonNull(decoder, "decoder");
    }

    /** Mirrors this range, besides others; at least one is needed. They may overlap. */
    public Builder<V> range(KeyRange range) {
      ranges.add(Objects.requireNonNull(range, "range"));
      return this;
    }

    /** Keeps this index, besides others. */
    public Builder<V> index(Index<V> index) {
      indexes.add(Objects.requireNonNull(index, "index"));
      return this;
    }

    /**
     * How long to wait between verification passes, give or take a tenth; zero is never. Twice as
     * long after each clean pass, up to eight times; after a finding as short as given again. 2
     * minutes unless set. A pass does not read again what was compared since the one before, with
     * pages that another mirror of the {@link Store} object has read.
     */
    public Builder<V> verifyEvery(Duration interval) {
      if (interval.isNegative()) {
        throw new IllegalArgumentException("an interval is not negative: " + interval);
      }
      every = interval;
      return this;
    }

    /**
     * How many entries verification compares per second at most, that of all mirrors of a {@link
     * Store} object together; 20,000 unless set. Where they say different things, each page counts
     * as what its mirror says.
     */
    public Builder<V> verifyRate(int entriesPerSecond) {
      if (entriesPerSecond < 1) {
        throw new IllegalArgumentException("a rate is positive: " + entriesPerSecond);
      }
      verifyRate = entriesPerSecond;
      return this;
    }

    /** Whether drift is mended, as it is unless set, or only told. */
    public Builder<V> repair(boolean mend) {
      repair = mend;
      return this;
    }

    /**
     * Keeps only the stored bytes of each value, and decodes it again when it is first used: about
     * half the memory while most values are not. The decoder still sees each value as it comes, for
     * the indexes and to refuse it.
     */
    public Builder<V> decodeOnUse() {
      decodeOnUse = true;
      return this;
    }

    /**
     * What an entry belongs to, as numbers of which some may be alike by chance: for {@link
     * Snapshot#isUnchangedSince}.
     */
    public Builder<V> tags(Function<? super Entry<V>, int[]> tagsOf) {
      tags = Objects.requireNonNull(tagsOf, "tagsOf");
      return this;
    }

    /** Which keys are secrets: neither they nor digests of their values appear in any text. */
    public Builder<V> secretKeys(Predicate<Key> secret) {
      secretKeys = Objects.requireNonNull(secret, "secret");
      return this;
    }

    /** How far behind the mirror may be, and what reads do beyond that; no bound unless set. */
    public Builder<V> lagBound(LagBound within) {
      bound = Objects.requireNonNull(within, "within");
      return this;
    }

    /** Starts from a file, and leaves one for the next start. */
    public Builder<V> warmStart(WarmStart from) {
      warmStart = Objects.requireNonNull(from, "from");
      return this;
    }

    /**
     * Says which index keys this program makes, so that those in the file of a {@link #warmStart}
     * can be used as they are: nothing is decoded at the start then, nor sorted, and values are
     * decoded when they are first used. It has to change whenever an index function, or the decoder
     * that it gets its value from, gives other keys for any entry, or refuses another one; else a
     * start that follows can show entries under wrong index keys until verification finds them. A
     * file of another version, or of indexes of other names, has all index keys made anew, as any
     * file has where this is not set. At each start some thousand entries are decoded nevertheless,
     * and if keys in the file differ from theirs, all are made anew, and {@link
     * MirrorState#ignoredFile} says so.
     *
     * @param version not empty
     */
    public Builder<V> indexVersion(String version) {
      if (version.isEmpty()) {
        throw new IllegalArgumentException("a version is not empty");
      }
      indexVersion = version;
      return this;
    }

    /** How many entries of a file have their index keys compared; for tests. */
    Builder<V> warmSample(int most) {
      warmSample = most;
      return this;
    }

    /** Is told of each difference between mirror and store. */
    public Builder<V> onDrift(Consumer<Drift> listener) {
      onDrift = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /** Is told whenever the mirror enters a phase or begins a timeline; in order, one by one. */
    public Builder<V> onState(Consumer<MirrorState> listener) {
      onState = Objects.requireNonNull(listener, "listener");
      return this;
    }

    /** How long {@link Mirror#snapshot()} waits for the first load; 10 seconds unless set. */
    public Builder<V> maxWait(Duration longest) {
      maxWait = Objects.requireNonNull(longest, "longest");
      return this;
    }

    /**
     * Opens the mirror; returns at once, loading goes on in the background.
     *
     * @throws IllegalArgumentException if there is no range, or two indexes have one name
     */
    public Mirror<V> open() {
      return new Mirror<>(this).start();
    }
  }
}
