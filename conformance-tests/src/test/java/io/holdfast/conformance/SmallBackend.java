package io.holdfast.conformance;

import io.holdfast.store.Backend;
import io.holdfast.store.Deadline;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Limits;
import io.holdfast.store.Page;
import io.holdfast.store.Status;

/** The memory store with small limits, so that the kit is done with it soon. */
final class SmallBackend extends ForwardingBackend {
  private static final Limits LIMITS = new Limits(512, 16 << 10, 200, 64 << 10, 150, 4 << 20);

  SmallBackend(Backend backend) {
    super(backend);
  }

  @Override
  public Status status(Deadline deadline) {
    Status status = super.status(deadline);
    return new Status(status.head(), status.oldest(), status.incarnation(), LIMITS);
  }

  @Override
  public Page read(KeyRange range, int entriesMax, Deadline deadline) {
    return super.read(range, Math.min(entriesMax, LIMITS.pageEntriesMax()), deadline);
  }
}
