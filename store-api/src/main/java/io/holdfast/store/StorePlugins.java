package io.holdfast.store;

import io.holdfast.store.StoreException.Reason;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The stores that lie as jars in a folder, beside those on the class path.
 *
 * <pre>{@code
 * try (StorePlugins plugins = StorePlugins.in(Path.of("plugins"));
 *     Store store = plugins.open("mvstore:shop.mv")) {
 *   store.put(key, value);
 * }
 * }</pre>
 *
 * <p>A plugin is a jar in the folder, or a sub-folder whose jars belong together; anything else
 * that lies there is passed over. Its {@link StoreProvider} is named under {@code
 * META-INF/services}, as {@link java.util.ServiceLoader} wants it. Each plugin has a class loader
 * of its own and takes its own libraries before those of the application, so that two plugins can
 * use different versions of one library. Only the packages {@code io.holdfast.store}, {@code
 * org.slf4j} and {@code org.sqlite} (native code, of which a process may have one copy only) always
 * come from the application. While a plugin opens a store, its class loader is the thread's context
 * class loader.
 *
 * <p>Plugins are code that runs with all rights of the process. Safe for use by many threads.
 */
public final class StorePlugins implements AutoCloseable {
  private final List<Plugin> plugins;
  private boolean closed;
  private int openStores;

  private StorePlugins(List<Plugin> plugins) {
    this.plugins = List.copyOf(plugins);
  }

  /**
   * Loads every plugin of a folder.
   *
   * @throws StoreException.Unusable with {@link Reason#PLUGIN} when the folder cannot be read, or a
   *     jar in it is broken or brings no store; names the jar
   */
  public static StorePlugins in(Path folder) {
    Objects.requireNonNull(folder, "folder");
    List<Plugin> loaded = new ArrayList<>();
    try {
      for (Path path : sorted(folder, "*")) {
        List<Path> jars = jarsOf(path);
        if (!jars.isEmpty()) {
          loaded.add(Plugin.load(path, jars));
        }
      }
      return new StorePlugins(loaded);
    } catch (RuntimeException | Error e) {
      loaded.forEach(Plugin::close);
      throw e;
    }
  }

  private static List<Path> jarsOf(Path path) {
    if (Files.isDirectory(path)) {
      return sorted(path, "*.jar");
    }
    return path.toString().endsWith(".jar") ? List.of(path) : List.of();
  }

  private static List<Path> sorted(Path folder, String glob) {
    List<Path> paths = new ArrayList<>();
    try (DirectoryStream<Path> children = Files.newDirectoryStream(folder, glob)) {
      children.forEach(paths::add);
    } catch (IOException | DirectoryIteratorException e) {
      throw new StoreException.Unusable(
          Reason.PLUGIN, "the folder of plugins " + folder + " cannot be read: " + e, e);
    }
    Collections.sort(paths);
    return paths;
  }

  /** Opens the store of a URL with a plugin, or with what is on the class path. */
  public Store open(String url) {
    return open(StoreConfig.of(url));
  }

  /**
   * Opens the store of a configuration.
   *
   * @throws StoreException.Unusable also with {@link Reason#SEVERAL_PROVIDERS} when two plugins, or
   *     a plugin and the class path, bring the URL's scheme; names both
   * @throws StoreException.Closed when these plugins were closed
   */
  public Store open(StoreConfig config) {
    Duration timeout = config.timeout();
    enter();
    Backend backend;
    try {
      backend = Providers.open(config, plugins);
    } catch (RuntimeException | Error e) {
      leave();
      throw e;
    }
    return Store.over(new Leaving(backend), timeout);
  }

  /** As {@link Store#limitsIfNew}, of a store that these plugins may open. */
  public Optional<Limits> limitsIfNew(String url) {
    enter();
    try {
      return Providers.limitsIfNew(StoreConfig.of(url), plugins);
    } finally {
      leave();
    }
  }

  private synchronized void enter() {
    if (closed) {
      throw new StoreException.Closed("the plugins were closed");
    }
    openStores++;
  }

  private synchronized void leave() {
    openStores--;
    release();
  }

  /**
   * Opens no store any more, and gives back the jars as soon as the last store that was opened here
   * is closed. Idempotent.
   */
  @Override
  public synchronized void close() {
    closed = true;
    release();
  }

  private void release() {
    if (closed && openStores == 0) {
      plugins.forEach(Plugin::close);
    }
  }

  /** Tells when the store is closed, so that its classes are there until then. */
  private final class Leaving extends ForwardingBackend {
    private boolean left;

    Leaving(Backend backend) {
      super(backend);
    }

    @Override
    public void close() {
      try {
        super.close();
      } finally {
        leaveOnce();
      }
    }

    private synchronized void leaveOnce() {
      if (!left) {
        left = true;
        leave();
      }
    }
  }
}
