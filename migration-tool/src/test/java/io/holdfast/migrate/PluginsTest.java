package io.holdfast.migrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.store.Backend;
import io.holdfast.store.MemoryProvider;
import io.holdfast.store.StoreConfig;
import io.holdfast.store.StoreProvider;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line finds stores in a folder of plugins. */
final class PluginsTest {
  /** Opens {@code plugged:NAME}; named in no service file but the plugin's. */
  public static final class Plugged implements StoreProvider {
    /** For the service loader. */
    public Plugged() {}

    @Override
    public Set<String> schemes() {
      return Set.of("plugged");
    }

    @Override
    public Set<String> options() {
      return Set.of();
    }

    @Override
    public Backend open(StoreConfig config) {
      return new MemoryProvider().open(StoreConfig.of("memory:" + config.target()));
    }
  }

  @TempDir Path temporary;
  private Path folder;
  private String source;

  @BeforeEach
  void makePlugin() throws Exception {
    folder = Files.createDirectory(temporary.resolve("plugins"));
    try (JarOutputStream jar =
        new JarOutputStream(Files.newOutputStream(folder.resolve("plugged.jar")))) {
      String file = Plugged.class.getName().replace('.', '/') + ".class";
      jar.putNextEntry(new ZipEntry(file));
      jar.write(Plugged.class.getResourceAsStream("/" + file).readAllBytes());
      jar.putNextEntry(new ZipEntry("META-INF/services/" + StoreProvider.class.getName()));
      jar.write(Plugged.class.getName().getBytes(StandardCharsets.UTF_8));
    }
    source = "jdbc:sqlite:" + LegacyFixture.unpack("migrated", temporary);
  }

  private String[] migrate(String... more) {
    List<String> arguments =
        List.of("migrate", "legacy", "--from=" + source, "--to=plugged:" + temporary);
    return Stream.concat(arguments.stream(), List.of(more).stream()).toArray(String[]::new);
  }

  @Test
  void theOptionMayStandBehindTheCommandOrBeforeIt() {
    Run behind = Run.of(migrate("--plugins", folder.toString()));
    assertEquals(0, behind.exit(), behind.err());
    String[] before = migrate();
    String[] arguments = new String[before.length + 1];
    arguments[0] = "--plugins=" + folder;
    System.arraycopy(before, 0, arguments, 1, before.length);
    Run run = Run.of(arguments);
    assertEquals(0, run.exit(), run.err());
  }

  @Test
  void withoutPluginsTheUrlIsUnknown() {
    Run run = Run.of(migrate());
    assertEquals(ExitCode.STORE_URL.number(), run.exit());
    assertTrue(run.err().contains("in the folder of plugins?"), run.err());
  }

  @Test
  void theEnvironmentNamesTheFolderToo() throws Exception {
    List<String> environment = List.of("env", "HOLDFAST_PLUGINS=" + folder);
    try (Child child = Child.start(environment, List.of(), temporary, migrate())) {
      assertEquals(0, child.exit(), child.err());
    }
  }

  @Test
  void aBrokenPluginIsOneLineThatNamesIt() throws IOException {
    Path broken = Files.writeString(folder.resolve("broken.jar"), "no jar");
    Run run = Run.of(migrate("--plugins=" + folder));
    assertEquals(ExitCode.STORE_PLUGIN.number(), run.exit(), run.err());
    assertEquals(1, run.errorLines().size(), run.err());
    assertTrue(run.err().contains(broken.toString()), run.err());
  }
}
