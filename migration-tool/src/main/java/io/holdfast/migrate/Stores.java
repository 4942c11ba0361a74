package io.holdfast.migrate;

import io.holdfast.store.Store;
import io.holdfast.store.StorePlugins;
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

  @Override
  public void close() {
    if (plugins != null) {
      plugins.close();
    }
  }
}
