package io.holdfast.store;

import java.util.ArrayList;
import java.util.List;

/** One opened memory store: the shared database, and the watches that end with this handle. */
final class MemoryBackend implements Backend {
  private static final Limits LIMITS = new Limits(2048, 4 << 20, 10_000, 16 << 20, 10_000, 4 << 20);

  private final MemoryDatabase database;
  private final Runnable release;
  private volatile boolean closed;

  MemoryBackend(MemoryDatabase database, Runnable release) {
    this.database = database;
    this.release = release;
  }

  @Override
  public Status status(Deadline deadline) {
    synchronized (database) {
      check("status", deadline);
      return new Status(database.head(), database.oldest(), database.incarnation, LIMITS);
    }
  }

  @Override
  public Page read(KeyRange range, int entriesMax, Deadline deadline) {
    synchronized (database) {
      check("get", deadline);
      List<KeyValue> entries = new ArrayList<>();
      int most = Math.min(entriesMax, LIMITS.pageEntriesMax());
      long bytes = 0;
      for (KeyValue entry : database.entries(range).values()) {
        bytes += entry.key().length() + entry.valueLength();
        if (entries.size() == most || (bytes > LIMITS.pageBytesMax() && !entries.isEmpty())) {
          Key last = entries.get(entries.size() - 1).key();
          return Page.truncated(entries, database.head(), range.after(last));
        }
        entries.add(entry);
      }
      return Page.last(entries, database.head());
    }
  }

  @Override
  public Count count(KeyRange range, Deadline deadline) {
    synchronized (database) {
      check("count", deadline);
      return new Count(database.entries(range).size(), database.head());
    }
  }

  @Override
  public Position commit(CommitRequest request, Deadline deadline) {
    synchronized (database) {
      check("commit", deadline);
      return database.commit(request);
    }
  }

  @Override
  public Watch watch(List<KeyRange> ranges, Position after, Deadline deadline) {
    synchronized (database) {
      check("watch", deadline);
      database.checkNotDiverged(after);
      return new MemoryWatch(database, ranges, after, () -> closed);
    }
  }

  private void check(String what, Deadline deadline) {
    if (closed) {
      throw new StoreException.Closed("the store was closed: " + what);
    }
    if (Thread.currentThread().isInterrupted()) {
      throw new StoreException.Interrupted("interrupted before " + what);
    }
    deadline.check(what);
  }

  @Override
  public void close() {
    synchronized (database) {
      if (closed) {
        return;
      }
      closed = true;
      database.notifyAll();
    }
    release.run();
  }
}
