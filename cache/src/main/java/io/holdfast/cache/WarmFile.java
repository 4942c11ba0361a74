package io.holdfast.cache;

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
import java.util.Collections;
import java.util.Iterator;
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

  private final WarmStart settings;
  private final Store store;
  private final List<KeyRange> ranges;
  private final List<KeyRange> covered;
  private final Published<V> published;
  private final InstantSource clock;
  private final CountDownLatch stop;
  private boolean tried; // only the follower looks
  private volatile UUID incarnation;
  private Position written; // guarded by this

  WarmFile(
      WarmStart settings,
      Store store,
      List<KeyRange> ranges,
      Published<V> published,
      InstantSource clock,
      CountDownLatch stop) {
    this.settings = settings;
    this.store = store;
    this.ranges = ranges;
    this.covered = Layout.minus(ranges, settings.without());
    this.published = published;
    this.clock = clock;
    this.stop = stop;
  }

  /** A load that begins with the file, once; empty when there is none, or it cannot be used. */
  Optional<Loader.Loaded> load() {
    Loader loader = new Loader(store, ranges, published::known); // before the head is asked for
    Status status = store.status();
    incarnation = status.incarnation();
    if (tried) {
      return Optional.empty();
    }
    try {
      SnapshotFile.Contents contents = SnapshotFile.read(settings.file());
      check(contents.head(), status);
      Loader.Loaded loaded =
          loader.loadFrom(contents.head().position(), contents.entries(), covered, status.head());
      tried = true;
      published.startedFromFile();
      return Optional.of(loaded);
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
    }
    return Optional.empty();
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
    published.ignoredFile(why);
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

  private static long jittered(Duration interval) {
    return (long) (interval.toNanos() * (0.9 + 0.2 * ThreadLocalRandom.current().nextDouble()));
  }

  /** Writes the file, unless it is there already; that it fails harms nothing. */
  synchronized void write(Snapshot<V> snapshot) {
    if (incarnation == null || snapshot.position().equals(written)) {
      return;
    }
    try {
      SnapshotFile.Head head =
          new SnapshotFile.Head(incarnation, covered, snapshot.position(), clock.instant());
      SnapshotFile.write(settings.file(), head, entries(snapshot));
      written = snapshot.position();
    } catch (IOException e) {
      if (stop.getCount() > 0 || !Thread.currentThread().isInterrupted()) {
        LOG.warn("The file {} of a mirror could not be written: {}", settings.file(), e);
      }
    }
  }

  private Iterator<KeyValue> entries(Snapshot<V> snapshot) {
    Iterator<KeyRange> rest = covered.iterator();
    return new Iterator<>() {
      private Iterator<KeyValue> now = Collections.emptyIterator();

      @Override
      public boolean hasNext() {
        while (!now.hasNext() && rest.hasNext()) {
          now = new StoredEntries<>(snapshot, rest.next());
        }
        return now.hasNext();
      }

      @Override
      public KeyValue next() {
        return hasNext() ? now.next() : Collections.<KeyValue>emptyIterator().next();
      }
    };
  }
}
