package io.holdfast.migrate;

import io.holdfast.store.Limits;
import io.holdfast.store.Store;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.store.StorePlugins;
import java.nio.file.Path;
import java.util.Optional;

/** Opens the stores that a command line names, also with the plugins of a folder. */
final class Stores implements AutoCloseable {
  private Path folder;
  private StorePlugins plugins;

  /** Looks for plugins in this folder, once a store is opened; null for none. */
  void pluginsIn(Path newFolder) {
    folder = newFolder;
  }

  Store open(String url) {
    return folder == null ? Store.open(url) : plugins().open(url);
  }

  /** The limits of the store that {@link #open} would create; empty if that cannot be told. */
  Optional<Limits> limitsIfNew(String url) {
    return folder == null ? Store.limitsIfNew(url) : plugins().limitsIfNew(url);
  }

  private StorePlugins plugins() {
    if (plugins == null) {
      plugins = StorePlugins.in(folder);
    }
    return plugins;
  }

  /** As {@link #open}, for a store to read: one that is not there is not created. */
  Store openExisting(String url) {
    if (limitsIfNew(url).isPresent()) {
      throw new StoreException.Unusable(
          Reason.NOT_FOUND, url + " is not there; check the name of the store", null);
    }
    return open(url);
  }

  @Override
  public void close() {
    if (plugins != null) {
      plugins.close();
    }
  }
}
