package io.holdfast.migrate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** A folder that is gone when it is closed, and also when the process is told to end before. */
final class TemporaryFolder implements AutoCloseable {
  /** Files can come into being while others are deleted; nothing new does without the folder. */
  private static final int ATTEMPTS = 20;

  private final Path path;
  private final Thread hook;

  TemporaryFolder(String prefix) throws IOException {
    path = Files.createTempDirectory(prefix);
    hook = new Thread(this::deleteQuietly, "holdfast-delete-folder");
    Runtime.getRuntime().addShutdownHook(hook);
  }

  Path path() {
    return path;
  }

  @Override
  public void close() throws IOException {
    delete();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException e) {
      // The process is ending, and the hook with it.
    }
  }

  private void deleteQuietly() {
    for (int attempt = 0; attempt < ATTEMPTS && Files.exists(path); attempt++) {
      try {
        delete();
      } catch (IOException | UncheckedIOException e) {
        // Somebody still writes there: again.
      }
    }
  }

  private void delete() throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    List<Path> files;
    try (Stream<Path> all = Files.walk(path)) {
      files = all.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : files) {
      Files.deleteIfExists(file);
    }
  }
}
