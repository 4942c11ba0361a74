package io.holdfast.datastore.spire;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.holdfast.datastore.Datastore;
import io.holdfast.datastore.ItemTransaction;
import io.holdfast.datastore.proto.Bundle;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.MemoryProvider;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** What is told of removals, whatever becomes of the attempts. */
final class BatchesTest {
  /** Refuses every commit that writes more than so many keys, and every third one otherwise. */
  private static final class Unwilling extends ForwardingBackend {
    private volatile boolean isUnwilling;
    private int commits;

    Unwilling() {
      super(new MemoryProvider().open(StoreConfig.of("memory:" + UUID.randomUUID())));
    }

    @Override
    public Position commit(CommitRequest request, Deadline deadline) {
      if (isUnwilling && request.mutations().size() > 4) {
        throw new StoreException.LimitExceeded("too large");
      }
      if (isUnwilling && ++commits % 3 == 0) {
        throw new StoreException.Conflict("somebody wrote", status(deadline).head().revision());
      }
      return super.commit(request, deadline);
    }
  }

  private static final class Removal implements Batches.Step {
    final List<String> told = new ArrayList<>();
    int attempts;
    private List<Bundle> last = List.of();

    @Override
    public int remove(ItemTransaction tx, int most) {
      attempts++;
      last = Expiry.first(tx.view(), SpireTypes.BUNDLE.all(), most);
      last.forEach(bundle -> tx.delete(SpireTypes.BUNDLE, bundle.getTrustDomainId()));
      return last.size();
    }

    @Override
    public void committed() {
      last.forEach(bundle -> told.add(bundle.getTrustDomainId()));
    }
  }

  @Test
  void eachItemIsToldOnceWhenItIsGone() {
    Unwilling backend = new Unwilling();
    try (Store store = Store.over(backend, Duration.ofSeconds(10));
        Datastore datastore = Datastore.builder(store).types(SpireTypes.all()).open()) {
      List<String> names = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        names.add("spiffe://" + i);
        datastore
            .items(SpireTypes.BUNDLE)
            .create(Bundle.newBuilder().setTrustDomainId(names.get(i)).build());
      }
      backend.isUnwilling = true;
      Removal removal = new Removal();
      assertEquals(9, Batches.run(datastore, 1_000, 9, removal));
      assertEquals(names.subList(0, 9), removal.told);
      assertEquals(5, removal.attempts, "9, which is refused; 4; 4; 1, which conflicts once");
    }
  }
}
