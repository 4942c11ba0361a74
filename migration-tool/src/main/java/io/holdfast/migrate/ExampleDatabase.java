package io.holdfast.migrate;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;

/** The database in {@code examples/}, which SPIRE wrote: the datastore of a fleet of agents. */
final class ExampleDatabase {
  /** The trust domain of the fleet. */
  static final String TRUST_DOMAIN = "fleet.example";

  private static final Path PACKED = Path.of("examples", "legacy", "spire-fleet.sqlite.db.gz");

  private ExampleDatabase() {}

  /** Finds it above the place that this class was loaded from. */
  static Path find() throws IOException {
    Path loadedFrom = loadedFrom();
    for (Path folder = loadedFrom; folder != null; folder = folder.getParent()) {
      Path packed = folder.resolve(PACKED);
      if (Files.isRegularFile(packed)) {
        return packed;
      }
    }
    throw new FileNotFoundException(
        "no " + PACKED + " in any folder above " + loadedFrom + ": run ./holdfast in a clone");
  }

  private static Path loadedFrom() {
    try {
      return Path.of(
          ExampleDatabase.class.getProtectionDomain().getCodeSource().getLocation().toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException("classes come from files", e);
    }
  }

  /** Unpacks it. */
  static void unpack(Path packed, Path target) throws IOException {
    try (InputStream unpacked = new GZIPInputStream(Files.newInputStream(packed))) {
      Files.copy(unpacked, target);
    }
  }
}
