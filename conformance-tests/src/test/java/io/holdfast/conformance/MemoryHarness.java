package io.holdfast.conformance;

import io.holdfast.store.Backend;
import io.holdfast.store.MemoryProvider;
import io.holdfast.store.StoreConfig;
import java.util.UUID;

/** Memory stores, each kept alive between its handles by one that the harness holds. */
public final class MemoryHarness implements StoreHarness {
  private final MemoryProvider provider = new MemoryProvider();
  private String name = "conformance-" + UUID.randomUUID();
  private Backend data;
  private String savedName;
  private Backend saved;

  @Override
  public StoreConfig place() {
    return StoreConfig.of("memory:" + name);
  }

  @Override
  public Backend open(StoreConfig place) {
    if (data == null) {
      data = provider.open(place);
    }
    return provider.open(place);
  }

  @Override
  public void save() {
    if (saved != null) {
      saved.close();
    }
    savedName = name + "-saved";
    saved = provider.open(StoreConfig.of("memory:" + savedName + "?copy-of=" + name));
  }

  @Override
  public void restore() {
    data.close();
    name = savedName + "-" + UUID.randomUUID();
    data = provider.open(StoreConfig.of("memory:" + name + "?copy-of=" + savedName));
  }

  @Override
  public void close() {
    data.close();
    if (saved != null) {
      saved.close();
    }
  }
}
