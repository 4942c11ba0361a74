package io.holdfast.conformance;

import io.holdfast.store.Backend;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Count;
import io.holdfast.store.Deadline;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Status;
import io.holdfast.store.Watch;
import io.holdfast.store.WatchBatch;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** The places of a backend where a fault is put. */
final class Faults {
  private Faults() {}

  interface Reading {
    Page read(Backend store, KeyRange range, int entriesMax, Deadline deadline);
  }

  interface Counting {
    Count count(Backend store, KeyRange range, Deadline deadline);
  }

  interface Committing {
    Position commit(Backend store, CommitRequest request, Deadline deadline);
  }

  interface Watching {
    Watch watch(Backend store, List<KeyRange> ranges, Position after, Deadline deadline);
  }

  static UnaryOperator<Backend> status(UnaryOperator<Status> fault) {
    return store ->
        new ForwardingBackend(store) {
          @Override
          public Status status(Deadline deadline) {
            return fault.apply(super.status(deadline));
          }
        };
  }

  static UnaryOperator<Backend> read(Reading fault) {
    return store ->
        new ForwardingBackend(store) {
          @Override
          public Page read(KeyRange range, int entriesMax, Deadline deadline) {
            return fault.read(backend(), range, entriesMax, deadline);
          }
        };
  }

  static UnaryOperator<Backend> count(Counting fault) {
    return store ->
        new ForwardingBackend(store) {
          @Override
          public Count count(KeyRange range, Deadline deadline) {
            return fault.count(backend(), range, deadline);
          }
        };
  }

  static UnaryOperator<Backend> commit(Committing fault) {
    return store ->
        new ForwardingBackend(store) {
          @Override
          public Position commit(CommitRequest request, Deadline deadline) {
            return fault.commit(backend(), request, deadline);
          }
        };
  }

  static UnaryOperator<Backend> watch(Watching fault) {
    return store ->
        new ForwardingBackend(store) {
          @Override
          public Watch watch(List<KeyRange> ranges, Position after, Deadline deadline) {
            return fault.watch(backend(), ranges, after, deadline);
          }
        };
  }

  /** A watch whose batches are edited, by an editor of its own, and chained anew. */
  static UnaryOperator<Backend> batches(Supplier<Function<WatchBatch, List<WatchBatch>>> editors) {
    return watch(
        (store, ranges, after, deadline) ->
            new EditedWatch(store.watch(ranges, after, deadline), after, editors.get()));
  }

  /** A page with other entries. */
  static Page with(Page page, List<KeyValue> entries) {
    return page.rest().isPresent()
        ? Page.truncated(entries, page.position(), page.rest().get())
        : Page.last(entries, page.position());
  }

  /** A watch that passes every call on. */
  static class ForwardingWatch implements Watch {
    final Watch watch;

    ForwardingWatch(Watch watch) {
      this.watch = watch;
    }

    @Override
    public Optional<WatchBatch> next(Duration timeout) {
      return watch.next(timeout);
    }

    @Override
    public State state() {
      return watch.state();
    }

    @Override
    public void close() {
      watch.close();
    }
  }

  private static final class EditedWatch extends ForwardingWatch {
    private final Function<WatchBatch, List<WatchBatch>> editor;
    private final Deque<WatchBatch> edited = new ArrayDeque<>();
    private Position last;

    EditedWatch(Watch watch, Position after, Function<WatchBatch, List<WatchBatch>> editor) {
      super(watch);
      this.editor = editor;
      this.last = after;
    }

    @Override
    public Optional<WatchBatch> next(Duration timeout) {
      Deadline deadline = Deadline.after(timeout);
      while (edited.isEmpty()) {
        Optional<WatchBatch> batch = super.next(deadline.remaining());
        if (batch.isEmpty()) {
          return batch;
        }
        edited.addAll(editor.apply(batch.get()));
      }
      WatchBatch batch = edited.removeFirst();
      WatchBatch chained = new WatchBatch(last, batch.position(), batch.events());
      last = batch.position();
      return Optional.of(chained);
    }
  }
}
