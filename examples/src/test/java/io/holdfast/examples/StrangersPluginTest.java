package io.holdfast.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.holdfast.migrate.Holdfast;
import io.holdfast.store.Key;
import io.holdfast.store.Store;
import io.holdfast.store.StorePlugins;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plugin that plugin-store's own build has made and proven, loaded from its folder. */
final class StrangersPluginTest {
  private static final Path PLUGINS = Path.of("target/stranger/plugin-store/target/plugins");
  private static final Path FLEET = Path.of("legacy/spire-fleet.sqlite.db.gz");
  private static final String CREATE =
      "{\"id\":1,\"op\":\"CreateBundle\",\"args\":{\"bundle\":{\"trust_domain_id\":\"%s\"}}}\n";
  private static final String COUNT = "{\"id\":2,\"op\":\"CountBundles\"}\n";

  @TempDir Path folder;

  /** The command line in a process of its own, which has this on its stdin. */
  private String run(String input, String... arguments) throws Exception {
    Path in = Files.writeString(folder.resolve("in"), input);
    Path out = folder.resolve("out");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Holdfast.class.getName()));
    command.addAll(List.of("--plugins", PLUGINS.toString()));
    command.addAll(List.of(arguments));
    Process process =
        new ProcessBuilder(command)
            .redirectInput(in.toFile())
            .redirectErrorStream(true)
            .redirectOutput(Redirect.to(out.toFile()))
            .start();
    try {
      assertTrue(process.waitFor(120, TimeUnit.SECONDS), "it runs and runs");
      return "exit " + process.exitValue() + "\n" + Files.readString(out);
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void theCommandLineKeepsRecordsInIt() throws Exception {
    String store = "mvstore:" + folder.resolve("fleet.mv");
    String first = run(CREATE.formatted("spiffe://one"), "spire", "exec", "--store", store);
    assertTrue(first.startsWith("exit 0\n") && first.contains("\"ok\""), first);
    String second = run(COUNT, "spire", "exec", "--store", store);
    assertTrue(second.contains("{\"id\":2,\"ok\":{\"count\":1}}"), second);
  }

  @Test
  void aWholeDatabaseMigratesIntoIt() throws Exception {
    Path source = folder.resolve("spire.db");
    try (InputStream packed = new GZIPInputStream(Files.newInputStream(FLEET))) {
      Files.copy(packed, source);
    }
    String store = "mvstore:" + folder.resolve("fleet.mv");
    String run = run("", "migrate", "legacy", "--from=jdbc:sqlite:" + source, "--to=" + store);
    assertTrue(run.startsWith("exit 0\n"), run);
    assertTrue(Files.size(folder.resolve("fleet.mv")) > 1_000_000, run);
  }

  @Test
  void anApplicationLoadsItAndWhoElseWantsTheFileIsToldSo() throws Exception {
    String url = "mvstore:" + folder.resolve("shop.mv");
    try (StorePlugins plugins = StorePlugins.in(PLUGINS);
        Store store = plugins.open(url)) {
      store.put(Key.of("order", 7), "paid".getBytes(UTF_8));
      String other = run(COUNT, "spire", "exec", "--store", url);
      assertTrue(other.startsWith("exit 56\n"), other);
      assertTrue(other.contains("another process"), other);
      assertEquals(1, store.status().head().revision().number());
    }
  }

  @Test
  void theApplicationDoesNotSeeItsEngine() {
    assertNull(StrangersPluginTest.class.getResource("/org/h2/mvstore/MVStore.class"));
  }
}
