package io.holdfast.cache;

import io.holdfast.store.Backoff;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps a mirror's snapshot up with its store: loads, then applies commit by commit; when it cannot
 * go on from where it is, loads anew beside the old state, which is served meanwhile.
 */
final class Follower<V> implements Runnable {
  private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(12);
  private static final long NO_MEMORY_PAUSE_NANOS = TimeUnit.SECONDS.toNanos(1);

  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);

  /** How soon it shows that the store does not answer. */
  private static final Duration WAIT = Duration.ofMillis(250);

  private final Store store;
  private final Layout<V> layout;
  private final Published<V> published;
  private final WarmFile<V> file; // null: none
  private final Neighbours neighbours;
  private final CountDownLatch stop;
  private volatile boolean doubted;

  Follower(
      Store store,
      Layout<V> layout,
      Published<V> published,
      WarmFile<V> file,
      Neighbours neighbours,
      CountDownLatch stop) {
    this.store = store;
    this.layout = layout;
    this.published = published;
    this.file = file;
    this.neighbours = neighbours;
    this.stop = stop;
  }

  /**
   * Has the position presented to the store anew, after it seemed to be on another history: the
   * store then says whether it is.
   */
  void doubt() {
    doubted = true;
  }

  @Override
  public void run() {
    Backoff backoff = Backoff.between(FIRST_PAUSE, LONGEST_PAUSE);
    boolean goesOn = true;
    while (goesOn) {
      try {
        goesOn = isOpenBehind(backoff) && !hasToStopWithin(backoff.next());
      } catch (RuntimeException | Error e) {
        LockSupport.parkNanos(NO_MEMORY_PAUSE_NANOS); // not even enough to tell it, or to rest
      }
    }
  }

  /** Follows until that cannot go on; whether it may begin anew. */
  private boolean isOpenBehind(Backoff backoff) {
    try {
      loadAndFollow(backoff);
    } catch (StoreException.Closed e) {
      if (!hasToStop()) {
        LOG.error("A mirror ends because its store was closed");
        published.close("its store was closed");
      }
      return false;
    } catch (StoreException.Interrupted e) {
      // Either this thread has to stop, or it was somebody's mistake and nothing is lost.
      Thread.interrupted();
    } catch (RuntimeException | Error e) {
      tell(e); // a decoder's defect, or no memory: all the same it must not end silently
    }
    return true;
  }

  private void loadAndFollow(Backoff backoff) {
    try (FeedWatch watch = start()) {
      backoff.reset();
      follow(watch);
    } finally {
      published.rest();
    }
  }

  /** Apart from following, so that what was loaded is garbage by then. */
  private FeedWatch start() {
    Optional<WarmFile.Warm<V>> warm = file == null ? Optional.empty() : file.load();
    if (warm.isPresent()) {
      return show(
          warm.get().watch(), () -> published.start(warm.get().first(), warm.get().askedNanos()));
    }
    neighbours.begin(published, layout.ranges());
    try {
      return show(fromNeighbour().orElseGet(() -> loader().load()));
    } finally {
      neighbours.end(published);
    }
  }

  private FeedWatch show(Loader.Loaded loaded) {
    return show(
        loaded.watch(),
        () -> published.start(loaded.position(), loaded.entries(), loaded.askedNanos()));
  }

  private static FeedWatch show(FeedWatch watch, Runnable start) {
    try {
      start.run();
      return watch;
    } catch (RuntimeException | Error e) {
      watch.close();
      throw e;
    }
  }

  private Loader loader() {
    return new Loader(store, layout.ranges(), published::known);
  }

  /** A load that begins with what another mirror holds, if it is of the store's history. */
  private Optional<Loader.Loaded> fromNeighbour() {
    try {
      return neighbours.nearest(published, layout.ranges()).map(this::loadFrom);
    } catch (StoreException.TooOld | StoreException.Diverged e) {
      LOG.debug("A mirror is not loaded from another: {}", e.getClass());
      return Optional.empty();
    }
  }

  private Loader.Loaded loadFrom(Snapshot<?> other) {
    Loader loader = loader();
    Position head = store.status().head();
    List<KeyRange> covered = Layout.common(layout.ranges(), other.layout().ranges());
    List<KeyValue> copied = new ArrayList<>();
    covered.forEach(range -> new StoredEntries<>(other, range).forEachRemaining(copied::add));
    return loader.loadFrom(other.position(), copied, covered, head);
  }

  private void follow(FeedWatch watch) {
    while (true) {
      if (doubted) {
        doubted = false;
        watch.doubt();
      }
      Optional<WatchBatch> batch = watch.next(published.untilRest(WAIT));
      batch.ifPresentOrElse(published::advance, published::rest);
      published.answers(batch.isPresent() || watch.state() != Watch.State.RETRYING);
    }
  }

  private void tell(Throwable e) {
    if (hasToStop()) {
      return;
    }
    String why = Trace.words(e, layout.hasSecrets()); // the store's messages name keys
    try {
      published.reloading(why, e instanceof StoreException.Diverged);
    } catch (StoreException.Closed closed) {
      LOG.debug("It was closed meanwhile");
    }
    Trace.tell(
        () -> {
          Throwable trace = Trace.of(e, layout.hasSecrets());
          LOG.warn("A mirror of {} has to be loaded: {}", describe(layout.ranges()), why, trace);
        });
  }

  private String describe(List<KeyRange> ranges) {
    return layout.hasSecrets() ? ranges.size() + " ranges" : ranges.toString();
  }

  private boolean hasToStop() {
    return stop.getCount() == 0;
  }

  private boolean hasToStopWithin(Duration pause) {
    try {
      return stop.await(pause.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      return hasToStop();
    }
  }
}
