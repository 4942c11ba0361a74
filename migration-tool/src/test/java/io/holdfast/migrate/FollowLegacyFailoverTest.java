package io.holdfast.migrate;

import io.holdfast.datastore.StoredItems;
import io.holdfast.datastore.spire.SpireTypes;
import io.holdfast.store.CommitRequest;
import io.holdfast.store.Deadline;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.ItemKey;
import io.holdfast.store.Key;
import io.holdfast.store.MemoryProvider;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A follower whose store loses commits, as in a failover to a replica that was behind. */
final class FollowLegacyFailoverTest {
  private static final String TARGET = "memory:failed-over";
  private static final Key BEAT = new ItemKey("holdfast.store", "replica.beat").toKey();

  @TempDir Path folder;

  /** What the store loses, told with the next sign of life; null: nothing. */
  private final AtomicReference<Key> loss = new AtomicReference<>();

  @Test
  void whatTheStoreHasLostIsBroughtAgainAtOnce() throws Exception {
    LegacySourceCase.Live source = LegacySourceCase.SQLITE.load("varied", folder);
    try (Store store = Store.open(TARGET)) {
      try (RunningFollower follower =
          RunningFollower.start(
              source,
              TARGET,
              Duration.ofHours(1),
              url -> Store.over(new FailedOver(store), Duration.ofSeconds(20)))) {
        follower.awaitComparisons(1);
        String entry =
            StoredItems.of(store, SpireTypes.ENTRY).byId().iterator().next().message().getEntryId();
        loss.set(new ItemKey(SpireTypes.ENTRY.name(), entry).toKey());
        follower.awaitComparisons(2);
        follower.awaitRounds(1);
      }
      FollowLegacyTest.assertSame(source, TARGET);
    }
  }

  private final class FailedOver extends ForwardingBackend {
    private final Store other;

    FailedOver(Store other) {
      super(new MemoryProvider().open(StoreConfig.of(TARGET)));
      this.other = other;
    }

    @Override
    public Position commit(CommitRequest request, Deadline deadline) {
      boolean isBeat = request.mutations().stream().anyMatch(write -> write.key().equals(BEAT));
      Key lost = isBeat ? loss.getAndSet(null) : null;
      if (lost != null) {
        other.delete(lost);
        throw new StoreException.Diverged("the test said so");
      }
      return super.commit(request, deadline);
    }
  }
}
