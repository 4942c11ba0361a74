package io.holdfast.migrate;

import io.holdfast.store.Store;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreException;
import io.holdfast.store.StoreException.Reason;
import io.holdfast.store.StorePlugins;
import java.nio.file.Files;
import java.nio.file.Path;

/** Opens the stores that a command line names, also with the plugins of a folder. */
final class Stores implements AutoCloseable {
  private Path folder;
  private StorePlugins plugins;

  /** Looks for plugins in this folder, once a store is opened; null for none. */
  void pluginsIn(Path newFolder) {
    folder = newFolder;
  }

  Store open(String url) {
    if (folder == null) {
      return Store.open(url);
    }
    if (plugins == null) {
      plugins = StorePlugins.in(folder);
    }
    return plugins.open(url);
  }

  /** As {@link #open}, for a store to read: a file that is not there is not created. */
  Store openExisting(String url) {
    if (isMissingFile(url)) {
      throw new StoreException.Unusable(
          Reason.NOT_FOUND, url + " is not there; check the name of the store", null);
    }
    return open(url);
  }

  /** Whether a URL names a file that is not there yet. */
  static boolean isMissingFile(String url) {
    StoreConfig config = StoreConfig.of(url);
    return config.scheme().equals("sqlite") && Files.notExists(Path.of(config.target()));
  }

  @Override
  public void close() {
    if (plugins != null) {
      plugins.close();
    }
  }
}
