package io.holdfast.store;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("H6")
final class ProvidersTest {
  /** A plugin's provider, which also claims a scheme that is taken. */
  public static final class Plugin implements StoreProvider {
    @Override
    public Set<String> schemes() {
      return Set.of("plugin", "memory");
    }

    @Override
    public Set<String> options() {
      return Set.of("colour");
    }

    @Override
    public Backend open(StoreConfig config) {
      return new MemoryProvider().open(StoreConfig.of("memory:" + config.target()));
    }
  }

  private static String messageOf(StoreException.Reason reason, String url) {
    StoreException.Unusable error =
        assertThrows(StoreException.Unusable.class, () -> Store.open(url).close());
    assertEquals(reason, error.reason());
    return error.getMessage();
  }

  /** Runs with a plugin jar on the class path of the thread. */
  private static void withPlugin(Path folder, Runnable test) throws IOException {
    Path services = Files.createDirectories(folder.resolve("META-INF/services"));
    Files.writeString(
        services.resolve(StoreProvider.class.getName()), Plugin.class.getName() + "\n");
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try (URLClassLoader jar = new URLClassLoader(new URL[] {folder.toUri().toURL()}, before)) {
      Thread.currentThread().setContextClassLoader(jar);
      test.run();
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  @Test
  void theSchemeChoosesTheProvider(@TempDir Path folder) throws IOException {
    withPlugin(
        folder,
        () -> {
          try (Store store = Store.open("plugin:providers-test?colour=red")) {
            assertTrue(store.get(Key.of("k")).isEmpty());
          }
        });
  }

  private static void openMemoryBy(ClassLoader loader) {
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    Thread.currentThread().setContextClassLoader(loader);
    try (Store store = Store.open("memory:providers-test")) {
      assertTrue(store.get(Key.of("k")).isEmpty());
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
  }

  @Test
  void aThreadWhoseClassLoaderKnowsNoStoreFindsThoseBesideTheLibrary() {
    openMemoryBy(ClassLoader.getPlatformClassLoader());
    openMemoryBy(null);
  }

  @Test
  void aThreadWhoseClassLoaderHasItsOwnCopyOfTheLibraryFindsThisOnes() throws IOException {
    URL here = Store.class.getProtectionDomain().getCodeSource().getLocation();
    ClassLoader none = ClassLoader.getPlatformClassLoader();
    try (URLClassLoader copy = new URLClassLoader(new URL[] {here}, none)) {
      openMemoryBy(copy);
    }
  }

  @Test
  void anUnknownSchemeNamesThoseThatAreKnown() {
    String message = messageOf(StoreException.Reason.URL, "no-such-store:x");
    assertTrue(message.contains("no-such-store") && message.contains("memory"), message);
  }

  @Test
  void twoProvidersForOneSchemeAreBothNamed(@TempDir Path folder) throws IOException {
    withPlugin(
        folder,
        () -> {
          String message = messageOf(StoreException.Reason.SEVERAL_PROVIDERS, "memory:x");
          assertTrue(message.contains(Plugin.class.getName()), message);
          assertTrue(message.contains(MemoryProvider.class.getName()), message);
        });
  }

  @Test
  void anOptionOfAnotherStoreIsUnknown() {
    String message = messageOf(StoreException.Reason.URL, "memory:x?colour=red");
    assertTrue(message.contains("colour"), message);
  }
}
