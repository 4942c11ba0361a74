package org.example.mvstore;

import io.holdfast.store.Backend;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Count;
import io.holdfast.store.Deadline;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Status;
import io.holdfast.store.StoreException;
import io.holdfast.store.Watch;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** One handle on a file. */
final class MvBackend implements Backend {
  private final SharedFile file;
  private final Runnable release;
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * A handle.
   *
   * @param release gives the file back
   */
  MvBackend(SharedFile file, Runnable release) {
    this.file = file;
    this.release = release;
  }

  @Override
  public Status status(Deadline deadline) {
    return open().read("status", deadline, Tables::status);
  }

  @Override
  public Page read(KeyRange range, int entriesMax, Deadline deadline) {
    return open().read("get", deadline, tables -> tables.page(range, entriesMax));
  }

  @Override
  public Count count(KeyRange range, Deadline deadline) {
    return open().read("count", deadline, tables -> tables.count(range));
  }

  @Override
  public Position commit(CommitRequest request, Deadline deadline) {
    return open().write("commit", deadline, tables -> tables.commit(request));
  }

  @Override
  public Watch watch(List<KeyRange> ranges, Position after, Deadline deadline) {
    open()
        .read(
            "watch",
            deadline,
            tables -> {
              tables.checkNotDiverged(after);
              return true;
            });
    return new MvWatch(this, ranges, after);
  }

  /** The file, while this handle is open. */
  SharedFile open() {
    if (closed.get()) {
      throw new StoreException.Closed("the store was closed");
    }
    return file;
  }

  boolean isClosed() {
    return closed.get();
  }

  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      file.changed().raise();
      release.run();
    }
  }
}
