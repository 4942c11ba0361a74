package io.holdfast.store;

import io.holdfast.store.StoreException.Reason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.function.Supplier;
import java.util.jar.JarFile;

/**
 * The stores of one jar, or of jars that belong together.
 *
 * @param path the jar, or the folder of the jars
 * @param loader its class loader
 * @param providers what it brings, at least one
 */
record Plugin(Path path, PluginClassLoader loader, List<StoreProvider> providers) {

  /** Loads the jars of a plugin, all of them or none. */
  static Plugin load(Path path, List<Path> jars) {
    jars.forEach(Plugin::checkReadable);
    PluginClassLoader loader = new PluginClassLoader(jars, Plugin.class.getClassLoader());
    try {
      return new Plugin(path, loader, providers(path, loader));
    } catch (ServiceConfigurationError | LinkageError | RuntimeException e) {
      close(loader);
      throw e instanceof StoreException told ? told : broken(path, e);
    }
  }

  /** A class loader passes over a jar that it cannot read, and says nothing. */
  private static void checkReadable(Path jar) {
    try (JarFile file = new JarFile(jar.toFile())) {
      if (file.size() == 0) {
        throw unusable(jar + " is an empty jar", null);
      }
    } catch (IOException e) {
      throw unusable(jar + " is no readable jar: " + e.getMessage(), e);
    }
  }

  private static List<StoreProvider> providers(Path path, PluginClassLoader loader) {
    List<StoreProvider> own =
        ServiceLoader.load(StoreProvider.class, loader).stream()
            .filter(provider -> provider.type().getClassLoader() == loader)
            .map(provider -> checked(provider.get()))
            .toList();
    if (own.isEmpty()) {
      throw unusable(
          path
              + " brings no store: it names no "
              + StoreProvider.class.getName()
              + " of its own under META-INF/services; a plugin's libraries lie with it in a"
              + " sub-folder",
          null);
    }
    return own;
  }

  /** One that was compiled for other times fails here, and not when a store is looked for. */
  private static StoreProvider checked(StoreProvider provider) {
    provider.schemes().forEach(Objects::requireNonNull);
    provider.options().forEach(Objects::requireNonNull);
    return provider;
  }

  /** Does something with this plugin's classes in sight of libraries that look for theirs. */
  <T> T inSight(Supplier<T> action) {
    Thread thread = Thread.currentThread();
    ClassLoader before = thread.getContextClassLoader();
    thread.setContextClassLoader(loader);
    try {
      return action.get();
    } catch (ServiceConfigurationError | LinkageError e) {
      throw broken(path, e);
    } finally {
      thread.setContextClassLoader(before);
    }
  }

  private static StoreException broken(Path path, Throwable cause) {
    return unusable(path + " cannot be loaded: " + cause, cause);
  }

  private static StoreException unusable(String message, Throwable cause) {
    return new StoreException.Unusable(Reason.PLUGIN, "the plugin " + message, cause);
  }

  /** Gives the jars back. */
  void close() {
    close(loader);
  }

  private static void close(PluginClassLoader loader) {
    try {
      loader.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
