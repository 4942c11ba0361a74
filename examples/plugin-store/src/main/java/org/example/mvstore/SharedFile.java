package org.example.mvstore;

import io.holdfast.store.Deadline;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A file that is open in this process, and the one thread that touches it.
 *
 * <p>Whoever wants something of the file has it done in that thread. So no call of the engine is
 * ever interrupted (an interrupt would close the file's channel for everybody), each call is one
 * moment, and commits that wait together are flushed together. No answer is given, to writers or
 * readers, before what it rests on has been flushed.
 */
final class SharedFile {
  private static final int BATCH_MAX = 200;

  private final BlockingQueue<Task<?>> tasks = new LinkedBlockingQueue<>();
  private final Signal changed = new Signal();
  private final Task<?> end = new Task<>("close", false, tables -> true);
  private final Thread thread;
  private boolean ended;

  /** How many handles there are; guarded by the provider. */
  int handles;

  private SharedFile(String name, Supplier<Tables> opening, CompletableFuture<Void> opened) {
    thread = new Thread(() -> run(opening, opened), name);
    thread.setDaemon(true);
  }

  /**
   * Opens the file, creating it where it is not there.
   *
   * @param fileSystem what MVStore wants to have before the path; empty for the ordinary one
   */
  static SharedFile open(String fileSystem, Path path, StoreConfig config) {
    CompletableFuture<Void> opened = new CompletableFuture<>();
    Supplier<Tables> opening = () -> Tables.open(fileSystem, path, config);
    SharedFile file = new SharedFile("holdfast-" + config, opening, opened);
    file.thread.start();
    try {
      opened.join();
      return file;
    } catch (CompletionException e) {
      throw e.getCause() instanceof StoreException refused ? refused : e;
    }
  }

  /** Has something read. */
  <T> T read(String what, Deadline deadline, Function<Tables, T> work) {
    return perform(new Task<>(what, false, work), deadline);
  }

  /** Has something written; returns when it is flushed. */
  <T> T write(String what, Deadline deadline, Function<Tables, T> work) {
    return perform(new Task<>(what, true, work), deadline);
  }

  private <T> T perform(Task<T> task, Deadline deadline) {
    if (Thread.currentThread().isInterrupted()) {
      throw new StoreException.Interrupted("interrupted before " + task);
    }
    deadline.check(task.toString());
    enqueue(task);
    return task.await(deadline);
  }

  private synchronized void enqueue(Task<?> task) {
    if (ended) {
      throw new StoreException.Closed("the store was closed: " + task);
    }
    ended = task == end;
    tasks.add(task);
  }

  /** What is raised whenever there is something new to see. */
  Signal changed() {
    return changed;
  }

  /** Ends the thread behind what was wanted before, and closes the file. */
  void close() {
    enqueue(end);
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void run(Supplier<Tables> opening, CompletableFuture<Void> opened) {
    try (Tables tables = opening.get()) {
      opened.complete(null);
      List<Task<?>> batch = new ArrayList<>();
      while (!batch.contains(end)) {
        batch.clear();
        batch.add(take());
        tasks.drainTo(batch, BATCH_MAX);
        perform(batch, tables);
        batch.forEach(Task::answer);
      }
    } catch (RuntimeException | Error e) {
      opened.completeExceptionally(e);
    }
  }

  private Task<?> take() {
    try {
      return tasks.take();
    } catch (InterruptedException e) {
      throw new IllegalStateException("nobody interrupts this thread", e);
    }
  }

  private void perform(List<Task<?>> batch, Tables tables) {
    boolean flushing = false;
    try {
      batch.forEach(task -> task.run(tables));
      flushing = true;
      if (tables.flush()) {
        changed.raise();
      }
    } catch (RuntimeException | Error e) {
      tables.abandon();
      for (Task<?> task : batch) {
        task.fail(failed(flushing && task.writes(), e));
      }
      changed.raise();
    }
  }

  /** What was not flushed is gone; what was being flushed, nobody knows. */
  private static StoreException failed(boolean perhapsWritten, Throwable cause) {
    return perhapsWritten
        ? new StoreException.UnknownOutcome("the flush failed: " + cause, cause)
        : new StoreException.Unavailable(
            "the file failed; close the store and open it again: " + cause, cause);
  }
}
