package io.holdfast.store;

import io.holdfast.store.StoreException.Reason;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * Opens {@code memory:NAME}: a store in this process's memory, shared by all who open the same name
 * and gone when the last of them closes.
 *
 * <p>Small and obviously correct: the model that the conformance kit compares other stores with,
 * and what applications use in their own unit tests.
 */
public final class MemoryProvider implements StoreProvider {
  private static final Map<String, MemoryDatabase> OPEN = new HashMap<>();

  /** For the service loader. */
  public MemoryProvider() {}

  @Override
  public Set<String> schemes() {
    return Set.of("memory");
  }

  @Override
  public Set<String> options() {
    return Set.of("copy-of");
  }

  @Override
  public Backend open(StoreConfig config) {
    String name = config.target();
    if (name.isEmpty()) {
      throw new StoreException.Unusable(
          Reason.URL, "memory: needs a name, such as memory:test", null);
    }
    synchronized (OPEN) {
      MemoryDatabase database = OPEN.containsKey(name) ? OPEN.get(name) : create(config);
      OPEN.put(name, database);
      database.handles++;
      return new MemoryBackend(database, () -> release(name, database));
    }
  }

  private static MemoryDatabase create(StoreConfig config) {
    if (config.option("copy-of").isEmpty()) {
      return new MemoryDatabase(config.historyCommits());
    }
    MemoryDatabase original = OPEN.get(config.option("copy-of").get());
    if (original == null) {
      throw new StoreException.Unusable(
          Reason.NOT_FOUND, config + ": the store to copy is not open", null);
    }
    synchronized (original) {
      return new MemoryDatabase(original, config.historyCommits());
    }
  }

  private static void release(String name, MemoryDatabase database) {
    synchronized (OPEN) {
      if (--database.handles == 0) {
        OPEN.remove(name);
      }
    }
  }
}
