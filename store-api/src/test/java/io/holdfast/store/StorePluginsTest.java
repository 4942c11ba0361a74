package io.holdfast.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.plugins.Library;
import io.holdfast.store.StoreException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("H6")
final class StorePluginsTest {
  private static final String LIBRARY = Library.class.getName();

  /** Shows in a message which copy of the library a plugin sees. */
  private static final String TELL_LIBRARY =
      "if (true) throw new IllegalStateException(" + LIBRARY + ".version());";

  @TempDir Path temporary;
  private Path folder;

  @BeforeEach
  void makeFolder() throws IOException {
    folder = Files.createDirectory(temporary.resolve("plugins"));
    Library.SEEN.clear();
  }

  private static PluginJar provider(String name, String scheme) {
    String seen = LIBRARY + ".SEEN.add(Thread.currentThread().getContextClassLoader());";
    return new PluginJar().withProvider(name, scheme, seen);
  }

  private static PluginJar library(String version) {
    return new PluginJar()
        .with(
            LIBRARY,
            "package io.holdfast.plugins; public final class Library {"
                + (" public static String version() { return \"" + version + "\"; } }"));
  }

  private StoreException.Unusable refused(Function<Path, StorePlugins> attempt) {
    return assertThrows(StoreException.Unusable.class, () -> attempt.apply(folder).close());
  }

  /** The folder's plugins cannot be loaded, and the message names all of these. */
  private void assertRefused(Object... named) {
    StoreException.Unusable refused = refused(StorePlugins::in);
    assertEquals(Reason.PLUGIN, refused.reason());
    for (Object name : named) {
      assertTrue(refused.getMessage().contains(name.toString()), refused.getMessage());
    }
  }

  @Test
  void aJarInTheFolderIsAPlugin() throws IOException {
    provider("one.One", "one").write(folder.resolve("one.jar"));
    Files.writeString(folder.resolve("README"), "not a jar");
    Files.createDirectory(folder.resolve("empty"));
    try (StorePlugins plugins = StorePlugins.in(folder);
        Store store = plugins.open("one:" + temporary)) {
      Position put = store.put(Key.of("k"), "v".getBytes(UTF_8));
      assertEquals(put, store.status().head());
    }
  }

  @Test
  void whatIsOnTheClassPathOpensToo() {
    try (StorePlugins plugins = StorePlugins.in(folder);
        Store store = plugins.open("memory:beside-plugins")) {
      assertEquals(0, store.count(KeyRange.all()));
    }
  }

  @Test
  void eachPluginHasAClassLoaderThatIsTheContextWhileItOpens() throws IOException {
    provider("one.One", "one").write(folder.resolve("one.jar"));
    provider("two.Two", "two").write(folder.resolve("two.jar"));
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    try (StorePlugins plugins = StorePlugins.in(folder)) {
      plugins.open("one:a").close();
      plugins.open("two:b").close();
      assertNotSame(Library.SEEN.get(0), Library.SEEN.get(1));
      assertNotSame(Library.SEEN.get(0), StorePlugins.class.getClassLoader());
      assertSame(before, Thread.currentThread().getContextClassLoader());
    }
  }

  @Test
  void eachPluginHasItsOwnVersionOfALibrary() throws IOException {
    for (String name : new String[] {"one", "two"}) {
      new PluginJar()
          .withProvider(name + ".Provider", name, TELL_LIBRARY)
          .write(folder.resolve(name).resolve("provider.jar"));
      library("that of " + name).write(folder.resolve(name).resolve("library.jar"));
    }
    new PluginJar()
        .withProvider("three.Provider", "three", TELL_LIBRARY)
        .write(folder.resolve("three.jar"));
    try (StorePlugins plugins = StorePlugins.in(folder)) {
      assertEquals("that of one", libraryOf(plugins, "one"));
      assertEquals("that of two", libraryOf(plugins, "two"));
      assertEquals("the application's", libraryOf(plugins, "three"));
    }
  }

  private static String libraryOf(StorePlugins plugins, String scheme) {
    return assertThrows(IllegalStateException.class, () -> plugins.open(scheme + ":x").close())
        .getMessage();
  }

  @Test
  void theStoreApiAndNativeCodeComeFromTheApplication() throws IOException {
    String copy =
        """
        package io.holdfast.store;
        public final class MemoryProvider {}
        """;
    String driver =
        """
        package org.sqlite;
        public final class Driver { public static void load() {} }
        """;
    new PluginJar()
        .with("io.holdfast.store.MemoryProvider", copy)
        .write(folder.resolve("one").resolve("copy-of-the-api.jar"));
    new PluginJar()
        .with("org.sqlite.Driver", driver)
        .withProvider("two.Two", "two", "org.sqlite.Driver.load();")
        .write(folder.resolve("two.jar"));
    provider("one.One", "one").write(folder.resolve("one").resolve("one.jar"));
    try (StorePlugins plugins = StorePlugins.in(folder)) {
      plugins.open("one:a").close();
      StoreException.Unusable noDriver =
          assertThrows(StoreException.Unusable.class, () -> plugins.open("two:b").close());
      assertEquals(Reason.PLUGIN, noDriver.reason());
      assertTrue(noDriver.getMessage().contains("two.jar"), noDriver.getMessage());
      assertTrue(noDriver.getMessage().contains("org/sqlite/Driver"), noDriver.getMessage());
    }
  }

