package io.holdfast.store.etcd;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Key;
import io.holdfast.store.Position;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.testbed.Etcd;
import io.holdfast.testbed.WithEtcd;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The history is bounded also where somebody commits all the time: rule H3. */
@WithEtcd
final class TrimmerTest {
  /** A turn takes a second, so these are more looks than are kept. */
  private static final int SECONDS = 1_300;

  private static final Duration AGE = Duration.ofMinutes(20);

  private final AtomicReference<Instant> now = new AtomicReference<>(Instant.now());

  @Test
  void h3whatIsOldGoesThoughThereIsACommitInEachTurn(@WithEtcd Etcd etcd) {
    StoreConfig config =
        StoreConfig.of(EtcdHarness.url(etcd) + "?trim-history=on").withHistoryAge(AGE);
    Keyspace keyspace = Keyspace.of(EtcdSettings.of(config));
    Trimmer trimmer = new Trimmer(keyspace, now::get);
    try (Store store = Store.open(config.toString())) {
      Position first = store.put(Key.of("k"), new byte[1]);
      for (int second = 0; second < SECONDS; second++) {
        trimmer.look();
        store.put(Key.of("k"), new byte[1]);
        now.updateAndGet(then -> then.plusSeconds(1));
      }
      assertTrue(store.status().oldest().isAfter(first.revision()), "nothing was trimmed");
    } finally {
      keyspace.members().close();
    }
  }
}
