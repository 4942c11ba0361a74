package io.holdfast.testbed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Fetched binaries, kept between builds. */
final class Cache {
  private Cache() {}

  /** Fills a folder. */
  interface Filler {
    void fill(Path folder) throws IOException;
  }

  /**
   * A folder of the cache, filled unless that has been done. Builds that fill it at the same time
   * do not see each other: whoever is first gives his folder the name.
   */
  static Path folder(String name, Filler filler) throws IOException {
    Path folder = Scratch.cache().resolve(name);
    if (Files.isDirectory(folder)) {
      return folder;
    }
    Files.createDirectories(folder.getParent());
    Path making = Files.createTempDirectory(folder.getParent(), ".making-");
    try {
      filler.fill(making);
      Command.of("chmod", "-R", "a+rX,go-w", making.toString()).run();
      Files.move(making, folder, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      if (!Files.isDirectory(folder)) {
        throw e;
      }
    } finally {
      Scratch.delete(making);
    }
    return folder;
  }
}
