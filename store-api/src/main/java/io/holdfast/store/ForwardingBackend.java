package io.holdfast.store;

import java.util.List;
import java.util.Objects;

/** A backend that passes every call on: who wraps one overrides what should be different. */
public abstract class ForwardingBackend implements Backend {
  private final Backend backend;

  /** Passes every call on to {@code backend}, and owns it: {@link #close} closes it. */
  protected ForwardingBackend(Backend backend) {
    this.backend = Objects.requireNonNull(backend, "backend");
  }

  /** The backend that the next call is passed on to. */
  protected Backend backend() {
    return backend;
  }

  @Override
  public Status status(Deadline deadline) {
    return backend().status(deadline);
  }

  @Override
  public Page read(KeyRange range, int entriesMax, Deadline deadline) {
    return backend().read(range, entriesMax, deadline);
  }

  @Override
  public Count count(KeyRange range, Deadline deadline) {
    return backend().count(range, deadline);
  }

  @Override
  public Position commit(CommitRequest request, Deadline deadline) {
    return backend().commit(request, deadline);
  }

  @Override
  public Watch watch(List<KeyRange> ranges, Position after, Deadline deadline) {
    return backend().watch(ranges, after, deadline);
  }

  @Override
  public void close() {
    backend().close();
  }
}
