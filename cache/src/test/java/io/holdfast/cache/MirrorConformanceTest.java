package io.holdfast.cache;

import io.holdfast.conformance.StoreConformance;
import io.holdfast.conformance.StoreHarness;
import io.holdfast.store.Backend;
import io.holdfast.store.Deadline;
import io.holdfast.store.ForwardingBackend;
import io.holdfast.store.KeyRange;
import io.holdfast.store.KeyValue;
import io.holdfast.store.Limits;
import io.holdfast.store.MemoryProvider;
import io.holdfast.store.Page;
import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;

/**
 * The whole contract on a store whose reads come from a mirror: linearizable ones are as good as
 * those of the store, and histories of transactions on them strictly serializable.
 */
final class MirrorConformanceTest implements StoreConformance {
  @Override
  public StoreHarness harness() {
    return new MemoryHarness();
  }

  /** Reads what a linearizable snapshot holds; everything else is the store's own. */
  private static final class MirroredBackend extends ForwardingBackend {
    private final Mirror<Integer> mirror;
    private final Limits limits;

    MirroredBackend(Backend backend) {
      super(backend);
      Store unmirrored = Store.over(backend, Duration.ofSeconds(10));
      limits = unmirrored.limits();
      mirror =
          Mirror.of(unmirrored, KeyValue::valueLength)
              .range(KeyRange.all())
              .verifyEvery(Duration.ZERO)
              .open();
    }

    @Override
    public Page read(KeyRange range, int entriesMax, Deadline deadline) {
      deadline.check("get");
      Snapshot<Integer> now = mirror.snapshot(Freshness.LINEARIZABLE, deadline.remaining());
      List<KeyValue> entries = new ArrayList<>();
      int most = Math.min(entriesMax, limits.pageEntriesMax());
      long bytes = 0;
      Iterator<KeyValue> found = new StoredEntries<>(now, range);
      while (found.hasNext()) {
        KeyValue entry = found.next();
        bytes += entry.key().length() + entry.valueLength();
        if (entries.size() == most || (bytes > limits.pageBytesMax() && !entries.isEmpty())) {
          KeyRange rest = range.after(entries.get(entries.size() - 1).key());
          return Page.truncated(entries, now.position(), rest);
        }
        entries.add(entry);
      }
      return Page.last(entries, now.position());
    }

    @Override
    public void close() {
      mirror.close();
      super.close();
    }
  }

  /** Memory stores under mirrors, each kept alive between its handles by one that is held. */
  private static final class MemoryHarness implements StoreHarness {
    private final MemoryProvider provider = new MemoryProvider();
    private final List<Backend> held = new ArrayList<>();
    private String name = UUID.randomUUID().toString();
    private String saved;

    @Override
    public StoreConfig place() {
      return StoreConfig.of("memory:" + name);
    }

    @Override
    public Backend open(StoreConfig place) {
      if (held.isEmpty()) {
        held.add(provider.open(place));
      }
      return new MirroredBackend(provider.open(place));
    }

    @Override
    public void save() {
      saved = UUID.randomUUID().toString();
      held.add(provider.open(StoreConfig.of("memory:" + saved + "?copy-of=" + name)));
    }

    @Override
    public void restore() {
      name = UUID.randomUUID().toString();
      held.add(provider.open(StoreConfig.of("memory:" + name + "?copy-of=" + saved)));
    }

    @Override
    public void close() {
      held.forEach(Backend::close);
    }
  }
}
