package io.holdfast.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShopTest {
  @Test
  void theShopRunsInMemory() {
    assertEquals(1, Shop.unpaidOrders("memory:shop", "c42"));
  }

  @Test
  void theShopRunsOnSqlite(@TempDir Path folder) {
    assertEquals(1, Shop.unpaidOrders("sqlite:" + folder.resolve("shop.db"), "c42"));
  }

  @Test
  void theReadmeShowsThisCode() throws IOException {
    String source = Files.readString(Path.of("src/main/java/io/holdfast/examples/Shop.java"));
    String sample =
        source
            .substring(source.indexOf("// README begins"), source.indexOf("// README ends"))
            .lines()
            .skip(1)
            .map(line -> line.startsWith("  ") ? line.substring(2) : line)
            .collect(Collectors.joining("\n"))
            .strip();
    String readme = Files.readString(Path.of("../README.md"));
    assertTrue(readme.contains("```java\n" + sample + "\n```"), "README.md must show:\n" + sample);
  }
}
