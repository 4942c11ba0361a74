package io.holdfast.conformance;

import io.holdfast.store.Backend;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.KeyRange;
import io.holdfast.store.Mutation;
import io.holdfast.store.Position;
import io.holdfast.store.Watch;
import java.util.List;

/** A handle of the store under test that writes down what the audit must know. */
final class RecordedBackend extends ForwardingBackend {
  private final Journal journal;

  RecordedBackend(Backend backend, Journal journal) {
    super(backend);
    this.journal = journal;
  }

  @Override
  public Position commit(CommitRequest request, Deadline deadline) {
    Position position = super.commit(request, deadline);
    if (!request.mutations().stream().allMatch(Mutation::isDelete)) {
      journal.acknowledged.add(position);
    }
    return position;
  }

  @Override
  public Watch watch(List<KeyRange> ranges, Position after, Deadline deadline) {
    Watch watch = super.watch(ranges, after, deadline);
    journal.watches.add(watch);
    return watch;
  }
}
