package io.holdfast.cache;

import io.holdfast.store.Deadline;
import io.holdfast.store.Event;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Position;
import io.holdfast.store.Status;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts a mirror from its file, and writes the file anew every now and then. */
final class WarmFile<V> implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(Mirror.class);

  /** How many entries of a file have their index keys made anew, to see whether they are right. */
  static final int SAMPLE = 4096;

  /**
   * What a file and the store's changes since have become.
   *
   * @param first what is to be shown
   * @param watch goes on from there
   * @param askedNanos a moment before, on this process's monotonic clock
   */
  record Warm<V>(Snapshot<V> first, FeedWatch watch, long askedNanos) {}

  private final WarmStart settings;
  private final Store store;
  private final Layout<V> layout;
  private final SnapshotFile.Form form;
  private final List<KeyRange> covered;
  private final Updater<V> updater;
  private final Published<V> published;
  private final InstantSource clock;
  private final CountDownLatch stop;
  private final int sample;
  private boolean tried; // only the follower looks
  private String distrust; // why indexes in the file were not used; only the follower looks
  private volatile UUID incarnation;
  private Snapshot.Moment written; // guarded by this

  /**
   * Reads nothing yet.
   *
   * @param form of the mirror's indexes
   * @param sample how many entries of the file are looked at
   */
  WarmFile(
      WarmStart settings,
      Store store,
      Layout<V> layout,
      SnapshotFile.Form form,
      Updater<V> updater,
      Published<V> published,
      InstantSource clock,
      CountDownLatch stop,
      int sample) {
    this.settings = settings;
    this.store = store;
    this.layout = layout;
    this.form = form;
    this.covered = Layout.minus(layout.ranges(), settings.without());
    this.updater = updater;
    this.published = published;
    this.clock = clock;
    this.stop = stop;
    this.sample = sample;
  }

  /** A load that begins with the file, once; empty when there is none, or it cannot be used. */
  Optional<Warm<V>> load() {
    Loader loader = new Loader(store, layout.ranges(), page -> page); // before the head is asked
    Status status = store.status();
    incarnation = status.incarnation();
    if (tried) {
      return Optional.empty();
    }
    try (SnapshotReader<V> file = new SnapshotReader<>(settings.file())) {
      check(file.head(), status);
      Loader.present(store, layout.ranges(), file.head().position()); // before all of it is read
      Snapshot<V> base = read(file);
      Warm<V> warm = since(base, file.refused(), loader, status.head());
      tried = true;
      published.file(new MirrorState.FileUse(true, distrust));
      return Optional.of(warm);
    } catch (NoSuchFileException e) {
      tried = true;
    } catch (IOException e) {
      ignore("it cannot be read: " + e);
    } catch (SnapshotFile.Refused e) {
      ignore(e.getMessage());
    } catch (StoreException.TooOld e) {
      ignore("the store's history no longer reaches back to it");
    } catch (StoreException.Diverged e) {
      ignore("it is of a history that is not the store's any more");
    } catch (OutOfMemoryError e) {
      ignore("there is not enough memory for it"); // or a length in it is damaged
    }
    return Optional.empty();
  }

  /** What the file holds, with the indexes as they are in it if they can be trusted. */
  private Snapshot<V> read(SnapshotReader<V> file) throws IOException, SnapshotFile.Refused {
    List<Entry<V>> entries = file.readEntries(updater.undecoded());
    Position position = file.head().position();
    if (form.isKnown() && form.equals(file.head().form())) {
      IndexSample<V> drawn =
          new IndexSample<>(layout, entries, sample, ThreadLocalRandom.current());
      List<PersistentMap<IndexPlace, Entry<V>>> indexes = new ArrayList<>();
      for (int slot = 0; slot < layout.indexes().size(); slot++) {
        int now = slot;
        indexes.add(file.readIndex(entry -> drawn.count(now, entry)));
      }
      file.end();
      Optional<String> difference = drawn.difference(updater, indexes);
      if (difference.isEmpty()) {
        return updater.load(position, entries, indexes);
      }
      distrust = difference.get();
      LOG.warn(
          "The indexes in the file {} of a mirror are made anew: {}", settings.file(), distrust);
    }
    if (!file.head().form().isKnown()) {
      file.end();
    }
    return updater.loadUndecoded(position, entries);
  }

  private Warm<V> since(Snapshot<V> base, List<KeyValue> refused, Loader loader, Position head) {
    Loader.Loaded loaded = loader.loadFrom(base.position(), refused, covered, head);
    try {
      List<Event> changes = new ArrayList<>();
      loaded.entries().forEach(stored -> changes.add(Event.put(stored)));
      loaded.deleted().forEach(key -> changes.add(Event.delete(key)));
      changes.sort(Comparator.comparing(Event::key));
      Snapshot<V> first = updater.apply(base, loaded.position(), updater.decode(changes)).after();
      return new Warm<>(first, loaded.watch(), loaded.askedNanos());
    } catch (RuntimeException | Error e) {
      loaded.watch().close();
      throw e;
    }
  }

  private void check(SnapshotFile.Head head, Status status) throws SnapshotFile.Refused {
    if (!head.incarnation().equals(status.incarnation())) {
      throw new SnapshotFile.Refused("it is of another store");
    }
    if (!head.ranges().equals(covered)) {
      throw new SnapshotFile.Refused("it is of other ranges");
    }
    Duration age = Duration.between(head.written(), clock.instant());
    if (age.compareTo(settings.oldest()) > 0) {
      throw new SnapshotFile.Refused("it is " + age + " old");
    }
  }

  private void ignore(String why) {
    tried = true;
    LOG.warn("The file {} of a mirror is ignored: {}", settings.file(), why);
    published.file(new MirrorState.FileUse(false, why));
  }

  @Override
  public void run() {
    try {
      while (!stop.await(jittered(settings.every()), TimeUnit.NANOSECONDS)) {
        Snapshot<V> newest = published.newest();
        if (newest != null) {
          write(newest);
        }
      }
    } catch (InterruptedException e) {
      // The mirror is being closed, and writes the last file itself.
    }
  }

  static long jittered(Duration interval) {
    long nanos = Deadline.after(interval).remainingNanos(); // a year at most
    return (long) (nanos * (0.9 + 0.2 * ThreadLocalRandom.current().nextDouble()));
  }

  /**
   * Writes the file, unless it is there already; that it fails harms nothing. A repair makes
   * another one, though its position is the same.
   */
  synchronized void write(Snapshot<V> snapshot) {
    if (incarnation == null || snapshot.moment() == written) {
      return;
    }
    try {
      SnapshotFile.Head head =
          new SnapshotFile.Head(incarnation, covered, snapshot.position(), clock.instant(), form);
      SnapshotFile.write(settings.file(), head, snapshot);
      written = snapshot.moment();
    } catch (IOException | RuntimeException | Error e) {
      if (stop.getCount() > 0 || !Thread.currentThread().isInterrupted()) {
        LOG.warn("The file {} of a mirror could not be written", settings.file(), e);
      }
    }
  }
}