  @Test
  void twoPluginsForOneSchemeAreBothNamed() throws IOException {
    Path first = provider("first.First", "same").write(folder.resolve("first.jar"));
    provider("second.Second", "same").write(folder.resolve("second").resolve("store.jar"));
    StoreException.Unusable refused =
        refused(
            plugins -> {
              StorePlugins loaded = StorePlugins.in(plugins);
              loaded.open("same:x");
              return loaded;
            });
    assertEquals(Reason.SEVERAL_PROVIDERS, refused.reason());
    assertTrue(refused.getMessage().contains(first.toString()), refused.getMessage());
    assertTrue(refused.getMessage().contains(folder.resolve("second") + ""), refused.getMessage());
  }

  @Test
  void aPluginForASchemeOfTheClassPathIsNamed() throws IOException {
    Path jar = provider("other.Memory", "memory").write(folder.resolve("other.jar"));
    try (StorePlugins plugins = StorePlugins.in(folder)) {
      StoreException.Unusable refused =
          assertThrows(StoreException.Unusable.class, () -> plugins.open("memory:x").close());
      assertEquals(Reason.SEVERAL_PROVIDERS, refused.reason());
      assertTrue(refused.getMessage().contains(jar.toString()), refused.getMessage());
      assertTrue(refused.getMessage().contains(MemoryProvider.class.getName()));
    }
  }

  @Test
  void aFolderThatIsNotThereIsNamed() throws IOException {
    Files.delete(folder);
    assertRefused(folder);
  }

  @Test
  void whatIsNoJarIsNamed() throws IOException {
    Path jar = Files.writeString(folder.resolve("text.jar"), "this is no jar");
    assertRefused(jar);
  }

  @Test
  void aTruncatedJarIsNamed() throws IOException {
    Path jar = provider("one.One", "one").write(folder.resolve("half.jar"));
    byte[] bytes = Files.readAllBytes(jar);
    Files.write(jar, Arrays.copyOf(bytes, bytes.length / 2));
    assertRefused(jar);
  }

  @Test
  void aLibraryAloneIsNoPlugin() throws IOException {
    Path jar = library("alone").write(folder.resolve("library.jar"));
    assertRefused(jar, StoreProvider.class.getName(), "sub-folder");
  }

  @Test
  void aProviderThatIsMissingIsNamed() throws IOException {
    Path jar = library("x").naming("no.such.Provider").write(folder.resolve("missing.jar"));
    assertRefused(jar, "no.such.Provider");
  }

  @Test
  void aProviderThatFailsIsNamed() throws IOException {
    String source =
        """
        package bad;
        import io.holdfast.store.*;
        import java.util.Set;
        public final class Bad implements StoreProvider {
          public Bad() { throw new IllegalStateException("cannot start"); }
          @Override public Set<String> schemes() { return Set.of(); }
          @Override public Set<String> options() { return Set.of(); }
          @Override public Backend open(StoreConfig config) { return null; }
        }
        """;
    Path jar =
        new PluginJar().with("bad.Bad", source).naming("bad.Bad").write(folder.resolve("bad.jar"));
    assertRefused(jar, "bad.Bad");
  }

  @Test
  void aClassForALaterJavaIsNamed() throws IOException {
    Path jar = provider("one.One", "one").write(folder.resolve("later.jar"));
    PluginJar.editClass(
        jar,
        "one/One.class",
        bytes -> {
          bytes[7] = (byte) 255; // the class file's major version
          return bytes;
        });
    assertRefused(jar, "one/One");
  }

  @Test
  void aMissingLibraryIsNamedWhenItIsNeeded() throws IOException {
    Path jar =
        new PluginJar()
            .with("gone.Gone", "package gone; public class Gone { public static void go() {} }")
            .withProvider("one.One", "one", "gone.Gone.go();")
            .write(folder.resolve("incomplete.jar"));
    PluginJar.editClass(jar, "gone/Gone.class", bytes -> null);
    try (StorePlugins plugins = StorePlugins.in(folder)) {
      StoreException.Unusable refused =
          assertThrows(StoreException.Unusable.class, () -> plugins.open("one:x").close());
      assertEquals(Reason.PLUGIN, refused.reason());
      assertTrue(refused.getMessage().contains(jar.toString()), refused.getMessage());
      assertTrue(refused.getMessage().contains("gone/Gone"), refused.getMessage());
    }
  }

  @Test
  void closeGivesTheJarsBackBehindTheLastStore() throws IOException {
    provider("one.One", "one").write(folder.resolve("one.jar"));
    StorePlugins plugins = StorePlugins.in(folder);
    Store first = plugins.open("one:a");
    Store second = plugins.open("one:b");
    ClassLoader loader = Library.SEEN.get(0);
    plugins.close();
    plugins.close();
    assertThrows(StoreException.Closed.class, () -> plugins.open("one:c").close());
    first.close();
    first.close();
    assertNotNull(loader.getResource("one/One.class"), "the second store is still open");
    second.put(Key.of("k"), "v".getBytes(UTF_8));
    second.close();
    assertNull(loader.getResource("one/One.class"));
  }

  @Test
  void aWrongTimeoutIsToldBeforeAnythingIsOpened() throws IOException {
    provider("one.One", "one").write(folder.resolve("one.jar"));
    try (StorePlugins plugins = StorePlugins.in(folder)) {
      StoreException.Unusable refused =
          assertThrows(
              StoreException.Unusable.class,
              () -> plugins.open("one:" + temporary + "?timeout=soon").close());
      assertEquals(Reason.URL, refused.reason());
    }
    assertTrue(Library.SEEN.isEmpty(), "no store was opened, so none is left open");
  }
}
