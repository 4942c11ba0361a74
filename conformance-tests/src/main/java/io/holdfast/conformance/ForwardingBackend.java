package io.holdfast.conformance;

import io.holdfast.store.Backend;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Count;
import io.holdfast.store.Deadline;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Page;
import io.holdfast.store.Position;
import io.holdfast.store.Status;
import io.holdfast.store.Watch;
import java.util.List;

/** A backend that passes every call on: what wraps one overrides what it changes. */
class ForwardingBackend implements Backend {
  final Backend backend;

  ForwardingBackend(Backend backend) {
    this.backend = backend;
  }

  @Override
  public Status status(Deadline deadline) {
    return backend.status(deadline);
  }

  @Override
  public Page read(KeyRange range, int entriesMax, Deadline deadline) {
    return backend.read(range, entriesMax, deadline);
  }

  @Override
  public Count count(KeyRange range, Deadline deadline) {
    return backend.count(range, deadline);
  }

  @Override
  public Position commit(CommitRequest request, Deadline deadline) {
    return backend.commit(request, deadline);
  }

  @Override
  public Watch watch(List<KeyRange> ranges, Position after, Deadline deadline) {
    return backend.watch(ranges, after, deadline);
  }

  @Override
  public void close() {
    backend.close();
  }
}
