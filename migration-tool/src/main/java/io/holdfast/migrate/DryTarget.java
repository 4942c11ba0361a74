package io.holdfast.migrate;

import io.holdfast.store.KeyRange;
import io.holdfast.store.Limits;
import io.holdfast.store.Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.stream.Stream;

/** The target of a dry run, of which only the limits are wanted. */
final class DryTarget {
  private final String url;
  private final Function<String, Store> stores;

  DryTarget(String url, Function<String, Store> stores) {
    this.url = url;
    this.stores = stores;
  }

  /**
   * Asks for the limits; a file that is not there yet is not created for it.
   *
   * @throws MigrationException if the target could not be loaded into
   */
  Limits limits() {
    return Stores.isMissingFile(url) ? limitsElsewhere() : limitsOfTarget();
  }

  private Limits limitsOfTarget() {
    try (Store target = stores.apply(url)) {
      if (!target.get(KeyRange.all(), 1).entries().isEmpty()) {
        throw new MigrationException(
            MigrationException.Kind.TARGET_NOT_EMPTY,
            url + " holds data already: name an empty or a new store");
      }
      return target.limits();
    }
  }

  private Limits limitsElsewhere() {
    try {
      Path folder = Files.createTempDirectory("holdfast-dry-run-");
      try (Store other = stores.apply("sqlite:" + folder.resolve("store.db"))) {
        return other.limits();
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
